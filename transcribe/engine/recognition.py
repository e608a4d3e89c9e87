"""A segment to text, with moonshine-voice's English tiny model, which its wheel carries."""

from __future__ import annotations

import ctypes
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable
from typing import Protocol

import numpy as np
from prometheus_client import Gauge

from transcribe.engine.endpointing import SAMPLE_RATE, Samples

MODEL = "moonshine-tiny-en"
MIN_SAMPLES = SAMPLE_RATE // 5  # the model fails on segments under 0.1 s; a fifth of a second holds no word either
PEAK = 0.9  # the model errs a tenth less on speech that is this loud at its loudest
QUIETEST = 0.001  # what never gets louder is not made as loud
INTERIM_PATIENCE_S = 0.3  # without any, streams that ask at the same moments would all lose to one
FINAL_PATIENCE_S = 0.5  # where a final waited for longer, and more of them wait,
RELIEF_S = 3  # there are no interims for this long, so that finals stay in time
QUEUE = Gauge(  # the latest counts: that of an engine that was killed does not
    "transcription_engine_queue", "Final segments that wait for a model.", multiprocess_mode="mostrecent"
)
OPTIONS = {
    "vad_threshold": "0",  # segments come from our own endpointing: the library's VAD is one for all its streams
    "vad_max_segment_duration": "60",
    "return_audio_data": "false",
}

os.environ.setdefault("MOONSHINE_ORT_SINGLE_THREAD", "1")  # read when the library loads; takes 40 % less CPU


class Model(Protocol):
    """A loaded model; calls on one come one after the other."""

    def transcribe(self, speech: Samples) -> str: ...


class Recogniser:
    """One model a core, shared by all streams; loads in the background, and calls wait for it."""

    def __init__(self, models: int, load: Callable[[], Model]) -> None:
        self._idle: queue.LifoQueue[Model] = queue.LifoQueue()
        self._counting = threading.Lock()
        self._waiting = 0
        self._interims_from = 0.0
        self._count(0)
        threading.Thread(target=self._load, args=(models, load), name="model-loader", daemon=True).start()

    @property
    def finals_wait(self) -> bool:
        """No model is free, and there are finals to recognise."""
        return self._waiting > 0

    def final(self, speech: Samples) -> str:
        """Returns the text of a final segment, waiting for a free model."""
        self._count(+1)
        asked = time.monotonic()
        model = self._idle.get()
        self._count(-1)
        given = time.monotonic()
        if given - asked > FINAL_PATIENCE_S and self.finals_wait:
            self._interims_from = given + RELIEF_S
        return self._run(model, speech)

    def interim(self, speech: Samples, *, settled: bool) -> str | None:
        """Returns the text so far; None when finals wait or lately waited long, or no model gets free in time: the next
        interim says more. What is settled will be a final, so it waits like one.
        """
        if time.monotonic() < self._interims_from:
            return None
        if settled:
            return self.final(speech)
        if self.finals_wait:
            return None
        try:
            return self._run(self._idle.get(timeout=INTERIM_PATIENCE_S), speech)
        except queue.Empty:
            return None

    def _load(self, models: int, load: Callable[[], Model]) -> None:
        try:
            for _ in range(models):
                self._idle.put(load())
        except Exception:
            traceback.print_exc()
            os._exit(1)  # an engine that cannot recognise would keep its sessions waiting for ever

    def _count(self, change: int) -> None:
        with self._counting:
            self._waiting += change
            QUEUE.set(self._waiting)

    def _run(self, model: Model, speech: Samples) -> str:
        try:
            return model.transcribe(speech)
        finally:
            self._idle.put(model)


class Moonshine:
    """One loaded model. Calls the C function itself: the public call turns the samples into a Python list first."""

    def __init__(self) -> None:
        from moonshine_voice import ModelArch, get_model_path
        from moonshine_voice.transcriber import Transcriber

        self._transcriber = Transcriber(str(get_model_path("tiny-en")), ModelArch.TINY, options=OPTIONS)

    def transcribe(self, speech: Samples) -> str:
        from moonshine_voice.errors import check_error
        from moonshine_voice.moonshine_api import TranscriptC

        if len(speech) < MIN_SAMPLES:
            return ""
        samples = np.ascontiguousarray(levelled(speech))
        out = ctypes.POINTER(TranscriptC)()
        check_error(
            self._transcriber._lib.moonshine_transcribe_without_streaming(
                self._transcriber._handle,
                samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
                len(samples),
                SAMPLE_RATE,
                0,
                ctypes.byref(out),
            )
        )
        lines = (out.contents.lines[index].text for index in range(out.contents.line_count))
        return " ".join(ctypes.string_at(line).decode(errors="replace").strip() for line in lines if line)


def levelled(speech: Samples) -> Samples:
    """The same as loud as speech should be."""
    return speech * np.float32(PEAK / max(np.abs(speech).max(), QUIETEST))
