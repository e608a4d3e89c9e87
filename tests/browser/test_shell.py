"""The page as an app: installable, quick to show, plain about a server that is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.states import walk
from tests.browsing import MICROPHONE, OpenPage, expect_status, press
from tests.fakes.deepgram import FakeDeepgram
from tests.running import RunningApp

FIRST_PAINT_MS = 300
# Before compression, comments and types included: what shows the transcript, and with it what records.
SHOWN_BYTES = 80_000
READY_BYTES = 122_000
SIZES = """() => performance.getEntries()
    .filter(({ decodedBodySize, name }) => decodedBodySize && !/manifest|icon[.]/.test(name))
    .map(({ name, decodedBodySize }) => [name.replace(/.*[/]/, ""), decodedBodySize])"""
OPENED_BY_CLICKS = ["exporting.js", "formats.js", "captions.js", "history.js", "search.js", "settings-form.js"]


def test_it_can_be_installed_and_says_when_the_server_is_away(open_page: OpenPage, deepgram: FakeDeepgram) -> None:
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, None, service_workers="allow")
    browser = page.context.new_cdp_session(page)
    assert browser.send("Page.getAppManifest")["errors"] == []
    problems = {each["errorId"] for each in browser.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert problems <= {"in-incognito"}  # as all pages of the test's browser
    page.evaluate("navigator.serviceWorker.ready.then(({ active }) => active.state)")
    app.stop()
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("The server cannot be reached")
    expect(page.locator("body")).to_have_css("margin", "0px")
    again = RunningApp("gunicorn", PORT=str(app.port), DEEPGRAM_URL=deepgram.url)
    page.get_by_role("link", name="Try again").click()
    expect_status(page, "Ready")
    again.stop()


def test_what_a_click_opens_opens_when_the_server_is_away(open_page: OpenPage, deepgram: FakeDeepgram) -> None:
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, None)
    came = "(names) => names.every((name) => performance.getEntries().some((entry) => entry.name.endsWith(`/${name}`)))"
    page.wait_for_function(came, arg=OPENED_BY_CLICKS)
    app.stop()
    for name in ("Export", "History", "Settings"):
        press(page, name)
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        press(page, "Close")
    press(page, "Search")
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.timed
def test_it_is_painted_at_once_and_small(open_page: OpenPage, server: RunningApp) -> None:
    page = open_page(server.url, None)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    ready = sum(size for name, size in page.evaluate(SIZES) if name not in OPENED_BY_CLICKS)
    page.route("**/controls.js", lambda route: route.abort())
    page.reload(wait_until="networkidle")
    expect(page.locator("#status")).to_have_attribute("data-state", "idle")
    shown = sum(size for _, size in page.evaluate(SIZES))
    print(f"first paint {paint:.0f} ms; {shown} bytes show the transcript, {ready} with what records")
    assert paint < FIRST_PAINT_MS
    assert shown < SHOWN_BYTES
    assert ready < READY_BYTES


def test_it_needs_no_more_than_a_strict_content_security_policy(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
) -> None:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'"
    )

    def guard(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, headers=response.headers | {"content-security-policy": policy})

    # To Chromium a document that a test hands out is a stranger's, who must ask to reach this machine.
    page = open_page(server.url, tone, MICROPHONE, "local-network-access")
    page.route(lambda url: url.split("?")[0] == server.url, guard)
    page.add_init_script(
        """window.violations = [];
        addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
            window.violations.push([violatedDirective, blockedURI, sample]));"""
    )
    page.reload()
    page.wait_for_selector("html[data-ready]")
    for state in walk(page, deepgram):
        assert page.evaluate("violations") == [], state
    page.goto(f"{server.url}?view=captions&size=60&color=yellow")
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#stage")).to_have_css("color", "rgb(255, 255, 0)")
    assert page.evaluate("violations") == []
