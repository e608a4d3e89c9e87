"""The upstream: Deepgram's live client on one side, plain failures on the other.

It owns the connection to Deepgram's cloud, the embedded engine or another server of that protocol. What it receives it
hands on as text, never parsed: the SDK's models cost 0.1-0.3 ms a message and turn unknown types into None.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import deepgram.listen.v1.client  # noqa: F401  `deepgram` loads lazily: the first session would wait for this
from deepgram import DeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.socket_client import V1SocketClient
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect

from transcribe.failure import CloseCode, SessionFailure
from transcribe.options import Options
from transcribe.wire import Closed, NoThread, Wire

OPEN_TIMEOUT_S = 5  # for TCP, TLS and the handshake together
MAX_MESSAGE_BYTES = 4 * 1024 * 1024  # Results with many alternatives and entities stay far below
REFUSALS = {  # HTTP status to close code, Deepgram's error code and what the user is told
    400: (CloseCode.POLICY, "BAD_REQUEST", "The transcriber does not take these options."),
    401: (
        CloseCode.UPSTREAM_FAILED,
        "INVALID_AUTH",
        "The transcriber rejected the server's key: set a valid DEEPGRAM_API_KEY and restart the server.",
    ),
    402: (
        CloseCode.UPSTREAM_FAILED,
        "ASR_PAYMENT_REQUIRED",
        "The Deepgram account has no credit: top it up, or unset DEEPGRAM_API_KEY to use the embedded engine.",
    ),
    403: (
        CloseCode.UPSTREAM_FAILED,
        "INSUFFICIENT_PERMISSIONS",
        "The server's Deepgram key may not use this model: choose another model or key.",
    ),
    429: (CloseCode.TRY_LATER, "TOO_MANY_REQUESTS", "The transcriber has no free stream: try again in a moment."),
}


class _Connection(Wire):
    """A Wire where websockets' `connect` makes a ClientConnection, which leaves it TCP, TLS, proxies and redirects."""

    recv_events_thread = NoThread()

    def __init__(self, sock: socket.socket, protocol: ClientProtocol, **_: object) -> None:
        super().__init__(sock, protocol)
        self._client = protocol

    def handshake(self, headers: Mapping[str, str], user_agent: str, timeout: float) -> None:
        """Upgrades within `timeout` seconds; raises InvalidHandshake or OSError."""
        deadline = time.monotonic() + timeout
        request = self._client.connect()
        request.headers.update(headers)
        request.headers["User-Agent"] = user_agent
        self._client.send_request(request)
        self.write()
        while self._client.state is State.CONNECTING and not self._client.handshake_exc:
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            data = self.wait()
            while self._client.state is State.CONNECTING:  # a line at a time: frames may follow the last
                line, end, data = data.partition(b"\n")
                self.feed(line + end)
                if not data:
                    break
            if data:
                self.take_in(data)
        if self._client.handshake_exc:
            raise TimeoutError if time.monotonic() >= deadline else self._client.handshake_exc
        self.socket.settimeout(None)

    def start_keepalive(self) -> None:
        """Starts no pings: the session has a KeepAlive."""

    def close_socket(self) -> None:
        """Closes what could not be opened."""
        self.socket.close()


class Transport:
    """The SDK's wire, as its `transport_factory` asks for: send, recv, iteration, close.

    A text comes out as bytes, which the SDK hands on as they are. A refused or failed opening becomes a SessionFailure
    here, before the SDK wraps it in an ApiError that prints the key.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        try:
            opened: object = connect(
                url,
                additional_headers=headers,
                compression=None,  # costs 180 kB a session, gains nothing on opus and short JSON
                proxy=True if url.startswith("wss:") else None,  # a proxy would not know loopback
                open_timeout=OPEN_TIMEOUT_S,
                max_size=MAX_MESSAGE_BYTES,
                create_connection=cast(type[ClientConnection], _Connection),
                legacy=True,
            )
        except InvalidStatus as error:
            raise refusal(error.response) from None
        except (OSError, InvalidHandshake, Closed) as error:
            raise unreachable(error) from None
        self.wire = cast(_Connection, opened)

    def send(self, message: bytes | str) -> None:
        if isinstance(message, str):
            self.wire.send(message.encode(), text=True)
        else:
            self.wire.send(message, text=False)

    def recv(self) -> bytes:
        return self.wire.receive().data

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.recv()

    def close(self) -> None:
        """Closes for good; nobody may receive any more."""
        self.wire.close(CloseCode.DONE)
        self.wire.linger()
        self.wire.close_socket()


class Live:
    """One open connection. Audio and control messages go up from one thread, texts come down in another.

    All raise Closed, once the connection is over and there is nothing left to receive.
    """

    def __init__(self, client: V1SocketClient, wire: Wire) -> None:
        self._client = client
        self._wire = wire

    def send_audio(self, chunk: bytes) -> None:
        """Sends one chunk of audio as it is."""
        self._client.send_media(chunk)

    def send_control(self, text: bytes) -> None:
        """Sends a control message of the client's as it is."""
        self._wire.send(text, text=True)

    def keep_alive(self) -> None:
        """Tells the upstream that the silence is meant."""
        self._client.send_keep_alive()

    def receive(self) -> bytes:
        """Waits for the next text, in UTF-8 as it came."""
        return cast(bytes, self._client.recv())

    def close(self) -> None:
        """Closes in good order, which ends `receive` too."""
        self._wire.close(CloseCode.DONE)

    def abort(self) -> None:
        """Cuts the link, which ends `receive` and whoever sends."""
        self._wire.abort()

    def look(self) -> None:
        """Cuts the link to an upstream that takes nothing. Never waits."""
        self._wire.look()


class Upstream:
    """Where sessions are transcribed: a base URL and the key for it, one SDK client for the process (25 ms each)."""

    def __init__(self, url: str, api_key: str | None) -> None:
        http = url.replace("ws", "http", 1)
        environment = DeepgramClientEnvironment(base=http, production=url, agent=url, agent_rest=http)
        self._client = DeepgramClient(api_key=api_key or "none", environment=environment, transport_factory=Transport)

    @contextmanager
    def connect(self, options: Options) -> Iterator[Live]:
        """Opens one live connection and closes it in the end; raises SessionFailure in words for the user."""
        rest = {name: value for name, value in options.items() if name != "model"}
        with self._client.listen.v1.connect(
            model=str(options["model"]), request_options={"additional_query_parameters": rest}
        ) as client:
            yield Live(client, client._websocket.wire)  # of our Transport: the SDK has no public way to it


def refusal(response: Response) -> SessionFailure:
    """What an upstream's HTTP refusal of the handshake means to the user."""
    status = response.status_code
    code, variant, message = REFUSALS.get(
        status,
        (
            CloseCode.UPSTREAM_FAILED,
            "UPSTREAM_ERROR",
            f"The transcriber answered with HTTP {status}: try again in a moment.",
        ),
    )
    detail = response.headers.get("dg-error") or _error_of(response.body)
    return SessionFailure(code, variant, f"{message} It says: {detail.rstrip('.')}." if detail else message)


def unreachable(error: Exception) -> SessionFailure:
    """What a connection that could not be opened means to the user."""
    how = "did not answer in time" if isinstance(error, TimeoutError) else "cannot be reached"
    return SessionFailure(
        CloseCode.UPSTREAM_FAILED, "UPSTREAM_UNREACHABLE", f"The transcriber {how}: try again in a moment."
    )


def lost(closed: Closed) -> SessionFailure:
    """What the end of the stream means to the user when nobody had asked for it."""
    said = f"{closed.code} {closed.reason}".strip() if closed.code else "no close frame"
    if closed.code == CloseCode.POLICY:
        return SessionFailure(
            CloseCode.POLICY,
            closed.reason.split(":")[0] or "POLICY",
            "The transcriber could not decode the audio: send webm, ogg, mp4 or wav, or name encoding and sample_rate.",
            said,
        )
    return SessionFailure(
        CloseCode.UPSTREAM_FAILED, "UPSTREAM_LOST", "The transcriber ended the connection: open a new one.", said
    )


def _error_of(body: bytes | bytearray | None) -> str:
    try:
        fields = json.loads(body or b"")
        return str(fields.get("err_msg") or fields.get("reason") or "")[:300]
    except (ValueError, AttributeError):
        return ""
