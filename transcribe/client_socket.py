"""The client's end of a session: simple-websocket's server socket made safe.

It owns whole writes, bounded reads and the clean close; what is sent and when is the session's. Each workaround names
the fault of simple-websocket 1.1.0 or flask-sock 0.7.0 that it is for.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
import termios
import threading
import time
from typing import Any

from simple_websocket import ConnectionClosed, Server
from wsproto.utilities import LocalProtocolError

from transcribe.failure import CloseCode, SessionFailure

MAX_MESSAGE_BYTES = 256 * 1024  # over a second of the densest audio that /listen takes
MAX_BACKLOG_BYTES = 4 * MAX_MESSAGE_BYTES  # read from the client and not yet taken; holds one whole message at least
TOKEN_SUBPROTOCOLS = ("token", "bearer")  # how Deepgram's browser SDK brings a token: behind one of these
SERVER_OPTIONS = {
    "ping_interval": 25,  # proxies cut sockets that are idle for 55-60 s
    "max_message_size": MAX_MESSAGE_BYTES,
    "subprotocols": [*TOKEN_SUBPROTOCOLS],  # browsers drop a connection whose subprotocols are all passed over
}
READ_BYTES = 65536
CLOSE_REPLY_S = 1  # how long a client may take to answer a close frame
SOCKET_KEYS = ("gunicorn.socket", "werkzeug.socket")
GONE = (ConnectionClosed, LocalProtocolError, OSError)  # what a vanished client shows as, by the moment it vanished


class ClientGone(Exception):
    """The client closed its socket or vanished."""


class _WholeSocket:
    """The server's socket as simple-websocket sees it: sends all or fails, and reads no more than the session takes.

    simple-websocket ignores short writes, which under gevent cuts frames in two when a client reads slowly, and sends
    from two threads. It also reads without a bound, so a fast sender would fill the memory.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sending = threading.Lock()
        self._room = threading.Condition()
        self._unread = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def send(self, data: bytes) -> int:
        with self._sending:
            self._socket.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        with self._room:
            self._room.wait_for(lambda: self._unread < MAX_BACKLOG_BYTES)
        data = self._socket.recv(size)
        self._unread += len(data)
        return data

    def close(self) -> None:
        """Ends the sending side and drops what still comes: unread data would reset the link, close frame and all.

        Ending the sending side also keeps flask-sock from writing an HTTP response behind the close frame.
        """
        deadline = time.monotonic() + CLOSE_REPLY_S
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(CLOSE_REPLY_S)
            while self._socket.recv(READ_BYTES) and time.monotonic() < deadline:
                pass
        self._socket.close()

    def took_all(self) -> None:
        with self._room:
            self._unread = 0
            self._room.notify()


def prepare(environ: dict[str, Any]) -> None:
    """Readies a request's WSGI environ for the upgrade; simple-websocket takes socket and handshake from there.

    Without the extensions header no permessage-deflate is agreed on: it costs 180 kB a session and gains nothing on
    opus and short JSON.
    """
    for key in SOCKET_KEYS:
        if key in environ:
            environ[key] = _WholeSocket(environ[key])
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)


class ClientSocket:
    """One client: `receive` from one thread; `send` and `close` from any."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._socket: _WholeSocket = server.sock
        self._closing = threading.Lock()
        self._sending_since: float | None = None
        self.close_code: int | None = None
        self.failure: SessionFailure | None = None

    @property
    def gone(self) -> bool:
        """Whether the socket is closed, by either side."""
        return not self._server.connected

    @property
    def stalled_s(self) -> float:
        """How long the message now being sent has waited for the client to read, in seconds."""
        since = self._sending_since
        return time.monotonic() - since if since else 0.0

    @property
    def unread_bytes(self) -> int:
        """Bytes sent that the client's machine has not acknowledged: SIOCOUTQ in Linux' tcp(7), 0 where unknown."""
        try:
            return int(struct.unpack("i", fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
        except (OSError, ValueError):
            return 0  # the socket is closed, or the system is one that does not tell

    def receive(self, timeout: float) -> bytes | str | None:
        """Returns the next message, or None when none came in `timeout` seconds; raises ClientGone."""
        if not self._server.input_buffer:
            self._socket.took_all()
        try:
            message: bytes | str | None = self._server.receive(timeout)
        except ConnectionClosed:
            raise ClientGone from None
        return message

    def send(self, text: str) -> None:
        """Sends one text message whole; raises ClientGone."""
        self._sending_since = time.monotonic()
        try:
            self._server.send(text)
        except GONE:
            raise ClientGone from None
        finally:
            self._sending_since = None

    def close(self, code: CloseCode, failure: SessionFailure | None = None) -> None:
        """Says what failed, if anything did, and closes; only the first call counts."""
        with self._closing:
            if self.close_code is not None:
                return
            self.close_code = code
            self.failure = failure
        with contextlib.suppress(ClientGone):
            if failure:
                self.send(failure.as_text())
        with contextlib.suppress(*GONE):
            self._server.close(code)
        self._server.event.set()  # receive() is not woken by a local close

    def abort(self) -> None:
        """Frees whoever waits for a client that does not read."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def linger(self) -> None:
        """Waits until the closed socket is done with, CLOSE_REPLY_S for the client's reply and as long for the rest."""
        self._socket.took_all()
        self._server.thread.join(2 * CLOSE_REPLY_S)
        self.abort()
