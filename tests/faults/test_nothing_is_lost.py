"""Whatever fails behind the page: the words on it are exactly those spoken, in order, none twice."""

from __future__ import annotations

import itertools
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, final_text, press
from tests.fakes.deepgram import Call, FakeDeepgram, results
from tests.fakes.link import Link
from tests.fakes.tones import hear_tones, words, write_tones
from tests.running import RunningApp

TONES = 16
Fault = Callable[[Call], None]


class Failed(Exception):
    """The far side's part is over."""


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    path = tmp_path_factory.mktemp("tones") / "tones.wav"
    return path, write_tones(path, TONES)


def fails(faults: dict[int, Fault], after_words: int = 4) -> Fault:
    """A far side that hears tones, and on the connections of these numbers fails after some words."""
    connections = iter(range(1000))

    def script(call: Call) -> None:
        fault = faults.get(next(connections))

        def on_word(heard: int) -> None:
            if fault and heard == after_words:
                fault(call)
                raise Failed

        with suppress(Failed):
            hear_tones(call, on_word)

    return script


def reset(call: Call) -> None:
    call.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.connection.socket.shutdown(socket.SHUT_RD)
    call.connection.socket.close()


def hang_up(call: Call) -> None:
    call.connection.socket.shutdown(socket.SHUT_RDWR)


def close(code: int, reason: str = "") -> Fault:
    return lambda call: call.connection.close(code, reason)


def nonsense(call: Call) -> None:
    call.connection.send("this is not JSON")
    call.connection.send('{"type": "Novelty", "text": "?"}')
    call.connection.send('{"type": "Novelty", "text": "' + 2_000_000 * "x" + '"}')
    call.connection.close(1011)


def fall_silent(call: Call) -> None:
    for _ in call.messages():
        pass


def speak(page: Page, timeout_s: float = 60) -> None:
    """Records all tones."""
    press(page, "Start")
    stop_after_all(page, timeout_s)


def stop_after_all(page: Page, timeout_s: float = 60) -> None:
    """Waits until the last tone is on the page, then stops."""
    expect(page.locator("#transcript .final").last).to_contain_text(words(TONES)[-1], timeout=timeout_s * 1000)
    press(page, "Stop")
    expect_status(page, "Ready", 30)


def expect_all_words(page: Page) -> None:
    assert re.findall(r"w\d{4}", final_text(page)) == words(TONES)


@pytest.mark.parametrize(
    "fault",
    [reset, hang_up, close(1011, "NET-0001"), close(1000), nonsense],
    ids=["reset", "no close frame", "NET-0001", "closed unasked", "nonsense and a crash"],
)
def test_an_upstream_that_ends(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float], fault: Fault
) -> None:
    deepgram.script = fails({0: fault, 1: fault})
    page = open_page(server.url, tones[0], MICROPHONE)
    speak(page)
    expect_all_words(page)
    assert len(deepgram.calls) == 3


def test_an_upstream_that_falls_silent(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    deepgram.script = fails({0: fall_silent})
    page = open_page(server.url, tones[0], MICROPHONE)
    speak(page, timeout_s=90)
    expect_all_words(page)


def test_an_upstream_that_dies_before_the_last_final(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    connections = iter(range(1000))

    def script(call: Call) -> None:
        if next(connections) == 0:
            hear_tones(_Deaf(call))  # type: ignore[arg-type]
            reset(call)
        else:
            hear_tones(call)

    class _Deaf:
        """Hears all and says nothing of the last tones."""

        def __init__(self, call: Call) -> None:
            self._call = call
            self.messages = call.messages

        def send(self, **message: object) -> None:
            if message["type"] == "Results" and message["start"] < 6:  # type: ignore[operator]
                self._call.send(**message)

    deepgram.script = script
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    page.wait_for_timeout(tones[1] * 1000)  # the recording's length: nothing on the page tells it
    press(page, "Stop")
    expect_status(page, "Ready", 30)
    expect_all_words(page)


def test_an_upstream_that_is_busy_twice(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    deepgram.script = fails({})
    deepgram.refusal = (429, "too many")
    page = open_page(server.url, tones[0], MICROPHONE)
    threading.Thread(target=lambda: let_in_after(deepgram, 2)).start()
    speak(page)
    expect_all_words(page)
    assert len(deepgram.attempts) <= 5


def let_in_after(deepgram: FakeDeepgram, attempts: int) -> None:
    while len(deepgram.attempts) < attempts:
        time.sleep(0.01)
    deepgram.refusal = None


def test_a_handshake_that_hangs(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    deepgram.script = fails({})
    deepgram.hold_handshakes()
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    expect_status(page, "Reconnecting", 8)
    deepgram.let_handshakes_go()
    stop_after_all(page)
    expect_all_words(page)


def test_a_worker_that_is_killed_and_a_server_that_restarts(
    open_page: OpenPage, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    deepgram.script = fails({})
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, tones[0], MICROPHONE)
    press(page, "Start")
    transcript = page.locator("#transcript")
    expect(transcript).to_contain_text("w0003", timeout=15_000)
    [worker] = app.processes()[1:]
    worker.kill()
    expect(transcript).to_contain_text("w0006", timeout=15_000)
    app.stop()
    again = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, PORT=str(app.port))
    stop_after_all(page)
    expect_all_words(page)
    again.stop()


@pytest.mark.parametrize("breaks", ["reset", "hole"])
def test_the_link_between_page_and_server(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float], breaks: str
) -> None:
    deepgram.script = fails({})
    link = Link(server.port)
    page = open_page(f"http://127.0.0.1:{link.port}/", tones[0], MICROPHONE)
    press(page, "Start")
    transcript = page.locator("#transcript")
    expect(transcript).to_contain_text("w0003", timeout=15_000)
    if breaks == "reset":
        link.reset()
    else:
        link.passing.clear()
        expect_status(page, "Reconnecting", 5)
        expect(page.locator("#progress")).to_contain_text("Still recording")
        page.wait_for_timeout(3_000)  # the outage
        link.passing.set()
    stop_after_all(page)
    expect_all_words(page)
    link.close()


def test_an_upstream_behind_a_black_hole(
    open_page: OpenPage, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    deepgram.script = fails({})
    link = Link(int(deepgram.url.rpartition(":")[2]))
    app = RunningApp("gunicorn", DEEPGRAM_URL=f"ws://127.0.0.1:{link.port}")
    page = open_page(app.url, tones[0], MICROPHONE)
    press(page, "Start")
    transcript = page.locator("#transcript")
    expect(transcript).to_contain_text("w0003", timeout=15_000)
    link.passing.clear()
    page.wait_for_timeout(15_000)  # the outage
    link.passing.set()
    stop_after_all(page)
    expect_all_words(page)
    app.stop()
    link.close()


def test_a_flapping_upstream(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    open_at_once = []

    def flap(call: Call) -> None:
        open_at_once.append(deepgram.open_calls)
        reset(call)

    deepgram.script = fails(dict.fromkeys(range(6), flap), after_words=2)
    page = open_page(server.url, tones[0], MICROPHONE)
    speak(page, timeout_s=90)
    expect_all_words(page)
    assert max(open_at_once) == 1


def test_audio_that_is_no_audio_is_not_sent_again(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    def script(call: Call) -> None:
        call.send(**results("Kept words.", 0, 1))
        next(call.messages())
        call.connection.close(1008, "DATA-0000")

    deepgram.script = script
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("could not decode")
    expect(page.locator("#transcript .final")).to_have_text("Kept words.")
    assert len(deepgram.calls) == 1


def test_a_given_up_session_goes_on_with_retry(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    def refuse(call: Call) -> None:
        deepgram.refusal = (402, "no credit")
        reset(call)

    deepgram.script = fails({0: refuse})
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    expect_status(page, "Stopped", 15)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("credit")
    expect(alert).to_contain_text("What you said is kept")
    deepgram.refusal = None
    press(page, "Retry now")
    expect_status(page, "Ready", 15)
    expect(alert).to_be_hidden()
    heard = re.findall(r"w\d{4}", final_text(page))
    assert len(heard) >= 4
    assert heard == words(len(heard))


def test_an_outage_longer_than_what_is_kept_is_one_visible_gap(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: tuple[Path, float]
) -> None:
    def vanish(call: Call) -> None:
        deepgram.refusal = (503, "away")
        reset(call)

    def keep_little(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace("KEEP_S = 600", "KEEP_S = 2"))

    deepgram.script = fails({0: vanish})
    page = open_page(server.url, tones[0], MICROPHONE)
    page.route("**/ledger.js", keep_little)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    press(page, "Start")
    expect_status(page, "Reconnecting", 15)
    page.wait_for_timeout(4_000)  # the outage
    deepgram.refusal = None
    expect(page.locator("#transcript .final").last).to_contain_text(words(TONES)[-1], timeout=30_000)
    press(page, "Stop")
    expect_status(page, "Ready", 15)
    heard = [int(word[1:]) for word in re.findall(r"w\d{4}", final_text(page))]
    [(before, after)] = [pair for pair in itertools.pairwise(heard) if pair[1] != pair[0] + 1]
    [gap] = page.locator("#transcript .gap").all_inner_texts()
    [seconds] = re.findall(r"\d+", gap)
    assert heard == [*range(1, before + 1), *range(after, TONES + 1)]
    assert int(seconds) == pytest.approx((after - before - 1) / 2, abs=1)
