"""The relay, through real sockets and the real SDK, to the fake cloud; under flask run and gunicorn alike."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from tests.conftest import KEY
from tests.fakes.deepgram import Call, FakeDeepgram, answer, results
from tests.running import TOKEN, RunningApp, connect

CLOSE_STREAM = json.dumps({"type": "CloseStream"})


def receive_all(client: ClientConnection) -> list[str]:
    """Every text until the close."""
    texts = []
    try:
        while True:
            texts.append(client.recv(timeout=10))
    except ConnectionClosed:
        return texts


def closing(client: ClientConnection) -> tuple[list[str], int | None]:
    texts = receive_all(client)
    return texts, client.close_code


def wait_until_still(count: Callable[[], int]) -> None:
    """Waits until a count has begun to grow and grows no more."""
    before = 0
    while not (now := count()) or now > before:
        before = now
        time.sleep(0.1)


@pytest.mark.parametrize("path", ["listen", "v1/listen"])
def test_brings_interims_finals_and_metadata_down_and_closes_with_1000(
    app: RunningApp, deepgram: FakeDeepgram, path: str
) -> None:
    with connect(app.listen_url(path, interim_results="true")) as client:
        client.send(b"audio")
        client.send(CLOSE_STREAM)
        texts, code = closing(client)
    assert [json.loads(text)["type"] for text in texts] == ["Results", "Results", "Metadata"]
    assert code == 1000


def test_every_upstream_text_arrives_unchanged_and_in_order(app: RunningApp, deepgram: FakeDeepgram) -> None:
    sent = [
        '{"type":"Unknown", "a" :1}',
        "[1, 2]",
        "not JSON at all",
        '{"type":"Results","channel":{"alternatives":[{"transcript":"né ✓ 語"}]}}',
        json.dumps(results("x" * 200_000, 0, 1)),
        *(json.dumps({"type": "Numbered", "number": number}) for number in range(500)),
    ]

    def script(call: Call) -> None:
        for text in sent:
            call.connection.send(text)
        answer(call)

    deepgram.script = script
    with connect(app.listen_url()) as client:
        client.send(CLOSE_STREAM)
        texts, _ = closing(client)
    assert texts[: len(sent)] == sent


def test_audio_reaches_the_upstream_byte_for_byte(app: RunningApp, deepgram: FakeDeepgram) -> None:
    chunks = [bytes([number % 256]) * (1 + number * 37) for number in range(300)]
    with connect(app.listen_url()) as client:
        for chunk in chunks:
            client.send(chunk)
        client.send(CLOSE_STREAM)
        closing(client)
    assert bytes(deepgram.call().audio) == b"".join(chunks)


def test_audio_sent_before_the_upstream_is_open_is_not_lost(app: RunningApp, deepgram: FakeDeepgram) -> None:
    deepgram.hold_handshakes()
    with connect(app.listen_url()) as client:
        for number in range(50):
            client.send(b"%04d" % number)
        client.send(CLOSE_STREAM)
        assert not deepgram.calls
        deepgram.let_handshakes_go()
        closing(client)
    assert bytes(deepgram.call().audio) == b"".join(b"%04d" % number for number in range(50))


def test_options_reach_the_upstream_with_lists_as_repeated_keys(app: RunningApp, deepgram: FakeDeepgram) -> None:
    query = "model=nova-2&keyterm=a%20b&keyterm=c%26d&punctuate=true&no_delay=true&endpointing=300"
    with connect(app.listen_url() + "?" + query):
        call = deepgram.call()
    assert call.path == "/v1/listen"
    assert call.query == {
        "model": ["nova-2"],
        "keyterm": ["a b", "c&d"],
        "punctuate": ["true"],
        "no_delay": ["true"],
        "endpointing": ["300"],
    }


def test_the_key_goes_to_the_upstream_alone(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as client:
        assert deepgram.call().authorization == f"Token {KEY}"
        client.send(CLOSE_STREAM)
        texts, _ = closing(client)
    assert KEY not in "".join(texts) + str(client.response.headers) + app.log


def test_finalize_and_configure_are_passed_on(app: RunningApp, deepgram: FakeDeepgram) -> None:
    configure = '{"type": "Configure", "keyterms": ["Beckett"]}'
    with connect(app.listen_url()) as client:
        client.send(configure)
        client.send('{"type": "Finalize"}')
        assert json.loads(client.recv(timeout=5))["from_finalize"] is True
    assert deepgram.call().texts == [configure, '{"type": "Finalize"}']


def test_a_silent_client_is_kept_alive_at_the_upstream(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as client:
        client.send(b"audio")
        assert deepgram.call().text_came.wait(6)
    assert json.loads(deepgram.call().texts[0]) == {"type": "KeepAlive"}


def test_an_empty_frame_does_not_end_the_stream(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as client:
        client.send(b"")
        client.send(b"audio")
        client.send(CLOSE_STREAM)
        _, code = closing(client)
    assert (bytes(deepgram.call().audio), code) == (b"audio", 1000)


def test_the_clients_leaving_closes_the_upstream(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as client:
        client.send(b"audio")
        call = deepgram.call()
    assert call.closed.wait(3)


def test_the_clients_vanishing_closes_the_upstream(app: RunningApp, deepgram: FakeDeepgram) -> None:
    client = connect(app.listen_url(), legacy=True)
    call = deepgram.call()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.shutdown(socket.SHUT_RD)
    client.socket.close()
    assert call.closed.wait(3)


@pytest.mark.parametrize(
    ("close", "code", "variant"),
    [
        ((1011, "NET-0001"), 1011, "UPSTREAM_LOST"),
        ((1000, ""), 1011, "UPSTREAM_LOST"),
        ((1008, "DATA-0000: not audio"), 1008, "DATA-0000"),
        (None, 1011, "UPSTREAM_LOST"),
    ],
    ids=["no audio in time", "closed unasked", "not audio", "link cut"],
)
def test_an_upstream_failure_is_one_error_after_the_last_text(
    app: RunningApp, deepgram: FakeDeepgram, close: tuple[int, str] | None, code: int, variant: str
) -> None:
    def script(call: Call) -> None:
        call.send(**results("kept", 0, 1))
        if close:
            call.connection.close(*close)
        else:
            call.connection.socket.shutdown(socket.SHUT_RDWR)

    deepgram.script = script
    with connect(app.listen_url()) as client:
        texts, closed_with = closing(client)
    kept, error = map(json.loads, texts)
    assert kept["channel"]["alternatives"][0]["transcript"] == "kept"
    assert (error["type"], error["variant"], closed_with) == ("Error", variant, code)
    assert error["message"]
    assert error["description"]


@pytest.mark.parametrize(
    ("status", "code", "variant", "advice"),
    [
        (400, 1008, "BAD_REQUEST", "no such model"),
        (401, 1011, "INVALID_AUTH", "DEEPGRAM_API_KEY"),
        (402, 1011, "ASR_PAYMENT_REQUIRED", "credit"),
        (403, 1011, "INSUFFICIENT_PERMISSIONS", "model"),
        (429, 1013, "TOO_MANY_REQUESTS", "try again"),
        (503, 1011, "UPSTREAM_ERROR", "503"),
    ],
)
def test_a_refused_upstream_is_one_error_that_says_what_to_do(
    app: RunningApp, deepgram: FakeDeepgram, status: int, code: int, variant: str, advice: str
) -> None:
    deepgram.refusal = (status, "no such model")
    with connect(app.listen_url()) as client:
        [text], closed_with = closing(client)
    error = json.loads(text)
    assert (error["type"], error["variant"], closed_with) == ("Error", variant, code)
    assert advice in error["message"]
    assert len(deepgram.attempts) == 1
    assert KEY not in text + app.log


@pytest.mark.parametrize("text", ["garbage", "[]", "{}", '{"type": "Callback"}', '{"type": ["KeepAlive"]}'])
def test_an_unknown_text_message_is_answered_with_1008_and_the_known_ones(
    app: RunningApp, deepgram: FakeDeepgram, text: str
) -> None:
    with connect(app.listen_url()) as client:
        client.send(text)
        [error], code = closing(client)
    assert code == 1008
    assert "Finalize" in json.loads(error)["message"]
    assert deepgram.call().closed.wait(3)
    assert not deepgram.call().texts


def test_a_message_over_the_limit_is_refused_with_1009(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as client:
        client.send(bytes(1_000_000))
        _, code = closing(client)
    assert code == 1009


def test_a_client_that_reads_late_gets_every_message_whole(app: RunningApp, deepgram: FakeDeepgram) -> None:
    texts = [json.dumps({"type": "Numbered", "number": number, "filling": "x" * 900}) for number in range(12_000)]
    sent = 0

    def script(call: Call) -> None:
        nonlocal sent
        for text in texts:
            call.connection.send(text)
            sent += 1
        answer(call)

    deepgram.script = script
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", app.port))
        with connect(app.listen_url(), sock=raw, max_queue=1) as client:
            deepgram.call()
            wait_until_still(lambda: sent)  # every buffer on the way is full
            assert sent < len(texts)
            client.send(CLOSE_STREAM)
            received, code = closing(client)
    assert received[: len(texts)] == texts
    assert code == 1000


def test_a_client_that_reads_4_kb_a_second_gets_every_final_and_few_interims(
    app: RunningApp, deepgram: FakeDeepgram
) -> None:
    seconds, interims_a_second = 5, 20

    def script(call: Call) -> None:
        for number in range(seconds * interims_a_second):
            call.closed.wait(1 / interims_a_second)  # the pace of speech
            call.send(**results("i" * 1000, number, 1, is_final=False))
            if number % interims_a_second == 0:
                call.send(**results("f" * 1000, number, 1))
        answer(call)

    deepgram.script = script
    app.wait_for_no_sessions()
    [*_, worker] = app.processes()
    before = worker.memory_info().rss
    finals: list[float] = []
    interims = 0
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", app.port))
        with connect(app.listen_url(interim_results="true"), sock=raw, max_queue=1) as client:
            client.send(b"audio")
            while len(finals) < seconds:
                message = json.loads(client.recv(timeout=5))
                if message["is_final"]:
                    finals.append(message["start"])
                else:
                    interims += 1
                time.sleep(0.3)  # the client's pace
            client.send(CLOSE_STREAM)
            assert closing(client)[1] == 1000
    assert finals == [number * interims_a_second for number in range(seconds)]
    assert interims < seconds * interims_a_second / 2
    assert worker.memory_info().rss - before < 5_000_000


def test_a_client_that_never_reads_is_given_up(app: RunningApp, deepgram: FakeDeepgram) -> None:
    def script(call: Call) -> None:
        while True:
            call.send(type="Flood", filling="x" * 10_000)

    deepgram.script = script
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", app.port))
        with connect(app.listen_url(), sock=raw, max_queue=1, close_timeout=0.1):
            assert deepgram.call().closed.wait(10)
    app.wait_for_no_sessions()


def test_the_subprotocol_of_deepgrams_browser_client_is_agreed_on(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url(), None, subprotocols=["token", TOKEN]) as client:
        assert client.subprotocol == "token"


@pytest.mark.parametrize(
    ("frame", "code"),
    [(Frame(Opcode.TEXT, b"\xff\xfe"), 1007), (Frame(Opcode.CONT, b"x"), 1002), (Frame(Opcode.CLOSE, b"\x03"), 1002)],
    ids=["bad UTF-8", "continuation of nothing", "broken close"],
)
def test_a_broken_frame_ends_its_session_alone(
    app: RunningApp, deepgram: FakeDeepgram, frame: Frame, code: int
) -> None:
    with connect(app.listen_url()) as good, connect(app.listen_url()) as bad:
        bad.socket.sendall(frame.serialize(mask=True))
        assert closing(bad)[1] == code
        good.send(CLOSE_STREAM)
        assert closing(good)[1] == 1000


def test_one_session_does_not_disturb_another(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as good, connect(app.listen_url()) as bad:
        bad.send("garbage")
        closing(bad)
        good.send(b"audio")
        good.send(CLOSE_STREAM)
        _, code = closing(good)
    assert code == 1000
