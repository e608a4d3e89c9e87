"""Whatever fails between the browser and the server: the words on the page are exactly those spoken."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.browsing import MICROPHONE, OpenPage, expect_status
from tests.fakes.deepgram import Call, FakeDeepgram
from tests.fakes.link import Link
from tests.fakes.tones import fails, hear_tones
from tests.faults.recording import LONG_TONES, RESUMED_S, Tones, expect_words, record_until, stop_after
from tests.running import RunningApp

FLAPS = 10
FLAP_S = 2


def test_a_reset(open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones) -> None:
    deepgram.script = fails({})
    link = Link(server.port)
    page = open_page(f"http://127.0.0.1:{link.port}/", tones[0], MICROPHONE)
    record_until(page, 3)
    link.reset()
    reset = time.monotonic()
    stop_after(page)
    expect_words(page)
    assert deepgram.call(1).opened_at - reset < RESUMED_S
    link.close()


def test_a_black_hole_of_15_seconds(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, long_tones: Tones
) -> None:
    deepgram.script = fails({})
    link = Link(server.port)
    page = open_page(f"http://127.0.0.1:{link.port}/", long_tones[0], MICROPHONE)
    record_until(page, 3)
    link.passing.clear()
    cut = time.monotonic()
    expect_status(page, "Reconnecting", 5)
    expect(page.locator("#progress")).to_contain_text("Still recording")
    page.wait_for_timeout((cut + 15 - time.monotonic()) * 1000)  # the rest of the outage
    link.passing.set()
    passing = time.monotonic()
    stop_after(page, LONG_TONES)
    expect_words(page, LONG_TONES)
    assert deepgram.calls[-1].opened_at - passing < RESUMED_S
    link.close()


def test_ten_resets_two_seconds_apart(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, long_tones: Tones
) -> None:
    alone = []

    def script(call: Call) -> None:
        alone.append(deepgram.all_closed(call, timeout_s=1))
        hear_tones(call)

    deepgram.script = script
    link = Link(server.port)
    page = open_page(f"http://127.0.0.1:{link.port}/", long_tones[0], MICROPHONE)
    record_until(page, 1)
    for _ in range(FLAPS):
        link.reset()
        page.wait_for_timeout(FLAP_S * 1000)
    stop_after(page, LONG_TONES)
    expect_words(page, LONG_TONES)
    assert all(alone)
    assert len(deepgram.calls) <= FLAPS + 1
    link.close()
