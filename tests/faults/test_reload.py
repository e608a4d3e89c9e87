"""A tab that is reloaded or killed in mid-speech."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import BrowserType, Page, expect

from tests.browsing import ARGUMENTS, MICROPHONE, OpenPage, expect_status, final_text, press
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.tones import hear_tones, words, write_tones
from tests.running import RunningApp

TONES = 16


@pytest.fixture(scope="session")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reload") / "tones.wav"
    write_tones(path, TONES)
    return path


def record_until(page: Page, word: str) -> None:
    press(page, "Start")
    expect(page.locator("#transcript")).to_contain_text(word, timeout=15_000)


def expect_restored(page: Page, before: str) -> None:
    """The text is back, and the rest of the recording follows when asked for."""
    page.wait_for_selector("html[data-ready]")
    assert final_text(page).startswith(before)
    expect(page.get_by_role("alert")).to_contain_text("cut off")
    press(page, "Retry now")
    expect_status(page, "Ready", 15)
    expect(page.get_by_role("alert")).to_be_hidden()
    heard = re.findall(r"w\d{4}", final_text(page))
    assert heard == words(len(heard))


def test_a_reloaded_page_has_its_text_and_transcribes_the_rest(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Path
) -> None:
    deepgram.script = hear_tones
    page = open_page(server.url, tones, MICROPHONE)
    record_until(page, "w0004")
    before = final_text(page)
    page.reload()
    assert deepgram.call().closed.wait(2)
    expect_restored(page, before)

    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.get_by_role("alert")).to_be_hidden()
    assert final_text(page).startswith(before)
    press(page, "New")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#transcript .final")).to_have_count(0)


def test_a_killed_browser_has_its_text_and_transcribes_the_rest(
    chromium: BrowserType, server: RunningApp, deepgram: FakeDeepgram, tones: Path, tmp_path: Path
) -> None:
    def browse() -> Page:
        context = chromium.launch_persistent_context(
            tmp_path,
            executable_path=shutil.which("chromium"),
            args=[
                *ARGUMENTS,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={tones}%noloop",
            ],
            permissions=[MICROPHONE],
        )
        page = context.new_page()
        page.goto(server.url)
        page.wait_for_selector("html[data-ready]")
        return page

    deepgram.script = hear_tones
    page = browse()
    record_until(page, "w0004")
    before = final_text(page)
    page.wait_for_timeout(500)  # what the browser has in hand reaches its disk
    for process in psutil.process_iter(["cmdline"]):
        if f"--user-data-dir={tmp_path}" in (process.info["cmdline"] or []):
            process.kill()
    assert deepgram.call().closed.wait(2)
    page = browse()
    expect_restored(page, before)
    page.context.close()


def test_a_second_tab_leaves_the_first_ones_recording_alone(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tones: Path
) -> None:
    deepgram.script = hear_tones
    page = open_page(server.url, tones, MICROPHONE)
    record_until(page, "w0002")
    second = page.context.new_page()
    second.goto(server.url)
    second.wait_for_selector("html[data-ready]")
    expect(second.locator("#transcript .final")).to_have_count(0)
    second.close()
    expect(page.locator("#transcript .final").last).to_contain_text(words(TONES)[-1], timeout=15_000)
    press(page, "Stop")
    expect_status(page, "Ready", 15)
    assert re.findall(r"w\d{4}", final_text(page)) == words(TONES)
