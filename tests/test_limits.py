"""What a client may use, and that one who wants more harms neither the others nor the server."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from contextlib import closing as closing_file
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from tests.fakes.deepgram import Call, FakeDeepgram, Script, results
from tests.running import TOKEN, RunningApp, connect
from tests.test_access import origin, refused_with
from tests.test_session import CLOSE_STREAM, closing
from transcribe.counts import FILE
from transcribe.meter import BURST_BYTES, CHECK_S

MEGABYTE = 1_000_000
CHUNK = bytes(200_000)


@pytest.fixture(scope="module")
def small(_deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    """Two workers with four places, two of them for one client, behind a proxy."""
    running = RunningApp(
        "gunicorn",
        DEEPGRAM_URL=_deepgram.url,
        WEB_CONCURRENCY="2",
        MAX_SESSIONS="4",
        MAX_SESSIONS_PER_CLIENT="2",
        TRUSTED_PROXIES="1",
    )
    yield running
    running.stop()


def workers(app: RunningApp) -> list[psutil.Process]:
    return [process for process in app.processes() if process.pid != app.pid and "gunicorn" in process.cmdline()]


def memory(app: RunningApp) -> int:
    return max(worker.memory_info().rss for worker in workers(app))


def speak_on(client: ClientConnection) -> None:
    """Sends a little audio ten times a second until the server has enough."""
    with suppress(ConnectionClosed):
        while True:
            client.send(b"audio")
            time.sleep(0.1)


def transcribes(seconds: float) -> Script:
    """A far side for which the audio so far lasts that long."""

    def script(call: Call) -> None:
        for message in call.messages():
            if isinstance(message, str):
                return
            call.send(**results("words", 0, seconds))

    return script


def expect_end(client: ClientConnection, code: int, variant: str) -> list[str]:
    """The session ends with this code and error; returns the texts before."""
    *texts, error = closing(client)[0]
    assert (client.close_code, json.loads(error)["variant"]) == (code, variant)
    return texts


def test_a_full_server_refuses_with_503_whichever_worker_is_asked(small: RunningApp, deepgram: FakeDeepgram) -> None:
    small.wait_for_no_sessions()
    with ExitStack() as stack:
        for number in range(4):
            stack.enter_context(connect(small.listen_url()))
            deepgram.call(number)
        health = small.get_json("healthz")
        assert (health["status"], health["accepting"], health["sessions"]) == ("ok", False, 4)
        for _ in range(8):
            assert small.request("listen", Authorization=f"Token {TOKEN}").json["err_code"] == "FULL"
        assert refused_with(small.listen_url(), TOKEN) == (503, "FULL")
    assert len(deepgram.attempts) == 4


def test_one_address_may_not_take_all_places(small: RunningApp, deepgram: FakeDeepgram) -> None:
    small.wait_for_no_sessions()

    def page(client: str) -> dict[str, object]:
        return {"origin": origin(small), "headers": {"Cookie": small.cookie(), "X-Forwarded-For": client}}

    with ExitStack() as stack:
        for number in range(2):
            stack.enter_context(connect(small.listen_url(), None, **page("198.51.100.1")))
            deepgram.call(number)
        for client in ("198.51.100.1", "203.0.113.1, 198.51.100.1"):
            assert refused_with(small.listen_url(), **page(client)) == (429, "TOO_MANY_SESSIONS")
        with connect(small.listen_url(), None, **page("198.51.100.2")):
            deepgram.call(2)
    assert len(deepgram.attempts) == 3


def test_a_killed_worker_gives_its_places_back(small: RunningApp, deepgram: FakeDeepgram) -> None:
    small.wait_for_no_sessions()
    with connect(small.listen_url()), connect(small.listen_url()):
        deepgram.call(1)
        for worker in workers(small):
            worker.kill()
        small.wait_for_no_sessions()


def test_a_session_that_sends_no_audio_is_ended_and_costs_nothing(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url()) as client:
        client.send('{"type": "KeepAlive"}')
        expect_end(client, 1008, "NO_AUDIO")
    assert deepgram.call().closed.wait(3)
    assert not deepgram.call().audio


@pytest.mark.timed
def test_a_session_that_lasts_too_long_gets_its_last_words_and_1008(deepgram: FakeDeepgram) -> None:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, MAX_SESSION_SECONDS="1") as app:
        with connect(app.listen_url()) as client:
            started = time.monotonic()
            speak_on(client)
            assert time.monotonic() - started < 2
            *_, last, metadata = map(json.loads, expect_end(client, 1008, "SESSION_TOO_LONG"))
        assert last["channel"]["alternatives"][0]["transcript"].startswith("last")
        assert metadata["type"] == "Metadata"


def test_audio_far_faster_than_real_time_is_ended_and_fills_no_memory(
    server: RunningApp, deepgram: FakeDeepgram
) -> None:
    def script(call: Call) -> None:
        for _ in call.messages():
            call.audio.clear()

    deepgram.script = script
    before = memory(server)
    most = 0
    with connect(server.listen_url(encoding="linear16", sample_rate="16000")) as client:
        for _ in range((BURST_BYTES + MEGABYTE) // len(CHUNK)):
            client.send(CHUNK)
            most = max(most, memory(server))
        expect_end(client, 1008, "TOO_FAST")
    assert most - before < 20 * MEGABYTE


def test_ten_minutes_sent_at_once_are_taken(server: RunningApp, deepgram: FakeDeepgram) -> None:
    ten_minutes = 600 * 16_000 * 2
    with connect(server.listen_url(encoding="linear16", sample_rate="16000")) as client:
        for _ in range(ten_minutes // len(CHUNK)):
            client.send(CHUNK)
        client.send(CLOSE_STREAM)
        assert closing(client)[1] == 1000
    assert len(deepgram.call().audio) == ten_minutes


def test_hours_of_dense_audio_in_a_minute_are_ended(server: RunningApp, deepgram: FakeDeepgram) -> None:
    deepgram.script = transcribes(3600)
    with connect(server.listen_url()) as client:
        speak_on(client)
        expect_end(client, 1008, "TOO_FAST")


def test_the_days_minutes_are_counted_by_all_workers_and_over_a_restart(deepgram: FakeDeepgram, tmp_path: Path) -> None:
    def start() -> RunningApp:
        return RunningApp(
            "gunicorn",
            DEEPGRAM_URL=deepgram.url,
            WEB_CONCURRENCY="2",
            MAX_MINUTES_PER_DAY="1",
            STATE_DIRECTORY=str(tmp_path),
        )

    deepgram.script = transcribes(30)
    with start() as first, connect(first.listen_url()) as client:
        client.send(b"audio")
        client.send(CLOSE_STREAM)
        assert closing(client)[1] == 1000
    with start() as second:
        with connect(second.listen_url()) as client:
            speak_on(client)
            expect_end(client, 1008, "DAILY_LIMIT")
        for _ in range(8):
            refused = second.request("listen", Authorization=f"Token {TOKEN}")
            assert (refused.status, refused.json["err_code"]) == (429, "DAILY_LIMIT")
    assert len(deepgram.attempts) == 2


@pytest.mark.timed
def test_1000_idle_sockets_leave_the_page_quick_and_are_freed(deepgram: FakeDeepgram) -> None:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, MAX_SESSIONS="100") as app:
        [worker] = workers(app)
        descriptors = worker.num_fds()
        with ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(connect(app.listen_url()))
            for number in range(900):
                idle = stack.enter_context(socket.create_connection(("127.0.0.1", app.port)))
                idle.sendall(b"GET / HTTP/1.1\r\nHost: x" if number % 2 else b"")
            assert refused_with(app.listen_url(), TOKEN) == (503, "FULL")
            for _ in range(5):
                asked = time.monotonic()
                assert app.request("").status == 200
                assert time.monotonic() - asked < 0.2
            assert memory(app) < 200 * MEGABYTE
            deadline = time.monotonic() + 20
            while worker.num_fds() > descriptors + 2:  # while the clients still hold their ends
                assert time.monotonic() < deadline, worker.num_fds()
                time.sleep(0.1)
        app.wait_for_no_sessions()


def huge_frame(client: ClientConnection) -> None:
    client.socket.sendall(b"\x82\xff" + (100 * MEGABYTE).to_bytes(8) + bytes(4))
    for _ in range(100):
        client.socket.sendall(bytes(MEGABYTE))


def endless_message(client: ClientConnection) -> None:
    client.socket.sendall(Frame(Opcode.BINARY, CHUNK, fin=False).serialize(mask=True))
    for _ in range(500):
        client.socket.sendall(Frame(Opcode.CONT, CHUNK, fin=False).serialize(mask=True))


def deflate_bomb(client: ClientConnection) -> None:
    bomb = zlib.compress(bytes(100 * MEGABYTE), wbits=-15)
    frame = bytearray(Frame(Opcode.BINARY, bomb).serialize(mask=True))
    frame[0] |= 0x40  # RSV1: compressed
    client.socket.sendall(frame)


@pytest.mark.parametrize("attack", [huge_frame, endless_message, deflate_bomb])
def test_a_message_that_would_fill_the_memory_ends_its_session(
    server: RunningApp, deepgram: FakeDeepgram, attack: Callable[[ClientConnection], None]
) -> None:
    before = memory(server)
    with connect(server.listen_url(), compression="deflate") as client:
        assert not client.protocol.extensions
        with suppress(OSError):  # the server may be quicker than the attack
            attack(client)
        assert closing(client)[1] in (1002, 1006, 1009)
    assert deepgram.call().closed.wait(5)
    assert memory(server) - before < 20 * MEGABYTE


def test_a_fault_in_the_server_is_1011_and_no_http_in_the_websocket(deepgram: FakeDeepgram, tmp_path: Path) -> None:
    with (
        RunningApp(
            "gunicorn", DEEPGRAM_URL=deepgram.url, STATE_DIRECTORY=str(tmp_path), MAX_MINUTES_PER_DAY="1"
        ) as app,
        socket.create_connection(("127.0.0.1", app.port)) as client,
    ):
        client.sendall(
            f"GET /listen HTTP/1.1\r\nHost: x\r\nAuthorization: Token {TOKEN}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        deepgram.call()
        with closing_file(sqlite3.connect(tmp_path / FILE)) as database:
            database.execute("DROP TABLE days")
        time.sleep(CHECK_S)
        client.sendall(Frame(Opcode.BINARY, b"audio").serialize(mask=True))
        client.settimeout(5)
        received = b"".join(iter(lambda: client.recv(65536), b""))
        handshake, _, frames = received.partition(b"\r\n\r\n")
        assert handshake.startswith(b"HTTP/1.1 101")
        assert b"INTERNAL" in frames
        assert frames.endswith(b"\x88\x02" + (1011).to_bytes(2))
        assert b"HTTP" not in frames
