"""A WebSocket on a blocking socket, the same for the client's and the upstream's: whole writes, and waits that end.

RFC 6455 is websockets' Sans-I/O protocol; its sync client and simple-websocket's server would each add a thread that
reads, which costs as much as the relay itself. Here one thread receives, the one that wants the message; any may send.
No wait has a timeout of its own, which would cost a sixth of the relaying: `look` ends those that take too long.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from websockets.frames import DATA_OPCODES, CloseCode, Frame, Opcode
from websockets.protocol import Protocol, State

STALL_S = 5  # a peer that takes nothing for this long is given up
LINGER_S = 1  # how long a peer may take to answer a close frame
READ_BYTES = 65536


class Closed(Exception):
    """The connection is over: `code` is the peer's, None where the link broke without one."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Message(NamedTuple):
    """One whole message; a text is UTF-8."""

    data: bytes
    text: bool


class NoThread:
    """Stands where a library would have a thread read the socket."""

    name = ""

    def __init__(self, target: object = None) -> None:
        pass

    def start(self) -> None:
        """Starts nothing."""

    def join(self) -> None:
        """Waits for nothing."""


class Wire:
    """One connection; `protocol` is in the state that the handshake left it in."""

    def __init__(self, sock: socket.socket, protocol: Protocol) -> None:
        self.socket = sock
        self.protocol = protocol
        self.open = True
        """Whether neither side has closed."""
        self.heard_at = time.monotonic()
        """When the peer was last heard of, if only by a pong."""
        self._changing = threading.Lock()  # the protocol; never held while waiting for the peer
        self._sending = threading.Lock()  # the socket's sending side, so that bytes go in the protocol's order
        self._messages: deque[Message] = deque()
        self._begun = bytearray()  # a message whose end has not come
        self._text = False
        self._sending_since: float | None = None
        self._closed_at: float | None = None
        sock.settimeout(None)

    def send(self, data: bytes, *, text: bool) -> None:
        """Sends one message whole; raises Closed."""
        self._send(self.protocol.send_text if text else self.protocol.send_binary, data)

    def ping(self) -> None:
        """Asks for a sign of life; raises Closed."""
        self._send(self.protocol.send_ping, b"")

    def receive(self) -> Message:
        """Waits for the next message; raises Closed once there is none left."""
        while not self._messages:
            if not self.open:
                raise self._closed()
            self.read()
        return self._messages.popleft()

    def read(self) -> None:
        """Waits for bytes and takes in what they mean."""
        try:
            data = self.socket.recv(READ_BYTES)
        except OSError:
            data = b""
        self.heard_at = time.monotonic()
        with self._changing:
            if data:
                self.protocol.receive_data(data)
            else:
                self.protocol.receive_eof()
                self.open = False
            for event in self.protocol.events_received():
                if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
                    self._take(event)
            answers = bool(self.protocol.writes)  # a pong, or a close frame
            if answers:
                self.open = self.open and self.protocol.state is State.OPEN
        if answers and self._sending.acquire(blocking=False):  # else they go along with what is being sent
            try:
                self.write()
            except Closed:
                pass  # the next read tells
            finally:
                self._sending.release()

    def close(self, code: int) -> None:
        """Sends a close frame, after what is being sent; `linger` ends the rest."""
        with contextlib.suppress(Closed):
            self._send(self.protocol.send_close, code)
            self._closed_at = time.monotonic()
        self.open = False

    def look(self) -> None:
        """Cuts the link if the peer takes nothing, or has not answered a close frame. Never waits."""
        now = time.monotonic()
        stalled = self._sending_since and now - self._sending_since > STALL_S
        if stalled or (self._closed_at and now - self._closed_at > LINGER_S):
            self.abort()

    def abort(self) -> None:
        """Cuts the link, which frees whoever waits for it."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def linger(self) -> None:
        """Drops what still comes, for LINGER_S at most: unread data would reset the link, close frame and all.

        The last call; no other thread may receive any more.
        """
        deadline = time.monotonic() + LINGER_S
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(LINGER_S)
            while self.socket.recv(READ_BYTES) and time.monotonic() < deadline:
                pass
        self.abort()

    def write(self) -> None:
        """Sends what the protocol has to send; raises Closed. Nobody else may send meanwhile."""
        with self._changing:
            chunks = self.protocol.data_to_send()
        self._write(chunks)

    def _send(self, message: Callable[[Any], None], content: bytes | int) -> None:
        with self._sending:
            with self._changing:
                if not self.open:
                    raise self._closed()
                message(content)
                chunks = self.protocol.data_to_send()
            self._write(chunks)

    def _write(self, chunks: list[bytes]) -> None:
        self._sending_since = time.monotonic()
        try:
            for chunk in chunks:
                if not chunk:
                    self.socket.shutdown(socket.SHUT_WR)
                while chunk:  # gevent's `sendall` asks for the buffer's size each time
                    chunk = chunk[self.socket.send(chunk) :]
        except OSError:
            self.open = False
            self.abort()
            raise Closed from None
        finally:
            self._sending_since = None

    def _take(self, frame: Frame) -> None:
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
        if not frame.fin:
            self._begun += frame.data
            return
        data = bytes(self._begun + frame.data) if self._begun else bytes(frame.data)
        self._begun.clear()
        try:
            if self._text:
                data.decode()
            self._messages.append(Message(data, self._text))
        except UnicodeDecodeError:
            self.protocol.fail(CloseCode.INVALID_DATA)

    def _closed(self) -> Closed:
        frame = self.protocol.close_rcvd
        return Closed(frame.code, frame.reason) if frame else Closed()
