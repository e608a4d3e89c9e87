"""The upstream: Deepgram's live client on one side, plain failures on the other.

It owns the connection to Deepgram's cloud, the embedded engine or another server of that protocol. What it receives it
hands on as text, never parsed: the SDK's models cost 0.1-0.3 ms a message and turn unknown types into None.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import deepgram.listen.v1.client  # noqa: F401  `deepgram` loads lazily: the first session would wait for this
from deepgram import DeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.socket_client import V1SocketClient
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect

from transcribe.failure import CloseCode, SessionFailure
from transcribe.options import Options

OPEN_TIMEOUT_S = 5  # for TCP, TLS and the handshake together
QUIET_S = 2  # without a text for this long, `receive` returns so that its caller can look around
CLOSE_TIMEOUT_S = 1  # a silent upstream may not hold a session that is over
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


class UpstreamClosed(Exception):
    """The upstream ended the stream. `code` is its close code, None where the link broke without one."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Transport:
    """The SDK's wire, as its `transport_factory` asks for: send, recv, iteration, close.

    A text frame comes out as bytes, which the SDK hands on as they are; `recv` raises TimeoutError after QUIET_S. A
    refused or failed opening becomes a SessionFailure here, before the SDK wraps it in an ApiError that prints the key.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        try:
            self._connection: ClientConnection = connect(
                url,
                additional_headers=headers,
                compression=None,  # costs 180 kB a session, gains nothing on opus and short JSON
                proxy=True if url.startswith("wss:") else None,  # a proxy would not know loopback
                open_timeout=OPEN_TIMEOUT_S,
                close_timeout=CLOSE_TIMEOUT_S,
                max_size=MAX_MESSAGE_BYTES,
                legacy=True,
            )
        except InvalidStatus as error:
            raise refusal(error.response) from None
        except (OSError, InvalidHandshake) as error:
            raise unreachable(error) from None

    def send(self, message: bytes | str) -> None:
        self._connection.send(message)

    def recv(self) -> bytes:
        return self._connection.recv(QUIET_S, decode=False)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.recv()

    def close(self) -> None:
        self._connection.close()

    def abort(self) -> None:
        """Cuts the link: frees a thread that waits for an upstream that does not read."""
        with contextlib.suppress(OSError):
            self._connection.socket.shutdown(socket.SHUT_RDWR)


class Live:
    """One open connection. Audio and control messages go up from one thread, texts come down in another."""

    def __init__(self, client: V1SocketClient, transport: Transport) -> None:
        self._client = client
        self._transport = transport

    def send_audio(self, chunk: bytes) -> None:
        """Sends one chunk of audio as it is; raises UpstreamClosed."""
        with _closed_upstream():
            self._client.send_media(chunk)

    def send_control(self, text: str) -> None:
        """Sends a control message of the client's as it is; raises UpstreamClosed."""
        with _closed_upstream():
            self._transport.send(text)

    def keep_alive(self) -> None:
        """Tells the upstream that the silence is meant; raises UpstreamClosed."""
        with _closed_upstream():
            self._client.send_keep_alive()

    def receive(self) -> str | None:
        """Returns the next text as it came, or None when none came in QUIET_S; raises UpstreamClosed."""
        with _closed_upstream():
            try:
                return cast(bytes, self._client.recv()).decode()
            except TimeoutError:
                return None

    def close(self) -> None:
        """Closes in good order."""
        self._transport.close()

    def abort(self) -> None:
        """Cuts the link without a word."""
        self._transport.abort()


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
            yield Live(client, client._websocket)  # our Transport: the SDK has no public way to it


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


def lost(closed: UpstreamClosed) -> SessionFailure:
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


@contextmanager
def _closed_upstream() -> Iterator[None]:
    try:
        yield
    except ConnectionClosed as error:
        frame = error.rcvd
        raise UpstreamClosed(frame.code if frame else None, frame.reason if frame else "") from None


def _error_of(body: bytes | bytearray | None) -> str:
    try:
        fields = json.loads(body or b"")
        return str(fields.get("err_msg") or fields.get("reason") or "")[:300]
    except (ValueError, AttributeError):
        return ""
