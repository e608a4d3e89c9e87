"""A real Chromium with a wav for a microphone, and what a user does with the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserType, Page, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
]

MICROPHONE = "microphone"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserType]:
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture
def open_page(chromium: BrowserType) -> Iterator[OpenPage]:
    """Opens a page in a browser of its own; at the end, no page may have reported an error of its own."""
    browsers = []
    errors: list[str] = []

    def open_page(url: str, wav: Path | None, *permissions: str, devices: bool = True, **context: object) -> Page:
        arguments = [*ARGUMENTS]
        if devices:
            arguments.append("--use-fake-device-for-media-stream")
        if wav:
            arguments.append(f"--use-file-for-fake-audio-capture={wav}%noloop")
        browser = chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        browsers.append(browser)
        # A service worker would hide requests from the tests that watch or change them.
        context = {"service_workers": "block"} | context
        page = browser.new_context(permissions=[*permissions], **context).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for browser in browsers:
        browser.close()
    assert errors == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def expect_status(page: Page, status: str, timeout_s: float = 10) -> None:
    expect(page.locator("#status")).to_have_text(status, timeout=timeout_s * 1000)


def final_text(page: Page) -> str:
    return " ".join(page.locator("#transcript .final").all_inner_texts())
