"""Faults that trying again does not mend, or not in time: they are said, and what was heard before is kept."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from playwright.sync_api import Route, expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, press
from tests.fakes.deepgram import Call, FakeDeepgram, results
from tests.fakes.tones import Fault, fails, reset, words
from tests.faults.recording import TONES, Tones, heard, stop_after
from tests.running import RunningApp


def refuses(deepgram: FakeDeepgram, status: int, reason: str) -> Fault:
    """A connection that breaks, after which every handshake is refused."""

    def fault(call: Call) -> None:
        deepgram.refusal = (status, reason)
        reset(call)

    return fault


def test_audio_that_is_no_audio_is_not_sent_again(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
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


def test_a_permanent_refusal_ends_it_at_once_and_retry_goes_on(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    deepgram.script = fails({0: refuses(deepgram, 402, "no credit")})
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
    assert len(heard(page)) >= 4
    assert heard(page) == words(len(heard(page)))


def test_a_server_that_stays_busy_is_given_up_after_a_minute_and_retry_goes_on(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    deepgram.script = fails({0: refuses(deepgram, 503, "away")})
    page = open_page(server.url, tones[0], MICROPHONE)
    press(page, "Start")
    expect_status(page, "Reconnecting", 15)
    lost = time.monotonic()
    page.wait_for_timeout(tones[1] * 1000)
    press(page, "Stop")
    expect_status(page, "Stopped", 80)
    assert 55 < time.monotonic() - lost < 75
    assert len(deepgram.attempts) < 20
    assert heard(page) == words(4)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("503")
    deepgram.refusal = None
    press(page, "Retry now")
    expect_status(page, "Ready", 30)
    assert heard(page) == words(TONES)


def test_an_outage_longer_than_what_is_kept_is_one_visible_gap(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Tones
) -> None:
    def keep_little(route: Route) -> None:
        response = route.fetch()
        body, changed = re.subn(r"\bKEEP_S ?= ?600\b", "KEEP_S=2", response.text())
        assert changed == 1
        route.fulfill(response=response, body=body)

    deepgram.script = fails({0: refuses(deepgram, 503, "away")})
    page = open_page(server.url, tones[0], MICROPHONE)
    page.route("**/ledger.js", keep_little)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    press(page, "Start")
    expect_status(page, "Reconnecting", 15)
    page.wait_for_timeout(4_000)  # the outage
    deepgram.refusal = None
    stop_after(page, timeout_s=30)
    numbers = [int(word[1:]) for word in heard(page)]
    [(before, after)] = [pair for pair in itertools.pairwise(numbers) if pair[1] != pair[0] + 1]
    [gap] = page.locator("#transcript .gap").all_inner_texts()
    [seconds] = re.findall(r"\d+", gap)
    assert numbers == [*range(1, before + 1), *range(after, TONES + 1)]
    assert int(seconds) == pytest.approx((after - before - 1) / 2, abs=1)
