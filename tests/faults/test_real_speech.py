"""Real speech on the embedded engine, through cuts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, final_text, press
from tests.fakes.link import Link
from tests.running import RunningApp
from tests.speech import word_error_rate, write_wav


@pytest.fixture(scope="session")
def two_cities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("two_cities") / "two_cities.wav"
    write_wav(path, "two_cities")
    return path


def test_two_cut_links_and_a_killed_engine_cost_no_words(open_page: OpenPage, two_cities: Path) -> None:
    app = RunningApp("gunicorn")
    link = Link(app.port)
    page = open_page(f"http://127.0.0.1:{link.port}/", two_cities, MICROPHONE)
    press(page, "Start")
    text = page.locator("#transcript")
    for words, cut in (("foolishness", link.reset), ("despair", app.engine().kill), ("before us", link.reset)):
        expect(text).to_contain_text(words, timeout=30_000)
        cut()
    expect(text).to_contain_text("comparison", timeout=40_000)
    press(page, "Stop")
    expect_status(page, "Ready", 15)
    assert word_error_rate(final_text(page), "two_cities") <= 0.08  # uncut: .05
    link.close()
    app.stop()
