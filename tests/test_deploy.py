"""The app as docs/deploy.md puts it on the internet: the Procfile's command behind nginx, which speaks TLS."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserType, Page, expect

from tests.browsing import ARGUMENTS, MICROPHONE, expect_status, final_text, press
from tests.running import ROOT, RunningApp, free_port
from tests.speech import write_wav

PASSWORD = "open-sesame"
MAIN = """
daemon off; master_process off; pid {directory}/pid; error_log {directory}/error.log;
events {{}}
http {{
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
    {site}
}}
"""


@pytest.fixture(scope="module")
def deployed() -> Iterator[RunningApp]:
    """Two workers with the embedded engine and a password."""
    with RunningApp("Procfile", WEB_CONCURRENCY="2", TRUSTED_PROXIES="1", ACCESS_PASSWORD=PASSWORD) as app:
        yield app


@pytest.fixture(scope="module")
def site(deployed: RunningApp, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app behind nginx as it is documented, with another name, port and certificate."""
    directory = tmp_path_factory.mktemp("nginx")
    [request] = re.findall(r"openssl req .*?\n\n?(?=```)", (ROOT / "docs/deploy.md").read_text(), re.S)
    subprocess.run(request.replace("/etc/ssl", str(directory)), shell=True, check=True, capture_output=True)
    port = free_port()
    conf = (ROOT / "deploy/nginx.conf").read_text()
    conf = conf.replace("/etc/ssl", str(directory)).replace("443", f"127.0.0.1:{port}")
    conf = conf.replace("127.0.0.1:8000", f"127.0.0.1:{deployed.port}")
    (directory / "nginx.conf").write_text(MAIN.format(directory=directory, site=conf))
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert nginx, "scripts/install-test installs nginx"
    process = subprocess.Popen([nginx, "-p", directory, "-c", directory / "nginx.conf"], stderr=subprocess.DEVNULL)
    url = f"https://127.0.0.1:{port}/"
    deadline = time.monotonic() + 10
    while not answers(url):
        assert process.poll() is None, (directory / "error.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(10)


def answers(url: str) -> bool:
    trusting = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(url + "healthz", context=trusting, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture
def page(chromium: BrowserType, tmp_path: Path) -> Iterator[Page]:
    wav = tmp_path / "speech.wav"
    write_wav(wav, "beckett")
    browser = chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[*ARGUMENTS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={wav}%noloop"],
    )
    yield browser.new_context(permissions=[MICROPHONE], ignore_https_errors=True).new_page()
    browser.close()


def sign_in(page: Page, site: str) -> None:
    page.goto(site)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    page.wait_for_selector("html[data-ready]")


def test_a_visitor_signs_in_and_transcribes_over_wss(page: Page, site: str, deployed: RunningApp) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    answer = page.goto(site)
    assert answer
    assert "max-age" in answer.headers["strict-transport-security"]
    page.get_by_label("Password").fill("sesame")
    press(page, "Sign in")
    expect(page.get_by_role("alert")).to_have_text("This is not the password. Try again.")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    page.wait_for_selector("html[data-ready]")
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")

    press(page, "Start")
    expect(page.locator("#transcript .final").last).to_contain_text("better", timeout=20_000)
    press(page, "Stop")
    expect_status(page, "Ready", 15)
    assert "Ever tried. Ever failed." in final_text(page)
    assert sockets
    assert sockets[0].startswith(site.replace("https", "wss"))
    deployed.wait_for_no_sessions()
    assert "client=127.0.0.1 by=page" in deployed.log


def test_scripts_and_styles_come_compressed_and_the_page_does_not(page: Page, site: str) -> None:
    sign_in(page, site)
    answers = [page.goto(site + path) for path in ("static/main.js", "static/style.css", "")]
    assert [answer and answer.headers.get("content-encoding") for answer in answers] == ["gzip", "gzip", None]


def test_a_link_from_another_site_finds_the_visitor_signed_in(page: Page, site: str) -> None:
    sign_in(page, site)
    page.goto(f"data:text/html,<a href='{site}'>here</a>")
    page.get_by_role("link").click()
    page.wait_for_selector("html[data-ready]")


def test_signing_in_takes_no_javascript(chromium: BrowserType, site: str) -> None:
    browser = chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
    page = browser.new_context(java_script_enabled=False, ignore_https_errors=True).new_page()
    page.goto(site)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")
    expect(page.locator("#transcript")).to_be_attached()
    browser.close()


def test_a_button_deploys_with_a_generated_key_and_a_password() -> None:
    manifest = json.loads((ROOT / "app.json").read_text())
    assert manifest["env"]["SECRET_KEY"]["generator"] == "secret"
    assert manifest["env"]["ACCESS_PASSWORD"].get("required", True)
    assert manifest["env"]["TRUSTED_PROXIES"]["value"] == "1"
