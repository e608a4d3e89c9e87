from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.speech import RATE, pcm
from transcribe.engine import recognition
from transcribe.engine.endpointing import Samples
from transcribe.engine.recognition import Moonshine, Recogniser

SPEECH = np.frombuffer(pcm("two_cities"), np.int16).astype(np.float32)[: 8 * RATE] / 32768


def test_quiet_speech_is_recognised_as_loud_speech_is() -> None:
    model = Moonshine()
    assert model.transcribe(SPEECH / 100) == model.transcribe(SPEECH)


class Busy:
    """A model that in the midst of its first final has another final and an interim asked for."""

    def __init__(self) -> None:
        self.recogniser = Recogniser(1, lambda: self)
        self.final = threading.Thread(target=self.recogniser.final, args=(SPEECH,))
        self.interim = threading.Thread(target=lambda: self.interims.append(self.recogniser.interim(SPEECH)))
        self.interims: list[str | None] = []

    def transcribe(self, speech: Samples) -> str:
        if self.final.ident is None:
            self.final.start()
            while not self.recogniser.finals_wait:
                pass
            self.interim.start()
            self.interim.join(timeout=1)
        return "text"


def test_an_interim_gives_way_to_a_final_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "INTERIM_PATIENCE_S", 10)
    model = Busy()
    model.recogniser.final(SPEECH)
    model.final.join()
    model.interim.join()
    assert model.interims == [None]
