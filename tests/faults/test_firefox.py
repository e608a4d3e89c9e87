"""Firefox records other blocks than Chromium: its words, too, are exactly those spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.link import Link
from tests.fakes.tones import fails, reset, words, write_tones
from tests.faults.recording import TONES
from tests.firefox import FirefoxPage, Marionette, firefox, untidy
from tests.running import RunningApp

__all__ = ["firefox"]

pytestmark = untidy


@pytest.fixture(scope="session")
def endless_tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("endless_tones") / "tones.wav"
    write_tones(path, TONES, trail_s=60)
    return path


@pytest.mark.parametrize("broken", ["upstream", "link"])
def test_a_cut_costs_no_word(
    firefox: Marionette, server: RunningApp, deepgram: FakeDeepgram, endless_tones: Path, broken: str
) -> None:
    deepgram.script = fails({0: reset} if broken == "upstream" else {})
    link = Link(server.port)
    page = FirefoxPage(firefox, f"http://127.0.0.1:{link.port}/", endless_tones)
    page.press("Start")
    page.expect_word(3)
    if broken == "link":
        link.reset()
    page.expect_word(TONES)
    page.press("Stop")
    page.expect_status("Ready")
    assert page.heard() == words(TONES)
    assert len(deepgram.calls) == 2
    link.close()
