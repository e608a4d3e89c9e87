"""One WebSocket on a real socket; its peer is websockets' own protocol."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from transcribe import wire
from transcribe.wire import Closed, Message, Wire


class Peer:
    """The other end, byte by byte."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.protocol = Protocol(Side.CLIENT)

    def send(self, *frames: Frame) -> None:
        self.socket.sendall(b"".join(frame.serialize(mask=True) for frame in frames))

    def receive(self) -> list[Frame]:
        self.protocol.receive_data(self.socket.recv(65536))
        return self.protocol.events_received()


@pytest.fixture
def pair() -> Iterator[tuple[Wire, Peer]]:
    near, far = socket.socketpair()
    yield Wire(near, Protocol(Side.SERVER)), Peer(far)
    near.close()
    far.close()


def test_fragments_make_one_message_whatever_comes_between(pair: tuple[Wire, Peer]) -> None:
    ours, peer = pair
    peer.send(
        Frame(Opcode.TEXT, "né".encode()[:2], fin=False),
        Frame(Opcode.PING, b"?"),
        Frame(Opcode.CONT, b"", fin=False),
        Frame(Opcode.CONT, "né".encode()[2:]),
        Frame(Opcode.BINARY, b"audio"),
    )
    assert [ours.receive(), ours.receive()] == [Message("né".encode(), True), Message(b"audio", False)]
    assert [(frame.opcode, frame.data) for frame in peer.receive()] == [(Opcode.PONG, b"?")]


def test_what_came_before_the_close_frame_is_received_first_then_its_code(pair: tuple[Wire, Peer]) -> None:
    ours, peer = pair
    peer.send(Frame(Opcode.TEXT, b"last words"), Frame(Opcode.CLOSE, b"\x03\xf3gone"))
    assert ours.receive().data == b"last words"
    with pytest.raises(Closed, match="1011 gone"):
        ours.receive()
    with pytest.raises(Closed):
        ours.send(b"too late", text=True)


def test_a_broken_link_has_no_code(pair: tuple[Wire, Peer]) -> None:
    ours, peer = pair
    peer.socket.close()
    with pytest.raises(Closed) as closed:
        ours.receive()
    assert closed.value.code is None


def test_a_peer_that_takes_nothing_is_given_up_and_its_senders_are_told(
    pair: tuple[Wire, Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, _ = pair
    told = threading.Event()

    def send() -> None:
        try:
            while True:
                ours.send(bytes(65536), text=False)
        except Closed:
            told.set()

    threading.Thread(target=send, daemon=True).start()
    while not told.wait(0.01):
        ours.look()
        monkeypatch.setattr(wire, "STALL_S", wire.STALL_S / 2)
    assert not ours.open


def test_messages_go_out_while_the_peer_is_slow_and_the_wire_still_receives(pair: tuple[Wire, Peer]) -> None:
    ours, peer = pair
    size = 1 << 22  # more than the socket's buffers hold
    sender = threading.Thread(target=ours.send, args=(bytes(size),), kwargs={"text": False}, daemon=True)
    sender.start()
    peer.send(Frame(Opcode.PING, b"?"), Frame(Opcode.BINARY, b"audio"))
    assert ours.receive().data == b"audio"
    peer.protocol = Protocol(Side.CLIENT, max_size=size)
    frames: list[Frame] = []
    while not frames:
        frames = peer.receive()
    assert [len(frame.data) for frame in frames] == [size]
    sender.join()
    ours.send(b"next", text=True)  # takes the pong along
    frames = peer.receive()
    assert [frame.opcode for frame in frames] == [Opcode.PONG, Opcode.TEXT]


def test_an_unanswered_close_frame_ends_the_wait(pair: tuple[Wire, Peer], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, _ = pair
    ended = threading.Event()

    def receive() -> None:
        with pytest.raises(Closed):
            ours.receive()
        ended.set()

    threading.Thread(target=receive, daemon=True).start()
    ours.close(1000)
    monkeypatch.setattr(wire, "LINGER_S", 0)
    ours.look()
    assert ended.wait(5)
