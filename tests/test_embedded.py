"""The app with its embedded engine, as on a machine without a key: real speech in real time, and the engine's life."""

from __future__ import annotations

import json
import signal
import statistics
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.running import RunningApp, connect
from tests.speech import RATE, pcm, word_error_rate

CHUNK_S = 0.1
ENDPOINTING_S = 0.5
MEGABYTE = 1_000_000


@dataclass
class Heard:
    """What one session brought, each with its moment in seconds from the first audio."""

    finals: list[tuple[float, float, str]] = field(default_factory=list)  # came at, covers up to, text
    first_interims: list[tuple[float, float]] = field(default_factory=list)  # came at, speech began at

    @property
    def text(self) -> str:
        return " ".join(text for _, _, text in self.finals)


def speak(app: RunningApp, name: str) -> Heard:
    """Sends a clip in real time through /v1/listen."""
    heard = Heard()
    audio = pcm(name) + bytes(2 * RATE)
    url = app.listen_url(
        "v1/listen",
        encoding="linear16",
        sample_rate=str(RATE),
        interim_results="true",
        punctuate="true",
        vad_events="true",
    )
    with connect(url) as client:
        started = time.monotonic()

        def send() -> None:
            step = int(CHUNK_S * RATE) * 2
            for number, start in enumerate(range(0, len(audio), step), 1):
                time.sleep(max(0.0, started + number * CHUNK_S - time.monotonic()))  # a microphone is no faster
                client.send(audio[start : start + step])
            client.send(json.dumps({"type": "CloseStream"}))

        sender = threading.Thread(target=send)
        sender.start()
        onset = None
        try:
            while True:
                message = json.loads(client.recv(timeout=10))
                now = time.monotonic() - started
                if message["type"] == "SpeechStarted":
                    onset = message["timestamp"]
                elif message["type"] == "Results":
                    text = message["channel"]["alternatives"][0]["transcript"]
                    if message["is_final"] and text:
                        heard.finals.append((now, message["start"] + message["duration"], text))
                    elif text and onset is not None:
                        heard.first_interims.append((now, onset))
                        onset = None
        except ConnectionClosed:
            sender.join()
        assert client.close_code == 1000
    return heard


@pytest.mark.timed
def test_three_sessions_in_real_time_are_quick_and_leave_the_page_quick(embedded: RunningApp) -> None:
    heard: list[Heard] = []
    names = ["two_cities", "two_cities", "beckett"]
    threads = [threading.Thread(target=lambda name=name: heard.append(speak(embedded, name))) for name in names]
    for thread in threads:
        thread.start()
    page_s = []
    while any(thread.is_alive() for thread in threads):
        asked = time.monotonic()
        with urllib.request.urlopen(embedded.url, timeout=10) as response:
            response.read()
        page_s.append(time.monotonic() - asked)
        threads[0].join(0.25)

    assert len(heard) == len(names)
    for session in heard:
        name = "beckett" if "Ever tried" in session.text else "two_cities"
        assert word_error_rate(session.text, name) <= 0.08
        # A final covers its endpointing silence; speech ended that much before.
        final_s = [came - (until - ENDPOINTING_S) for came, until, _ in session.finals]
        interim_s = [came - began for came, began in session.first_interims]
        assert statistics.median(final_s) <= 1.2, final_s
        assert statistics.median(interim_s) <= 1.0, interim_s
    assert max(page_s) < 0.1

    web = sum(process.memory_info().rss for process in embedded.processes() if process.ppid() == embedded.pid)
    engine = embedded.engine().memory_info().rss
    assert web - engine < 120 * MEGABYTE
    assert engine < 450 * MEGABYTE


def expect_heard(app: RunningApp) -> None:
    """The engine recognises the first words of a clip."""
    with connect(app.listen_url(encoding="linear16", sample_rate=str(RATE))) as client:
        client.send(pcm("beckett")[: 2 * RATE * 2])
        client.send(json.dumps({"type": "CloseStream"}))
        assert "tried" in client.recv(timeout=20) + client.recv(timeout=20)


@pytest.mark.timed
def test_the_app_answers_within_three_seconds_and_a_session_started_at_once_waits_for_the_engine() -> None:
    app = RunningApp("flask")
    try:
        assert app.start_s < 3
        assert app.get_json("healthz")["engine"] == "embedded"
        expect_heard(app)
    finally:
        app.stop()


@pytest.mark.parametrize(
    ("query", "audio", "named"),
    [("", b"this is not audio at all " * 100, "webm"), ("?language=de", b"", "English")],
    ids=["not audio", "a language it does not know"],
)
def test_what_the_engine_cannot_take_is_one_error_and_1008(
    embedded: RunningApp, query: str, audio: bytes, named: str
) -> None:
    with connect(embedded.listen_url() + query) as client:
        with suppress(ConnectionClosed):  # it may be closed by then
            client.send(audio)
        error = json.loads(client.recv(timeout=10))
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=10)
        assert (error["type"], client.close_code) == ("Error", 1008)
    assert named in error["message"]


def wait_for(condition: Callable[[], object], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("kind", ["flask", "gunicorn"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_engine_goes_with_the_app(kind: str, number: signal.Signals) -> None:
    app = RunningApp(kind)
    processes = app.processes()
    assert app.engine() in processes
    app.stop(number)
    wait_for(lambda: all(gone(process) for process in processes))


def test_workers_share_one_engine_and_outlive_its_death() -> None:
    app = RunningApp("gunicorn", WEB_CONCURRENCY="2")
    try:
        engine = app.engine()  # one among all processes
        assert len(app.processes()) == 4
        engine.kill()
        wait_for(lambda: gone(engine))
        expect_heard(app)
    finally:
        app.stop()


def test_an_interrupt_from_the_terminal_ends_the_app_and_its_engine() -> None:
    app = RunningApp("flask")
    processes = app.processes()
    for process in processes:  # a terminal sends it to all of them
        process.send_signal(signal.SIGINT)
    wait_for(lambda: all(gone(process) for process in processes))
    app.stop()
