"""A walk through the page's states, for whoever looks at each: the accessibility tests, and scripts/pictures."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.browsing import expect_status, press
from tests.fakes.deepgram import FakeDeepgram, listen, results, worded

TALK = [
    ("Shall we begin with the timetable?", 0, ""),
    ("Yes. The northern line opens in May, the harbour branch once its bridge is tested.", 1, "harbour"),
    ("And the night trains?", 0, ""),
    ("Those come with the winter timetable. We talk to Lindqvist about the carriages next week.", 1, "Lindqvist"),
    ("Good. Then let us look at the stations one by one, as the last report asked for.", 2, ""),
]


def walk(page: Page, deepgram: FakeDeepgram) -> Iterator[str]:
    """Brings the page into each state and yields its name; the page is fresh and may use its microphone."""
    deepgram.script = listen
    yield "idle"

    page.evaluate("() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }")
    press(page, "Start")
    expect_status(page, "Waiting for permission")
    yield "asking"
    press(page, "Cancel")
    page.evaluate("delete navigator.mediaDevices.getUserMedia")

    press(page, "Start")
    call = deepgram.call()
    assert call.audio_came.wait(5)
    start = 0.0
    for text, speaker, unsure in TALK:
        call.send(**worded(text, start, speaker=speaker, unsure=unsure))
        start += 0.4 * len(text.split()) + 1
    interim = worded("The first of them is the old", start, speaker=2)
    call.send(**interim | {"is_final": False, "speech_final": False})
    expect(page.locator(".interim")).to_be_visible()
    expect_status(page, "Listening")
    yield "live"

    press(page, "Search")
    page.get_by_role("searchbox").fill("timetable")
    yield "search"
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    press(page, "Correct")
    yield "correcting"
    press(page, "Correct")
    press(page, "Pause")
    expect_status(page, "Paused")
    yield "paused"
    press(page, "Resume")
    for name in ("Export", "History", "Settings", "Keys"):
        press(page, name) if name != "Keys" else page.keyboard.press("?")
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        yield name.lower()
        press(page, "Close")

    deepgram.refusal = (503, "away")
    call.connection.close(1011)
    expect_status(page, "Reconnecting")
    yield "reconnecting"
    deepgram.refusal = None
    deepgram.call(1, 10).send(**results("Here we are again.", 0, 600))  # all there is
    expect_status(page, "Listening")
    press(page, "Stop")
    expect_status(page, "Ready")
    yield "done"
    deepgram.refusal = (402, "no credit")
    press(page, "Start")
    expect_status(page, "Stopped")
    yield "error"
    deepgram.refusal = None
