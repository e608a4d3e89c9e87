from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.speech import RATE, pcm
from transcribe.engine import recognition
from transcribe.engine.endpointing import Samples
from transcribe.engine.recognition import PEAK, Recogniser, levelled

SPEECH = np.frombuffer(pcm("two_cities"), np.int16).astype(np.float32)[: 8 * RATE] / 32768


@pytest.mark.parametrize("loudness", [0.01, 1, 100])
def test_speech_has_one_loudness_and_silence_stays_silence(loudness: float) -> None:
    assert np.abs(levelled(SPEECH * loudness)).max() == pytest.approx(PEAK)
    assert not levelled(np.zeros(RATE, np.float32)).any()


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
