"""One stream of the engine: bytes in, Deepgram's messages out, in one thread.

The decoder pulls: it calls `read`, which takes the next message from the connection and obeys the control messages on
the way. So nothing queues but in the connection, whose flow control holds a fast sender back.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.connection import Connection

from transcribe.engine.decoding import DecodingError, decode_container, decode_raw
from transcribe.engine.endpointing import (
    SAMPLE_RATE,
    Endpointer,
    Event,
    Samples,
    Segment,
    SpeechStarted,
    UtteranceEnd,
)
from transcribe.engine.options import StreamOptions
from transcribe.engine.recognition import MODEL, Recogniser
from transcribe.engine.voice import VoiceDetector

IDLE_S = 10  # Deepgram's: without audio or text for this long the stream ends with NET-0001
CHANNEL = [0, 1]  # the first of one: the engine mixes what it gets to mono


class Stream:
    """Serves one connection from its first byte to its close."""

    def __init__(self, connection: Connection, options: StreamOptions, recogniser: Recogniser) -> None:
        self._connection = connection
        self._options = options
        self._recogniser = recogniser
        self._endpointer = Endpointer(VoiceDetector(), options.endpointing_ms, options.utterance_end_ms)
        self._request_id = str(uuid.uuid4())
        self._created = datetime.now(UTC)
        self._digest = hashlib.sha256()
        self._settled: dict[tuple[int, int], str] = {}  # the last text of a settled segment, by its start and voice
        self._unread = b""
        self._ended = False

    def run(self) -> None:
        """Transcribes until CloseStream, then says Metadata and closes with 1000; other ends have Deepgram's codes."""
        try:
            for samples in self._samples():
                for event in self._endpointer.feed(samples):
                    self._tell(event)
            self._flush(from_finalize=False)
            self._send(self._metadata())
            self._connection.close(1000)
        except DecodingError as error:
            self._connection.close(1008, f"DATA-0000: {error}"[:120])
        except TimeoutError:
            self._connection.close(1011, "NET-0001: neither audio nor text came in time")
        except ConnectionClosed:
            pass

    def read(self, size: int) -> bytes:
        """Returns the next bytes of audio, at most `size`, none after CloseStream. Raises TimeoutError when idle."""
        while not self._unread and not self._ended:
            message = self._next_message()
            if isinstance(message, bytes):
                self._digest.update(message)
                self._unread = message
            else:
                self._obey(message)
        data, self._unread = self._unread[:size], self._unread[size:]
        return data

    def _samples(self) -> Iterator[Samples]:
        options = self._options
        if options.encoding is None:
            return decode_container(self)
        return decode_raw(self, options.encoding, options.sample_rate, options.channels)

    def _next_message(self) -> bytes | str:
        try:
            return self._connection.recv(timeout=0)
        except TimeoutError:
            # All audio that came is heard: the moment for an interim, and none is spent on catching up.
            if self._options.interim_results and (segment := self._endpointer.interim()):
                self._tell(segment)
            return self._connection.recv(IDLE_S)

    def _obey(self, text: str) -> None:
        try:
            kind = json.loads(text)["type"]
        except (ValueError, TypeError, KeyError):
            return
        if kind == "Finalize":
            self._flush(from_finalize=True)
        elif kind == "CloseStream":
            self._ended = True

    def _flush(self, *, from_finalize: bool) -> None:
        self._tell(self._endpointer.flush(), from_finalize=from_finalize)

    def _tell(self, event: Event, *, from_finalize: bool = False) -> None:
        match event:
            case Segment():
                text = self._text_of(event)
                if text is not None:
                    text = text if self._options.punctuate else _plain(text)
                    self._send(self._results(event, text, from_finalize))
            case SpeechStarted() if self._options.vad_events:
                self._send({"type": "SpeechStarted", "channel": CHANNEL, "timestamp": _seconds(event.at)})
            case UtteranceEnd():
                self._send({"type": "UtteranceEnd", "channel": CHANNEL, "last_word_end": _seconds(event.last_voiced)})

    def _text_of(self, segment: Segment) -> str | None:
        if segment.speech is None:
            return ""
        span = (segment.start, segment.voiced)
        if segment.is_final:
            text = self._settled.get(span)
            return self._recogniser.final(segment.speech) if text is None else text
        text = self._recogniser.interim(segment.speech, settled=segment.settled)
        if text is not None and segment.settled:
            self._settled = {span: text}
        return text

    def _results(self, segment: Segment, text: str, from_finalize: bool) -> dict[str, Any]:
        """The model gives neither word times nor confidence, so `words` is empty and `confidence` null."""
        return {
            "type": "Results",
            "channel_index": CHANNEL,
            "start": _seconds(segment.start),
            "duration": _seconds(segment.end - segment.start),
            "is_final": segment.is_final,
            "speech_final": segment.speech_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [{"transcript": text, "confidence": None, "words": []}]},
            "metadata": {
                "request_id": self._request_id,
                "model_info": {"name": MODEL, "version": "0.1.0", "arch": "moonshine"},
                "model_uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, MODEL)),
            },
        }

    def _metadata(self) -> dict[str, Any]:
        return {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": self._digest.hexdigest(),
            "created": self._created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "duration": _seconds(self._endpointer.position),
            "channels": 1,
            "models": [MODEL],
        }

    def _send(self, message: dict[str, Any]) -> None:
        self._connection.send(json.dumps(message))


def _seconds(samples: int) -> float:
    return round(samples / SAMPLE_RATE, 7)


def _plain(text: str) -> str:
    """The text as Deepgram gives it without punctuate: lower case, no punctuation but apostrophes."""
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())
