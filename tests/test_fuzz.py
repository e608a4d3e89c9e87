"""Thousands of requests and message sequences that nobody would write: none breaks the app or stays in it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Frame, Opcode

from tests.fakes.deepgram import FakeDeepgram
from tests.running import TOKEN, RunningApp
from transcribe.options import ENCODINGS
from transcribe.session import CONTROL_TYPES

REPRODUCIBLE = settings(deadline=None, derandomize=True, database=None)
KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
HANDSHAKE = {
    "Host": "127.0.0.1",
    "Authorization": f"Token {TOKEN}",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}
NAMES = ["model", "language", "encoding", "sample_rate", "channels", "endpointing", "keyterm", "callback", "redact"]
VALUES = ["nova-3", "en", "true", "false", "16000", "300", "-1", "9" * 30, "NaN", "\x00", "é", "../x", *ENCODINGS[:3]]
HEADERS = [*HANDSHAKE, "Origin", "Cookie", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "X-Forwarded-For"]
HEADER_VALUES = [
    "",
    "upgrade",
    "websocket",
    "Token",
    "Token \xe9",
    "null",
    "https://[",
    "http://127.0.0.1",
    "page=x.y.z",
    "token, ",
    f"token, {TOKEN}",
    "permessage-deflate",
    "8",
    "not base64",
]

queries = st.lists(
    st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), st.sampled_from(VALUES) | st.text(max_size=12)), max_size=4
).map(lambda pairs: "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs))
latin = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=16)
headers = st.dictionaries(st.sampled_from(HEADERS), st.none() | st.sampled_from(HEADER_VALUES) | latin, max_size=4)

audio = st.binary(max_size=200).map(lambda data: Frame(Opcode.BINARY, data))
controls = st.sampled_from(CONTROL_TYPES).map(lambda kind: Frame(Opcode.TEXT, json.dumps({"type": kind}).encode()))
texts = (st.text(max_size=40) | st.sampled_from(["[" * 9000, '{"type":', "null"])).map(
    lambda text: Frame(Opcode.TEXT, text.encode())
)
odd = st.builds(
    Frame, st.sampled_from(Opcode), st.binary(max_size=130), fin=st.booleans(), rsv1=st.booleans(), rsv3=st.booleans()
)
raw = st.binary(min_size=1, max_size=40)
messages = st.lists(audio | controls | texts | odd | raw, max_size=6)


@pytest.fixture
def untouched(server: RunningApp, deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    """The app, which holds in the end what it held before."""
    ask(server, "", {})  # what the first session makes for good
    before = server.holdings()
    deepgram.reset()
    yield server
    assert server.holdings() == before
    assert deepgram.all_closed()
    assert "Traceback" not in server.log


def ask(app: RunningApp, query: str, changes: dict[str, str | None]) -> bytes:
    """Asks for an upgrade with some headers changed or left out, leaves, and returns the first line of the answer."""
    lines = [f"{name}: {value}" for name, value in (HANDSHAKE | changes).items() if value is not None]
    with socket.create_connection(("127.0.0.1", app.port), timeout=10) as client:
        client.sendall("\r\n".join([f"GET /listen?{query} HTTP/1.1", *lines, "", ""]).encode("latin-1"))
        with client.makefile("rb") as answer:
            return answer.readline()


@settings(REPRODUCIBLE, max_examples=1200)
@given(query=queries, changes=headers)
def ask_in_vain(app: RunningApp, deepgram: FakeDeepgram, let_in: list[bytes], query: str, changes: dict) -> None:
    status = ask(app, query, changes).split(b" ")[1]
    assert status in (b"101", b"400", b"401", b"403", b"426")
    if status == b"101":
        let_in.append(status)
        deepgram.call(len(let_in) - 1)
    assert len(deepgram.attempts) == len(let_in)


def test_no_query_and_no_header_breaks_the_app_or_passes_unseen(untouched: RunningApp, deepgram: FakeDeepgram) -> None:
    let_in: list[bytes] = []
    ask_in_vain(untouched, deepgram, let_in)
    assert let_in


def bytes_of(message: Frame | bytes) -> bytes:
    if isinstance(message, bytes):
        return message
    with suppress(ProtocolError):
        return message.serialize(mask=True)
    plain = Frame(Opcode.BINARY, message.data, message.fin).serialize(mask=True)
    first = message.fin << 7 | message.rsv1 << 6 | message.rsv3 << 4 | message.opcode
    return bytes([first]) + plain[1:]


@settings(REPRODUCIBLE, max_examples=800)
@given(sequence=messages)
def say(app: RunningApp, sequence: list[Frame | bytes]) -> None:
    handshake = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE.items())
    with socket.create_connection(("127.0.0.1", app.port), timeout=10) as client, client.makefile("rb") as answer:
        client.sendall(f"GET /listen HTTP/1.1\r\n{handshake}\r\n".encode())
        assert answer.readline().startswith(b"HTTP/1.1 101")
        with suppress(OSError):  # the server may have heard enough
            for message in sequence:
                client.sendall(bytes_of(message))
            client.sendall(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
            client.shutdown(socket.SHUT_WR)
            assert b"HTTP/1.1 5" not in answer.read()


def test_no_sequence_of_messages_breaks_the_app(untouched: RunningApp) -> None:
    say(untouched)
