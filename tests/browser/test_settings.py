"""Options: sent to the server, kept, shared, shown as not honoured; theme, language and keys of the page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Record
from tests.browsing import MICROPHONE, OpenPage, expect_status, press
from tests.fakes.deepgram import FakeDeepgram, listen, results
from tests.running import RunningApp

CLIPBOARD = ("clipboard-read", "clipboard-write")


def test_options_are_sent_kept_and_shared_as_a_link(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
) -> None:
    deepgram.script = listen
    page = open_page(server.url, tone, MICROPHONE, *CLIPBOARD)
    press(page, "Settings")
    page.get_by_role("combobox", name="Model").fill("nova-2")
    page.get_by_role("combobox", name="Language", exact=True).fill("de")
    page.get_by_role("textbox", name="Key terms").fill("Grüße\n two words \n")
    page.get_by_role("checkbox", name="Tell speakers apart").check()
    page.get_by_role("checkbox", name="Smart format").uncheck()
    page.get_by_role("spinbutton", name="Endpointing").fill("300")
    page.get_by_role("spinbutton", name="Endpointing").press("Tab")
    press(page, "Copy as a link")
    expect(page.locator("#shared")).to_contain_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    press(page, "Close")
    wanted = {
        "interim_results": ["true"],
        "model": ["nova-2"],
        "language": ["de"],
        "keyterm": ["Grüße", "two words"],
        "diarize": ["true"],
        "punctuate": ["true"],
        "endpointing": ["300"],
    }
    page.reload()
    page.wait_for_selector("html[data-ready]")
    press(page, "Start")
    assert deepgram.call().query == wanted

    elsewhere = open_page(link, tone, MICROPHONE)
    press(elsewhere, "Start")
    assert deepgram.call(1).query == wanted
    press(elsewhere, "Stop")
    expect_status(elsewhere, "Ready")
    press(elsewhere, "Settings")
    press(elsewhere, "Reset")
    elsewhere.wait_for_selector("html[data-ready]")
    press(elsewhere, "Start")
    assert deepgram.call(2).query["model"] == ["nova-3"]


def test_a_refused_option_is_named_by_the_server_and_not_tried_again(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
) -> None:
    page = open_page(server.url + "?redact=CARDS", tone, MICROPHONE)
    # What the server will answer to the same address without an upgrade.
    refusal = '{"err_code": "BAD_REQUEST", "err_msg": "redact must be what to redact, such as pci."}'
    page.route("**/listen?*", lambda route: route.fulfill(status=400, content_type="application/json", body=refusal))
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("redact must be what to redact")
    assert deepgram.attempts == []


def test_what_the_embedded_engine_cannot_do_is_shown_and_not_asked_for(
    open_page: OpenPage, embedded: RunningApp
) -> None:
    page = open_page(embedded.url + "?language=de&diarize=true", None)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.context.grant_permissions([MICROPHONE])
    press(page, "Settings")
    expect(page.get_by_role("combobox", name="Language", exact=True)).to_be_disabled()
    expect(page.get_by_role("checkbox", name="Tell speakers apart")).to_be_disabled()
    expect(page.get_by_role("checkbox", name="Smart format")).to_be_enabled()
    expect(page.locator("#option-diarize-hint")).to_contain_text("Not with the embedded engine")
    press(page, "Close")
    press(page, "Start")
    expect_status(page, "Listening")
    assert sockets[0].partition("?")[2] == "interim_results=true&smart_format=true&punctuate=true&endpointing=500"
    press(page, "Cancel" if page.get_by_role("button", name="Cancel").count() else "Stop")
    expect_status(page, "Ready")
    expect(page.locator("#streamed")).to_be_empty()


def test_the_page_speaks_the_browsers_language_and_another_when_told(open_page: OpenPage, server: RunningApp) -> None:
    page = open_page(server.url, None, locale="de-AT")
    expect_status(page, "Bereit")
    assert page.evaluate("document.documentElement.lang") == "de"
    press(page, "Einstellungen")
    with page.expect_navigation():
        page.get_by_role("combobox", name="Sprache der Seite").select_option("en")
    page.wait_for_selector("html[data-ready]")
    expect_status(page, "Ready")
    press(page, "Settings")
    page.get_by_role("combobox", name="Theme").select_option("dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 22, 24)"
    page.get_by_role("checkbox", name="Read new sentences out").check()
    expect(page.get_by_role("log", name="Transcript")).to_have_attribute("aria-live", "polite")


def test_the_whole_page_works_from_the_keyboard(record: Record) -> None:
    page, call = record()
    call.send(**results("By hand.", 0, 1))
    page.locator("#toggle").blur()
    page.keyboard.press("p")
    expect_status(page, "Paused")
    page.keyboard.press("Space")
    expect_status(page, "Listening")
    page.keyboard.press("Space")
    expect_status(page, "Ready")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    with page.context.expect_page() as captions:
        page.keyboard.press("c")
    assert "view=captions" in captions.value.url
    captions.value.close()
    for name in ("Search", "Correct", "Captions", "Export", "History", "Settings"):
        button = page.get_by_role("button", name=name, exact=True)
        while not button.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    keys = page.get_by_role("checkbox", name="Keys")
    keys.focus()
    page.keyboard.press("Space")
    expect(keys).not_to_be_checked()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Settings", exact=True)).to_be_focused()
    page.keyboard.press("?")
    page.keyboard.press("c")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(page.context.pages) == 1
