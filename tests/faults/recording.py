"""A page that records the tones, and what must be on it in the end."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browsing import expect_status, final_text, press
from tests.fakes.tones import words

TONES = 16
LONG_TONES = 60  # 30 s, for faults that last

Tones = tuple[Path, float]
"""A wav and its length in seconds."""

RESUMED_S = 2  # from a fault's end to the connection that goes on


def record_until(page: Page, tone: int) -> None:
    press(page, "Start")
    expect_word(page, tone)


def expect_word(page: Page, tone: int, timeout_s: float = 20) -> None:
    """Waits for a tone's word on the page."""
    word = page.locator("#transcript .final").filter(has_text=words(tone)[-1])
    expect(word.last).to_be_attached(timeout=timeout_s * 1000)


def stop_after(page: Page, tone: int = TONES, timeout_s: float = 60) -> None:
    """Waits until the last tone is on the page, then stops."""
    expect_word(page, tone, timeout_s)
    press(page, "Stop")
    expect_status(page, "Ready", 30)


def heard(page: Page) -> list[str]:
    return re.findall(r"w\d{4}", final_text(page))


def expect_words(page: Page, tones: int = TONES) -> None:
    """The words on the page are exactly those spoken, in order, none twice."""
    assert heard(page) == words(tones)
