"""A WebSocket on a blocking socket, the same for the client's and the upstream's: whole writes, and waits that end.

RFC 6455 is websockets' Sans-I/O protocol; its sync client and simple-websocket's server would each add a thread that
reads, which costs as much as the relay itself. Here one thread receives, the one that wants the message; any may send.
A message in one frame, as nearly all are, passes by the protocol, which keeps handshakes, control frames and fragments.
No wait has a timeout of its own, which would cost a sixth of the relaying: `look` ends those that take too long.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from websockets.frames import DATA_OPCODES, CloseCode, Frame, Opcode
from websockets.protocol import Protocol, Side, State

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

STALL_S = 5  # a peer that takes nothing for this long is given up
LINGER_S = 1  # how long a peer may take to answer a close frame
READ_BYTES = 65536
MASKED = 0x80
WHOLE = {0x81: True, 0x82: False}  # how a message in one frame begins, and whether it is a text


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
        self._masked = MASKED if protocol.side is Side.SERVER else 0  # of what comes
        self._most_bytes = protocol.max_message_size or sys.maxsize
        self._unread = bytearray()  # a frame whose end has not come
        self._begun: bytearray | None = None  # a message whose last frame has not come
        self._text = False
        self._messages: deque[Message] = deque()
        self._sending_since: float | None = None
        self._closed_at: float | None = None
        sock.settimeout(None)

    def send(self, data: bytes, *, text: bool) -> None:
        """Sends one message whole; raises Closed."""
        frame = Frame(Opcode.TEXT if text else Opcode.BINARY, data).serialize(mask=not self._masked)
        with self._sending:
            if not self.open:
                raise self._closed()
            if self.protocol.writes:
                self.write()
            self._write([frame])

    def ping(self) -> None:
        """Asks for a sign of life; raises Closed."""
        self._send(self.protocol.send_ping, b"")

    def receive(self) -> Message:
        """Waits for the next message; raises Closed once there is none left."""
        while not self._messages:
            if not self.open:
                raise self._closed()
            self.take_in(self.wait())
        return self._messages.popleft()

    def wait(self) -> bytes:
        """Waits for bytes; there are none at the end."""
        try:
            data = self.socket.recv(READ_BYTES)
        except OSError:
            data = b""
        self.heard_at = time.monotonic()
        return data

    def take_in(self, data: bytes) -> None:
        """Takes in what came; nothing is the end."""
        if not data:
            self.feed(data)
        frames: bytes | bytearray = data
        if self._unread:
            self._unread += data
            frames = self._unread
        at = 0
        while self.open and (end := self._frame(frames, at)):
            at = end
        if at or frames is data:
            self._unread = bytearray(frames[at:])
        if self.protocol.writes and self._sending.acquire(blocking=False):  # else they go along with what is being sent
            try:
                self.write()
            except Closed:
                pass  # the next read tells
            finally:
                self._sending.release()

    def feed(self, data: bytes) -> None:
        """Gives the protocol what is not a message in one frame."""
        with self._changing:
            if data:
                self.protocol.receive_data(data)
            else:
                self.protocol.receive_eof()
            self.open = self.open and self.protocol.state <= State.OPEN and bool(data)
            events = self.protocol.events_received()
        for event in events:
            if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
                self._join(event)

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
                self.open = self.protocol.state is State.OPEN
            self.write()

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

    def _frame(self, frames: bytes | bytearray, at: int) -> int:
        """Takes in the frame that begins there; returns where it ends, 0 if that has not come."""
        if len(frames) < at + 2:
            return 0
        masked, length = frames[at + 1] & MASKED, frames[at + 1] & ~MASKED
        start = at + 2
        if length > 125:
            start += 2 if length == 126 else 8
            length = int.from_bytes(frames[at + 2 : start])
        if masked:
            start += 4
        if len(frames) < start:
            return 0
        end = start + length
        refused = length > self._most_bytes  # by the protocol, which needs no more than the head
        if len(frames) < end and not refused:
            return 0
        text = WHOLE.get(frames[at])
        if text is None or masked != self._masked or self._begun is not None or refused:
            self.feed(bytes(frames[at:end]))
        elif masked:
            self._take(apply_mask(frames[start:end], frames[start - 4 : start]), text)
        else:
            self._take(bytes(frames[start:end]), text)
        return end

    def _join(self, frame: Frame) -> None:
        if self._begun is None:
            self._begun = bytearray()
            self._text = frame.opcode is Opcode.TEXT
        self._begun += frame.data
        if frame.fin:
            data, self._begun = bytes(self._begun), None
            self._take(data, self._text)

    def _take(self, data: bytes, text: bool) -> None:
        try:
            if text:
                data.decode()
        except UnicodeDecodeError:
            with self._changing:
                self.protocol.fail(CloseCode.INVALID_DATA)
            self.open = False
        else:
            self._messages.append(Message(data, text))

    def _closed(self) -> Closed:
        frame = self.protocol.close_rcvd
        return Closed(frame.code, frame.reason) if frame else Closed()
