"""The headers of every answer, and that the page works under them in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, press
from tests.fakes.deepgram import FakeDeepgram
from tests.running import RunningApp
from tests.speech import write_wav


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another origin, and the directory that it serves."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SilentHandler, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["", "?view=captions", "static/main.js", "healthz", "listen", "nothing-here"])
def test_every_answer_forbids_what_the_page_does_not_need(app: RunningApp, path: str) -> None:
    headers = app.request(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert "microphone=(self)" in headers["Permissions-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(("proxies", "secure"), [("0", False), ("1", True)])
def test_only_a_trusted_proxy_says_that_https_is_spoken(deepgram: FakeDeepgram, proxies: str, secure: bool) -> None:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, TRUSTED_PROXIES=proxies) as app:
        answer = app.request("", X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.1")
        assert ("Strict-Transport-Security" in answer.headers) is secure
        assert ("Secure" in answer.headers["Set-Cookie"]) is secure


def test_the_page_works_and_nothing_that_it_does_is_blocked(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tmp_path: Path
) -> None:
    wav = tmp_path / "speech.wav"
    write_wav(wav, "beckett")
    page = open_page(server.url, wav, MICROPHONE, service_workers="allow")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    press(page, "Start")
    expect(page.locator("#transcript .interim")).to_be_visible()
    press(page, "Stop")
    expect_status(page, "Ready")
    expect(page.locator("#transcript .final")).to_contain_text("last")
    page.goto(f"{server.url}?view=captions")
    page.wait_for_selector("html[data-ready]")
    assert said == []


def test_a_script_that_got_into_the_page_does_not_run(open_page: OpenPage, server: RunningApp) -> None:
    page = open_page(server.url, None)
    violated = page.evaluate(
        """() => new Promise((resolve) => {
            addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            document.body.innerHTML += `<img src="data:," onerror="document.title = 'run'">`;
        })"""
    )
    assert violated == "script-src-attr"
    assert page.title() != "run"


def test_named_origins_alone_may_frame_the_captions_and_nobody_the_page(
    open_page: OpenPage, deepgram: FakeDeepgram, elsewhere: tuple[str, Path]
) -> None:
    origin, directory = elsewhere
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, FRAME_ORIGINS=origin) as app:
        policy = app.request("?view=captions").headers["Content-Security-Policy"]
        assert policy.endswith(f"frame-ancestors {origin}")
        (directory / "frames.html").write_text(
            f"<html data-ready><iframe src='{app.url}'></iframe><iframe src='{app.url}?view=captions'></iframe>"
        )
        page = open_page(f"{origin}/frames.html", None)
        expect(page.frame_locator("iframe").nth(1).locator("#transcript")).to_be_attached()
        expect(page.frame_locator("iframe").nth(0).locator("#transcript")).to_have_count(0)
