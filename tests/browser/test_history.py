"""Transcripts on the user's own device: listed, opened, renamed, exported, deleted; in one tab or two."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Record
from tests.browsing import expect_status, final_text, press
from tests.fakes.deepgram import FakeDeepgram, answer, listen, results, worded


def saved(page: Page, label: str) -> tuple[str, str]:
    """Saves the transcript in this format; returns the file's name and text."""
    with page.expect_download() as download:
        press(page, label)
    return download.value.suggested_filename, Path(download.value.path()).read_text()


def stop(page: Page) -> None:
    press(page, "Stop")
    expect_status(page, "Ready")


def test_transcripts_are_kept_named_opened_exported_and_deleted(record: Record, deepgram: FakeDeepgram) -> None:
    page, call = record()
    call.send(**worded("The first talk.", 0, speaker=0))
    expect(page.locator("#transcript .final")).to_have_text("The first talk.")

    press(page, "History")
    items = page.locator("#entries li")
    expect(items).to_have_count(1)
    expect(items).to_contain_text("recording now")
    expect(items.get_by_role("button", name=re.compile("^Delete"))).to_be_disabled()
    items.get_by_role("textbox").fill("Monday")
    items.get_by_role("textbox").press("Tab")
    press(page, "Close")

    press(page, "Export")
    for label, start in {
        "Text (.txt)": "[0:00] Speaker 1: The",
        "SubRip (.srt)": "1\n00:00",
        "WebVTT (.vtt)": "WEBVTT",
    }.items():
        name, text = saved(page, label)
        assert name == f"Monday.{label[-4:-1]}"
        assert text.startswith(start)
    assert json.loads(saved(page, "JSON (.json)")[1])["metadata"]["title"] == "Monday"
    assert saved(page, "Markdown (.md)")[1].startswith("# Monday")
    press(page, "Close")
    stop(page)

    press(page, "New")
    expect(page.locator("#hint")).to_be_visible()
    press(page, "Start")
    deepgram.call(1).send(**results("The second talk.", 0, 1))
    expect(page.locator("#transcript .final")).to_have_text("The second talk.")
    stop(page)
    press(page, "History")
    expect(items).to_have_count(2)
    page.get_by_role("link", name="Open Monday").click()
    page.wait_for_selector("html[data-ready]")
    assert final_text(page) == "The first talk."
    press(page, "Start")
    deepgram.call(2).send(**results("It goes on.", 0, 1))
    expect(page.locator("#transcript .final")).to_have_count(2)
    stop(page)

    page.on("dialog", lambda dialog: dialog.accept())
    press(page, "History")
    page.get_by_role("button", name="Delete Monday").click()
    expect(items).to_have_count(1)
    press(page, "Delete all")
    expect(items).to_have_count(0)
    expect(page.locator("#no-entries")).to_be_visible()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator("#transcript .final")).to_have_count(0)
    page.goto(page.url + "?transcript=1")
    expect(page.get_by_role("alert")).to_contain_text("not in this browser")


def test_another_tab_shows_what_is_recorded_and_leaves_it_alone(record: Record, deepgram: FakeDeepgram) -> None:
    page, call = record()
    call.send(**results("Said here.", 0, 1))
    expect(page.locator("#transcript .final")).to_have_text("Said here.")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("html[data-ready]")
    press(other, "History")
    other.get_by_role("link", name=re.compile("Open Transcript of")).click()
    expect(other.locator("#transcript .final")).to_have_text("Said here.")
    expect(other.get_by_role("alert")).to_contain_text("Another tab records")
    expect(other.get_by_role("button", name="Start")).to_be_disabled()
    expect(other.get_by_role("button", name="Correct")).to_be_disabled()
    call.send(**results("And more.", 1, 1))
    expect(page.locator("#transcript .final")).to_have_count(2)
    stop(page)
    other.close()
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert final_text(page) == "Said here. And more."


def test_a_browser_that_keeps_nothing_says_so_and_transcribes(open_page, server, deepgram: FakeDeepgram, tone) -> None:
    deepgram.script = listen
    page = open_page(server.url, tone, "microphone")
    page.add_init_script("delete window.indexedDB; Object.defineProperty(window, 'indexedDB', { value: undefined })")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(page.get_by_role("alert")).to_contain_text("keeps nothing")
    press(page, "Start")
    deepgram.call().send(**results("Still said.", 0, 1))
    expect(page.locator("#transcript .final")).to_have_text("Still said.")


def test_what_a_given_up_recording_left_is_offered_with_its_transcript(record: Record, deepgram: FakeDeepgram) -> None:
    page, call = record()
    call.send(**results("Before the end.", 0, 0.1))
    expect(page.locator("#transcript .final")).to_have_text("Before the end.")
    expect(page.locator("#clock")).to_have_text(re.compile("0:0[1-9]"))
    deepgram.refusal = (402, "no credit")
    call.connection.close(1011)
    expect_status(page, "Stopped")
    press(page, "New")
    expect_status(page, "Ready")
    expect(page.get_by_role("alert")).to_be_hidden()
    deepgram.refusal, deepgram.script = None, answer
    press(page, "History")
    page.get_by_role("link", name=re.compile("Open Transcript of")).click()
    expect(page.get_by_role("alert")).to_contain_text("cut off")
    press(page, "Retry now")
    expect(page.locator("#transcript .final")).to_have_text(["Before the end.", re.compile("last")])
    expect_status(page, "Ready")
