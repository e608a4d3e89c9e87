"""One WebSocket on a real socket; its peer is websockets' own protocol."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from transcribe import wire
from transcribe.upstream import _Connection
from transcribe.wire import Closed, Message, Wire

MOST_BYTES = 1000
SIZES = st.sampled_from([0, 1, 125, 126, MOST_BYTES, MOST_BYTES + 1, 70_000])


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
    peer.socket.recv(1, socket.MSG_PEEK)  # it is under way
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


def encoded(first: int, size: int, masked: bool) -> bytes:
    """A frame by RFC 6455, section 5.2, with a mask that changes nothing."""
    length = [size] if size < 126 else [126, *size.to_bytes(2)] if size < 65536 else [127, *size.to_bytes(8)]
    return bytes([first, length[0] | masked << 7, *length[1:]]) + bytes(4) * masked + b"x" * size


# whole messages, first, middle and last fragments, ping, pong, close, and what is none of these
FIRST = st.sampled_from([0x81, 0x82, 0x82, 0x01, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88, 0xC1, 0x8F, 0x09])
frames = st.builds(encoded, FIRST, SIZES, st.sampled_from([True] * 9 + [False]))


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(st.lists(frames, max_size=6), st.lists(st.integers(1, 2000), max_size=8))
def test_frames_mean_what_the_protocol_says_however_they_are_cut(sent: list[bytes], cuts: list[int]) -> None:
    near, far = socket.socketpair()
    ours, theirs = Wire(near, Protocol(Side.SERVER, max_size=MOST_BYTES)), Protocol(Side.SERVER, max_size=MOST_BYTES)
    left = b"".join(sent)
    theirs.receive_data(left)
    for cut in [*cuts, len(left)]:
        if piece := left[:cut]:
            ours.take_in(piece)
        left = left[cut:]
    messages, begun = [], b""
    for frame in theirs.events_received():
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            begun += frame.data
            if frame.fin:
                messages.append(begun)
                begun = b""
    assert [message.data for message in ours._messages] == messages
    ours.abort()
    answers = b""
    while piece := far.recv(65536):
        answers += piece
    assert answers == b"".join(theirs.data_to_send())
    near.close()
    far.close()


def test_a_text_that_is_not_utf_8_ends_the_connection(pair: tuple[Wire, Peer]) -> None:
    ours, peer = pair
    peer.send(Frame(Opcode.TEXT, b"\xff"))
    with pytest.raises(Closed):
        ours.receive()
    [close] = peer.receive()
    assert close.data[:2] == (1007).to_bytes(2)


@pytest.mark.parametrize("cut", range(1, 220, 3))
def test_frames_may_follow_the_handshake_at_once_and_in_pieces(cut: int) -> None:
    near, far = socket.socketpair()
    server = ServerProtocol()

    def answer() -> None:
        server.receive_data(far.recv(65536))
        [request] = server.events_received()
        server.send_response(server.accept(request))
        server.send_text(b"at once")
        server.send_binary(bytes(300))
        data = b"".join(server.data_to_send())
        far.sendall(data[:cut])
        far.sendall(data[cut:])

    thread = threading.Thread(target=answer)
    thread.start()
    connection = _Connection(near, ClientProtocol(parse_uri("ws://localhost/")))
    connection.handshake({}, "test", 5)
    assert [connection.receive().data, connection.receive().data] == [b"at once", bytes(300)]
    thread.join()
    near.close()
    far.close()
