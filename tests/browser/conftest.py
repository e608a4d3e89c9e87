"""A real Chromium with a wav for a microphone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserType, Page, sync_playwright

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
        page = browser.new_context(permissions=[*permissions], **context).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for browser in browsers:
        browser.close()
    assert errors == []
