"""The far side of the wire: Deepgram's live protocol on loopback, as scripted as a test needs it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve


class Call:
    """One connection as the far side saw it."""

    def __init__(self, connection: ServerConnection, request: Request) -> None:
        url = urlsplit(request.path)
        self.connection = connection
        self.path = url.path
        self.query = parse_qs(url.query)
        self.authorization = request.headers.get("Authorization")
        self.audio = bytearray()
        self.texts: list[str] = []
        self.audio_came = threading.Event()
        self.text_came = threading.Event()
        self.closed = threading.Event()
        self.opened_at = time.monotonic()
        self.ended_at: float | None = None  # when its script was over

    def send(self, **message: object) -> None:
        self.connection.send(json.dumps(message))

    def messages(self):
        """Yields what the client sends and keeps a record of it."""
        for message in self.connection:
            if isinstance(message, bytes):
                self.audio += message
                self.audio_came.set()
            else:
                self.texts.append(message)
                self.text_came.set()
            yield message


Script = Callable[[Call], None]


def results(text: str, start: float, duration: float, *, is_final: bool = True, **more: object) -> dict[str, object]:
    return {
        "type": "Results",
        "channel_index": [0, 1],
        "start": start,
        "duration": duration,
        "is_final": is_final,
        "speech_final": is_final,
        "channel": {"alternatives": [{"transcript": text, "confidence": 0.99, "words": []}]},
        "metadata": {"request_id": "r", "model_info": {"name": "nova-3"}, "model_uuid": "u"},
        **more,
    }


def worded(
    text: str, start: float, *, speaker: int | None = None, unsure: str = "", word_s: float = 0.4
) -> dict[str, object]:
    """A final with a word each `word_s`; the words in `unsure` have a low confidence."""
    words = [
        {
            "word": word.lower(),
            "punctuated_word": word,
            "start": start + word_s * number,
            "end": start + word_s * (number + 0.75),
            "confidence": 0.42 if word in unsure.split() else 0.99,
            **({} if speaker is None else {"speaker": speaker}),
        }
        for number, word in enumerate(text.split())
    ]
    channel = {"alternatives": [{"transcript": text, "confidence": 0.99, "words": words}]}
    return results(text, start, word_s * len(words)) | {"channel": channel}


def listen(call: Call) -> None:
    """Takes all that comes and says nothing of its own: the test speaks through `call.send`."""
    for message in call.messages():
        if isinstance(message, str) and json.loads(message)["type"] == "CloseStream":
            call.send(type="Metadata", request_id="r", duration=0, channels=1)
            return


def answer(call: Call) -> None:
    """Answers each chunk with an interim, Finalize with a final, CloseStream with a last final, Metadata and 1000."""
    chunks = 0
    for message in call.messages():
        if isinstance(message, bytes):
            chunks += 1
            call.send(**results(f"interim {chunks}", 0, chunks / 10, is_final=False))
        elif json.loads(message)["type"] == "Finalize":
            call.send(**results(f"final {chunks}", 0, chunks / 10, from_finalize=True))
        elif json.loads(message)["type"] == "CloseStream":
            call.send(**results(f"last {chunks}", 0, chunks / 10))
            call.send(type="Metadata", request_id="r", duration=chunks / 10, channels=1)
            return


class FakeDeepgram:
    """A server of its own; `script` plays each connection, `refusal` (status, dg-error) refuses the handshake."""

    def __init__(self) -> None:
        self._go = threading.Event()
        self.reset()
        self._server = serve(self._handle, "127.0.0.1", 0, process_request=self._check, close_timeout=1)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def reset(self) -> None:
        held, self._go = self._go, threading.Event()
        held.set()
        self.script: Script = answer
        self.refusal: tuple[int, str] | None = None
        self.attempts: list[Request] = []
        self.calls: list[Call] = []
        self._called = threading.Condition()
        self.let_handshakes_go()

    def hold_handshakes(self) -> None:
        """Lets clients wait for the answer to their handshake."""
        self._go.clear()

    def let_handshakes_go(self) -> None:
        self._go.set()

    def call(self, number: int = 0, timeout_s: float = 5) -> Call:
        """Waits for the connection of that number."""
        with self._called:
            assert self._called.wait_for(lambda: len(self.calls) > number, timeout_s), f"no connection {number}"
        return self.calls[number]

    def all_closed(self, before: Call | None = None, timeout_s: float = 5) -> bool:
        """Whether all connections, or those before this one, are over in time."""
        calls = self.calls[: self.calls.index(before)] if before else self.calls
        return all(call.closed.wait(timeout_s) for call in calls)

    def close(self) -> None:
        self.let_handshakes_go()
        self._server.shutdown()
        self._thread.join()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.attempts.append(request)
        go = self._go
        go.wait()
        if go is not self._go:
            return connection.respond(503, "")  # of a test that is over
        if self.refusal is None:
            return None
        status, error = self.refusal
        response = connection.respond(status, "")
        response.headers["dg-error"] = error
        return response

    def _handle(self, connection: ServerConnection) -> None:
        call = Call(connection, connection.request)
        with self._called:
            self.calls.append(call)
            self._called.notify_all()
        with suppress(ConnectionClosed):
            self.script(call)
        call.ended_at = time.monotonic()
        with suppress(ConnectionClosed):
            connection.close()
        call.closed.set()
