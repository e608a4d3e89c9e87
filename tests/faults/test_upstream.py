"""Whatever fails between the server and its upstream: the words on the page are exactly those spoken."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

from tests.browsing import MICROPHONE, OpenPage, expect_status, press
from tests.fakes.deepgram import Call, FakeDeepgram
from tests.fakes.link import Link
from tests.fakes.tones import Fault, close, fails, fall_silent, hang_up, hear_tones, reset, talk_nonsense
from tests.faults.recording import LONG_TONES, RESUMED_S, TONES, Tones, expect_words, record_until, stop_after
from tests.running import RunningApp


@pytest.mark.parametrize(
    "fault",
    [reset, hang_up, close(1011, "NET-0001"), close(1000), talk_nonsense],
    ids=["reset", "no close frame", "NET-0001", "closed unasked", "nonsense and a crash"],
)
def test_an_upstream_that_ends(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones, fault: Fault
) -> None:
    deepgram.script = fails({0: fault, 1: fault})
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    stop_after(page)
    expect_words(page)
    assert len(deepgram.calls) == 3
    for before, after in itertools.pairwise(deepgram.calls):
        assert before.ended_at
        assert after.opened_at - before.ended_at < RESUMED_S


def test_an_upstream_that_falls_silent(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    deepgram.script = fails({0: fall_silent})
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    stop_after(page, timeout_s=90)
    expect_words(page)


def test_an_upstream_that_dies_before_the_last_final(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    connections = itertools.count()

    class Reticent:
        """Hears all and says nothing of the last tones."""

        def __init__(self, call: Call) -> None:
            self._call = call
            self.messages = call.messages

        def send(self, **message: object) -> None:
            if message["type"] == "Results" and message["start"] < 6:  # type: ignore[operator]
                self._call.send(**message)

    def script(call: Call) -> None:
        if next(connections) == 0:
            hear_tones(Reticent(call))  # type: ignore[arg-type]
            reset(call)
        else:
            hear_tones(call)

    deepgram.script = script
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    page.wait_for_timeout(tones[1] * 1000)  # the recording's length: nothing on the page tells it
    press(page, "Stop")
    expect_status(page, "Ready", 30)
    expect_words(page)


def test_an_upstream_that_is_busy_twice(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    deepgram.script = fails({})
    deepgram.refusal = (429, "too many")
    page = open_page(server.url, tones[0], MICROPHONE)
    threading.Thread(target=let_in_after, args=(deepgram, 2), daemon=True).start()
    press(page, "Start")
    stop_after(page)
    expect_words(page)
    assert len(deepgram.attempts) <= 5


def let_in_after(deepgram: FakeDeepgram, attempts: int) -> None:
    while len(deepgram.attempts) < attempts:
        time.sleep(0.01)
    deepgram.refusal = None


def test_a_handshake_that_hangs(open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones) -> None:
    deepgram.script = fails({})
    deepgram.hold_handshakes()
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    expect_status(page, "Reconnecting", 8)
    deepgram.let_handshakes_go()
    let_go = time.monotonic()
    stop_after(page)
    expect_words(page)
    assert deepgram.calls[-1].opened_at - let_go < RESUMED_S


def test_a_black_hole_of_15_seconds(open_page: OpenPage, deepgram: FakeDeepgram, long_tones: Tones) -> None:
    deepgram.script = fails({})
    link = Link(int(deepgram.url.rpartition(":")[2]))
    app = RunningApp("gunicorn", DEEPGRAM_URL=f"ws://127.0.0.1:{link.port}")
    page = open_page(app.url, long_tones[0], MICROPHONE)
    record_until(page, 3)
    link.passing.clear()
    page.wait_for_timeout(15_000)  # the outage
    link.passing.set()
    passing = time.monotonic()
    stop_after(page, LONG_TONES)
    expect_words(page, LONG_TONES)
    assert deepgram.calls[-1].opened_at - passing < RESUMED_S
    app.stop()
    link.close()


def test_an_upstream_that_fails_six_times_running(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    alone = []

    def flap(call: Call) -> None:
        alone.append(deepgram.all_closed(call, timeout_s=1))
        reset(call)

    deepgram.script = fails(dict.fromkeys(range(6), flap), after_words=2)
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    stop_after(page, TONES, timeout_s=90)
    expect_words(page)
    assert all(alone)
