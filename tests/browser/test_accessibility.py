"""The page for everybody: axe finds nothing in any state, theme and width; names and live regions are right."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Record
from tests.browser.states import walk
from tests.browsing import MICROPHONE, OpenPage
from tests.fakes.deepgram import FakeDeepgram, results
from tests.running import RunningApp

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 1280)


def test_axe_finds_nothing_in_any_state_theme_and_width(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
) -> None:
    # Without motion: what is half faded in has half its contrast.
    page = open_page(server.url, tone, MICROPHONE, reduced_motion="reduce")
    axe = Axe()
    found, looked = [], 0
    for state in walk(page, deepgram):
        for width in WIDTHS:
            # High enough for all: a target half scrolled under the header is not too small.
            page.set_viewport_size({"width": width, "height": 1600})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{state} at {width}"
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                report = axe.run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
                looked += 1
                found += [
                    (state, width, scheme, violation["id"], node["html"][:160])
                    for violation in report.response["violations"]
                    for node in violation["nodes"]
                ]
    assert found == []
    assert looked == 4 * 13


def test_what_a_screen_reader_hears(record: Record) -> None:
    page, call = record()
    call.send(**results("Said and done.", 0, 1))
    call.send(**results("and still", 1, 1, is_final=False))
    expect(page.locator(".interim")).to_have_text("and still")
    log = page.get_by_role("log", name="Transcript")
    expect(log).to_have_attribute("aria-live", "off")
    expect(page.locator(".interim")).to_have_attribute("aria-live", "off")
    expect(page.locator("#status")).to_have_role("status")
    for name in ("Search", "Correct", "Captions", "Export", "History", "Settings", "Mute", "Pause", "Stop"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    expect(page.get_by_role("combobox", name="Sound from")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "toggle"
