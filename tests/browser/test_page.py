"""The page in a real browser: from Start through real speech to the text and Stop."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, final_text, press
from tests.conftest import KEY
from tests.fakes.deepgram import Call, FakeDeepgram, answer, results
from tests.running import RunningApp, connect
from tests.speech import word_error_rate


@pytest.mark.parametrize("kind", ["flask", "gunicorn"])
def test_real_speech_becomes_text_on_the_page(
    open_page: OpenPage, speech: tuple[Path, float], kind: str, request: pytest.FixtureRequest
) -> None:
    app = request.getfixturevalue("embedded") if kind == "gunicorn" else RunningApp(kind)
    wav, seconds = speech
    page = open_page(app.url, wav, MICROPHONE)
    expect_status(page, "Ready")
    expect(page.locator("#engine")).to_contain_text("Embedded engine")
    press(page, "Start")
    expect_status(page, "Listening")
    expect(page.locator("#transcript .interim")).to_be_visible(timeout=10_000)
    expect(page.locator("#transcript .final").last).to_contain_text("better", timeout=(seconds + 5) * 1000)
    press(page, "Stop")
    expect_status(page, "Ready")
    expect(page.locator("#transcript .interim")).to_have_count(0)
    assert word_error_rate(final_text(page), "two_cities", "beckett") <= 0.08
    if kind == "flask":
        app.stop()


def test_an_interim_is_replaced_by_its_final(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
):
    seen = threading.Event()

    def script(call: Call) -> None:
        call.send(**results("hello wor", 0, 0.3, is_final=False))
        assert seen.wait(10)
        call.send(**results("Hello world.", 0, 0.8))
        answer(call)

    deepgram.script = script
    page = open_page(server.url, tone, MICROPHONE)
    expect(page.locator("#engine")).to_have_text("Deepgram")
    press(page, "Start")
    interim = page.locator("#transcript .interim")
    expect(interim).to_have_text("hello wor")
    assert interim.evaluate("element => getComputedStyle(element).fontStyle") == "italic"
    seen.set()
    expect(page.locator("#transcript .final")).to_have_text("Hello world.")


def test_the_page_asks_for_what_it_shows(open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path):
    page = open_page(server.url, tone, MICROPHONE)
    press(page, "Start")
    query = deepgram.call().query
    assert query["interim_results"] == query["punctuate"] == ["true"]
    assert deepgram.call().audio_came.wait(5)
    press(page, "Stop")
    expect_status(page, "Ready")
    assert bytes(deepgram.call().audio).startswith(b"\x1a\x45\xdf\xa3")


def test_stop_waits_for_the_last_words(open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path):
    page = open_page(server.url, tone, MICROPHONE)
    press(page, "Start")
    assert deepgram.call().audio_came.wait(5)
    press(page, "Stop")
    expect_status(page, "Ready")
    expect(page.locator("#transcript .final")).to_contain_text("last")
    assert json.loads(deepgram.call().texts[-1]) == {"type": "CloseStream"}


def test_starting_again_adds_to_the_transcript(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
):
    page = open_page(server.url, tone, MICROPHONE)
    for number in range(2):
        press(page, "Start")
        assert deepgram.call(number).audio_came.wait(5)
        press(page, "Stop")
        expect_status(page, "Ready")
    expect(page.locator("#transcript .final")).to_have_count(2)
    press(page, "New")
    expect(page.locator("#transcript .final")).to_have_count(0)
    expect(page.locator("#hint")).to_be_visible()


def test_copy_puts_the_text_on_the_clipboard(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
):
    def script(call: Call) -> None:
        call.send(**results("First words.", 0, 1))
        call.send(**results("Second words.", 1, 1))
        answer(call)

    deepgram.script = script
    page = open_page(server.url, tone, MICROPHONE, "clipboard-read", "clipboard-write")
    press(page, "Start")
    expect(page.locator("#transcript .final")).to_have_count(2)
    press(page, "Export")
    press(page, "Copy")
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "First words. Second words."


def test_words_are_shown_as_text_and_never_as_markup(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
):
    words = "<img src=x onerror=alert(1)> & <b>bold</b>"

    def script(call: Call) -> None:
        call.send(**results(words, 0, 1))
        answer(call)

    deepgram.script = script
    page = open_page(server.url, tone, MICROPHONE)
    press(page, "Start")
    expect(page.locator("#transcript .final")).to_have_text(words)
    assert page.locator("#transcript img").count() == 0


def test_a_denied_microphone_is_explained(open_page: OpenPage, server: RunningApp):
    page = open_page(server.url, None)
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("Allow it in the browser's site settings")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_a_missing_microphone_is_explained(open_page: OpenPage, server: RunningApp):
    page = open_page(server.url, None, MICROPHONE, devices=False)
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("No microphone was found")


def test_plain_http_is_explained(open_page: OpenPage, deepgram: FakeDeepgram):
    app = RunningApp("gunicorn", HOST="0.0.0.0", DEEPGRAM_URL=deepgram.url)
    page = open_page(f"http://0.0.0.0:{app.port}/", None, MICROPHONE)
    assert not page.evaluate("isSecureContext")
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("https")
    app.stop()


def test_a_microphone_that_goes_away_is_explained_and_its_words_are_kept(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
):
    page = open_page(server.url, tone, MICROPHONE)
    page.evaluate(
        """() => {
            const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await open(wanted));
        }"""
    )
    press(page, "Start")
    assert deepgram.call().audio_came.wait(5)
    page.evaluate("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_role("alert")).to_contain_text("disconnected")
    expect(page.locator("#transcript .final")).to_contain_text("last")


@pytest.mark.parametrize(
    ("status", "words"), [(400, "options"), (401, "DEEPGRAM_API_KEY"), (402, "credit"), (403, "model")]
)
def test_a_refusing_upstream_is_explained_and_the_key_stays_on_the_server(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path, status: int, words: str
):
    deepgram.refusal = (status, "refused")
    page = open_page(server.url, tone, MICROPHONE)
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text(words)
    assert len(deepgram.attempts) == 1
    assert frames
    assert KEY not in "".join(frames) + page.content() + server.log


def test_a_full_server_is_explained_and_goes_on_by_itself_when_there_is_room(
    open_page: OpenPage, deepgram: FakeDeepgram, tone: Path
):
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, MAX_SESSIONS="1") as app:
        page = open_page(app.url, tone, MICROPHONE)
        with connect(app.listen_url()):
            press(page, "Start")
            expect(page.get_by_role("alert")).to_contain_text("All sessions of this server are taken")
            expect_status(page, "Reconnecting")
        expect_status(page, "Listening", 15)
        expect(page.get_by_role("alert")).to_be_hidden()
        press(page, "Stop")
        expect_status(page, "Ready")
        expect(page.locator("#transcript .final")).to_contain_text("last")


def test_a_server_that_went_away_is_explained_and_the_text_is_kept(
    open_page: OpenPage, deepgram: FakeDeepgram, tone: Path
):
    def script(call: Call) -> None:
        call.send(**results("Kept words.", 0, 1))
        answer(call)

    deepgram.script = script
    app = RunningApp("flask", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, tone, MICROPHONE)
    press(page, "Start")
    expect(page.locator("#transcript .final")).to_have_text("Kept words.")
    app.stop(9)
    expect_status(page, "Reconnecting")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(page.locator("#progress")).to_contain_text("Still recording")
    expect(page.locator("#transcript .final")).to_have_text("Kept words.")


def test_the_page_asks_nobody_else_for_anything(open_page: OpenPage, server: RunningApp, tone: Path):
    page = open_page(server.url, tone, MICROPHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert asked
    assert all(url.startswith(server.url) for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_fits_its_width(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path, scheme: str, width: int
):
    def script(call: Call) -> None:
        for number in range(30):
            call.send(**results(f"Sentence {number} is long enough to be broken on a phone.", 3 * number, 1))
        call.send(**results("and one that is still", 90, 1, is_final=False))
        answer(call)

    deepgram.script = script
    page = open_page(server.url, tone, MICROPHONE, color_scheme=scheme, viewport={"width": width, "height": 640})
    press(page, "Start")
    expect(page.locator("#transcript .final")).to_have_count(30)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(page.locator("#transcript .interim")).to_be_in_viewport()
    expect(page.get_by_role("button", name=re.compile("Stop"))).to_be_in_viewport()
