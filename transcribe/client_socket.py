"""The client's end of a session: simple-websocket's server makes the handshake, a Wire does the rest.

It owns what the client is told at the end, and whether it is still there; what is sent and when is the session's.
"""

from __future__ import annotations

import fcntl
import struct
import termios
import threading
import time
from typing import Any

from simple_websocket import Server
from websockets.protocol import Protocol, Side

from transcribe.failure import CloseCode, SessionFailure
from transcribe.wire import Closed, Message, NoThread, Wire

MAX_MESSAGE_BYTES = 256 * 1024  # over a second of the densest audio that /listen takes
SLOW_BYTES = 16 * 1024  # a client with more to read would get interims when they are old
PING_S = 25  # a client that is silent for this long is asked whether it is there; proxies cut idle sockets after 55 s
GONE_S = 2 * PING_S  # and is given up if it does not answer
TOKEN_SUBPROTOCOLS = ("token", "bearer")  # how Deepgram's browser SDK brings a token: behind one of these


SERVER_OPTIONS = {
    "thread_class": NoThread,
    "subprotocols": [*TOKEN_SUBPROTOCOLS],  # browsers drop a connection whose subprotocols are all passed over
}


def prepare(environ: dict[str, Any]) -> None:
    """Readies a request's WSGI environ for the upgrade; simple-websocket takes the handshake from there.

    Without the extensions header no permessage-deflate is agreed on: it costs 180 kB a session and gains nothing on
    opus and short JSON.
    """
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


class ClientSocket:
    """One client: `receive` from one thread; `send` and `close` from any."""

    def __init__(self, server: Server) -> None:
        server.connected = False  # so flask-sock neither closes it nor answers behind its close frame
        self._wire = Wire(server.sock, Protocol(Side.SERVER, max_size=MAX_MESSAGE_BYTES))
        self._closing = threading.Lock()
        self._unread_bytes = 0  # at most
        self.close_code: int | None = None
        self.failure: SessionFailure | None = None

    @property
    def gone(self) -> bool:
        """Whether the socket is closed, by either side."""
        return not self._wire.open

    def is_slow(self) -> bool:
        """Whether more than SLOW_BYTES of what was sent may be unread; the system is asked only where that can be."""
        if self._unread_bytes > SLOW_BYTES:
            self._unread_bytes = self._unacknowledged()
        return self._unread_bytes > SLOW_BYTES

    def _unacknowledged(self) -> int:
        """Bytes that the client's machine has not acknowledged: SIOCOUTQ in Linux' tcp(7), 0 where unknown."""
        try:
            return int(struct.unpack("i", fcntl.ioctl(self._wire.socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
        except (OSError, ValueError):
            return 0  # the socket is closed, or the system is one that does not tell

    def receive(self) -> Message:
        """Waits for the next message; raises Closed."""
        return self._wire.receive()

    @property
    def silent_s(self) -> float:
        """How long nothing came, not even an answer to a ping, in seconds."""
        return time.monotonic() - self._wire.heard_at

    def look(self) -> None:
        """Cuts the link to a client that is gone or takes nothing. Never waits."""
        if self.silent_s > GONE_S:
            self._wire.abort()
        self._wire.look()

    def ping(self) -> None:
        """Asks a client that is silent for long whether it is there; raises Closed."""
        if self.silent_s > PING_S:
            self._wire.ping()

    def send(self, text: bytes) -> None:
        """Sends one text message whole; raises Closed."""
        self._unread_bytes += len(text)
        self._wire.send(text, text=True)

    def close(self, code: CloseCode, failure: SessionFailure | None = None) -> None:
        """Says what failed, if anything did, and closes; only the first call counts."""
        with self._closing:
            if self.close_code is not None or self.gone:
                return
            self.close_code = code
            self.failure = failure
        try:
            if failure:
                self.send(failure.as_text().encode())
            self._wire.close(code)
        except Closed:
            pass

    def linger(self) -> None:
        """Waits until the closed socket is done with; nobody may receive any more."""
        self._wire.linger()
