from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
import pytest

from tests.speech import RATE, pcm
from transcribe.engine import recognition
from transcribe.engine.endpointing import Samples
from transcribe.engine.recognition import PEAK, QUEUE, Recogniser, levelled

SPEECH = np.frombuffer(pcm("two_cities"), np.int16).astype(np.float32)[: 8 * RATE] / 32768


@pytest.mark.parametrize("loudness", [0.01, 1, 100])
def test_speech_has_one_loudness_and_silence_stays_silence(loudness: float) -> None:
    assert np.abs(levelled(SPEECH * loudness)).max() == pytest.approx(PEAK)
    assert not levelled(np.zeros(RATE, np.float32)).any()


class Held:
    """A model at work on a first segment until it is let go."""

    def __init__(self) -> None:
        self.recogniser = Recogniser(1, lambda: self)
        self._goes_on = threading.Event()
        self._first = threading.Thread(target=self.recogniser.final, args=(SPEECH,))
        self._busy = threading.Event()
        self._first.start()
        self._busy.wait()

    def transcribe(self, speech: Samples) -> str:
        self._busy.set()
        self._goes_on.wait()
        return "text"

    def ask(self, call: Callable[[], str | None]) -> Future[str | None]:
        """Starts a call that waits like a final."""
        waited = waiting()
        asked: Future[str | None] = Future()
        threading.Thread(target=lambda: asked.set_result(call())).start()
        while waiting() == waited:
            pass
        return asked

    def let_go(self) -> None:
        self._goes_on.set()
        self._first.join()


def waiting() -> float:
    """How many finals the metric says to wait."""
    [metric] = QUEUE.collect()
    return metric.samples[0].value


def test_an_interim_gives_way_to_a_final_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "INTERIM_PATIENCE_S", 10)
    model = Held()
    final = model.ask(lambda: model.recogniser.final(SPEECH))
    assert model.recogniser.interim(SPEECH, settled=False) is None
    model.let_go()
    assert final.result() == "text"


def test_what_is_settled_waits_like_a_final() -> None:
    model = Held()
    settled = model.ask(lambda: model.recogniser.interim(SPEECH, settled=True))
    model.let_go()
    assert settled.result() == "text"


@pytest.mark.parametrize("settled", [False, True])
def test_there_are_no_interims_after_finals_queued_for_long(monkeypatch: pytest.MonkeyPatch, settled: bool) -> None:
    monkeypatch.setattr(recognition, "FINAL_PATIENCE_S", 0)
    model = Held()
    finals = [model.ask(lambda: model.recogniser.final(SPEECH)) for _ in range(2)]
    model.let_go()
    assert [final.result() for final in finals] == ["text", "text"]
    assert model.recogniser.interim(SPEECH, settled=settled) is None
    assert model.recogniser.final(SPEECH) == "text"


def test_one_final_that_waited_alone_does_not_stop_the_interims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "FINAL_PATIENCE_S", 0)
    model = Held()  # as while the models load
    final = model.ask(lambda: model.recogniser.final(SPEECH))
    model.let_go()
    final.result()
    assert model.recogniser.interim(SPEECH, settled=False) == "text"
