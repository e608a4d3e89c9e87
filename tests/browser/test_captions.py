"""The captions view: beside the page that transcribes, or by itself."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Record
from tests.browsing import MICROPHONE, OpenPage, press
from tests.fakes.deepgram import FakeDeepgram, listen, results
from tests.running import RunningApp

LONG = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness"


def test_a_second_window_shows_the_last_rows_of_what_is_said(record: Record) -> None:
    page, call = record()
    call.send(**results("Before it was open.", 0, 1))
    with page.context.expect_page() as opened:
        press(page, "Captions")
    stage = opened.value
    stage.wait_for_selector("html[data-ready]")
    rows = stage.locator("#stage span")
    expect(rows).to_have_text(["Before it was open."])
    call.send(**results(LONG, 5, 5, is_final=False))
    expect(rows).to_have_text(["worst of times, it was the age of", "wisdom, it was the age of foolishness"])
    expect(stage.locator("#transcript")).to_be_hidden()
    expect(stage.locator("footer")).to_have_css("opacity", "0")


def test_its_look_comes_with_the_address_and_it_can_transcribe_by_itself(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
) -> None:
    deepgram.script = listen
    look = "view=captions&lines=3&columns=20&size=40&color=ff0&box=0008&background=0b0"
    page = open_page(f"{server.url}?{look}", tone, MICROPHONE)
    page.locator("footer").hover()
    press(page, "Start")
    deepgram.call().send(**results(LONG, 0, 1, is_final=False))
    rows = page.locator("#stage span")
    expect(rows).to_have_text(["was the age of", "wisdom, it was the", "age of foolishness"])
    styles = page.evaluate(
        """() => [document.documentElement, document.querySelector("#stage span")].map((element) => {
            const { backgroundColor, color, fontSize } = getComputedStyle(element);
            return [backgroundColor, color, fontSize];
        })"""
    )
    assert styles[0][0] == "rgb(0, 187, 0)"
    assert styles[1] == ["rgba(0, 0, 0, 0.533)", "rgb(255, 255, 0)", "40px"]


def test_by_itself_it_is_transparent_for_a_stream(open_page: OpenPage, server: RunningApp) -> None:
    page = open_page(f"{server.url}?view=captions&color=nonsense", None)
    transparent = "rgba(0, 0, 0, 0)"
    for element in ("html", "body"):
        assert page.locator(element).evaluate("element => getComputedStyle(element).backgroundColor") == transparent
    expect(page.locator("#stage")).to_have_css("color", "rgb(255, 255, 255)")
