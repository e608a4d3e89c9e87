"""pocketsphinx as its documentation streams: its own endpointer and one decoder a stream, each chunk decoded once.

It answers in Deepgram's messages, as far as the benchmark reads them.
"""

from __future__ import annotations

import argparse
import json
import logging
import socket

from pocketsphinx import Decoder, Endpointer
from websockets.sync.server import ServerConnection, serve


class Stream:
    """One connection; linear16 at 16 kHz comes in."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._decoder = Decoder(samprate=16_000, loglevel="FATAL")
        self._endpointer = Endpointer(sample_rate=16_000)
        self._rest = b""

    def run(self) -> None:
        """Transcribes until CloseStream."""
        for message in self._connection:
            if isinstance(message, str):
                self._decode(self._endpointer.end_stream(self._rest), was_speaking=self._endpointer.in_speech)
                return
            self._feed(message)

    def _feed(self, audio: bytes) -> None:
        self._rest += audio
        size = self._endpointer.frame_bytes
        while len(self._rest) > size:  # a last frame stays for the end of the stream
            frame, self._rest = self._rest[:size], self._rest[size:]
            was_speaking = self._endpointer.in_speech
            self._decode(self._endpointer.process(frame), was_speaking)
        if self._endpointer.in_speech:
            self._tell(is_final=False, start=self._endpointer.speech_start, end=self._endpointer.speech_start)

    def _decode(self, speech: bytes | None, was_speaking: bool) -> None:
        if speech is None:
            return
        if not was_speaking:
            self._decoder.start_utt()
        self._decoder.process_raw(speech)
        if not self._endpointer.in_speech:
            self._decoder.end_utt()
            self._tell(is_final=True, start=self._endpointer.speech_start, end=self._endpointer.speech_end)

    def _tell(self, *, is_final: bool, start: float, end: float) -> None:
        hypothesis = self._decoder.hyp()
        alternative = {"transcript": hypothesis.hypstr if hypothesis else ""}
        message = {"type": "Results", "start": start, "duration": end - start, "is_final": is_final}
        self._connection.send(json.dumps(message | {"channel": {"alternatives": [alternative]}}))


def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    listener = socket.create_server(("127.0.0.1", parser.parse_args().port))
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    with serve(lambda connection: Stream(connection).run(), sock=listener, compression=None) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
