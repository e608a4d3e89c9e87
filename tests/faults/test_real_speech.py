"""Real speech on the embedded engine, through cuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, final_text, press
from tests.fakes.link import Link
from tests.running import RunningApp
from tests.speech import word_error_rate, write_wav

pytestmark = pytest.mark.timed  # a loaded machine hears other words: .09 of them wrong instead of .06

CUT_EVERY_S = 11  # of a clip of 44 s


@pytest.fixture(scope="session")
def two_cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("two_cities") / "two_cities.wav"
    write_wav(path, "two_cities")
    return path


def test_three_cuts_cost_two_words_in_a_hundred_at_most(
    open_page: OpenPage, embedded: RunningApp, two_cities: Path
) -> None:
    link = Link(embedded.port)
    uncut = open_page(embedded.url, two_cities, MICROPHONE)
    cut = open_page(f"http://127.0.0.1:{link.port}/", two_cities, MICROPHONE)
    for page in (uncut, cut):
        press(page, "Start")
    for _ in range(3):
        cut.wait_for_timeout(CUT_EVERY_S * 1000)
        link.reset()
    rates = []
    for page in (uncut, cut):
        expect(page.locator("#transcript")).to_contain_text("comparison", timeout=40_000)
        press(page, "Stop")
        expect_status(page, "Ready", 15)
        rates.append(word_error_rate(final_text(page), "two_cities"))
    link.close()
    assert rates[0] <= 0.08
    assert rates[1] <= rates[0] + 0.02


def test_a_killed_engine_costs_no_words(open_page: OpenPage, two_cities: Path) -> None:
    app = RunningApp("gunicorn")
    page = open_page(app.url, two_cities, MICROPHONE)
    press(page, "Start")
    expect(page.locator("#transcript")).to_contain_text("despair", timeout=40_000)
    app.engine().kill()
    expect(page.locator("#transcript")).to_contain_text("comparison", timeout=60_000)
    press(page, "Stop")
    expect_status(page, "Ready", 15)
    assert word_error_rate(final_text(page), "two_cities") <= 0.08  # undisturbed: .05
    app.stop()
