"""The transcript on the page: turns, interims, speakers, corrections, search, following the end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Record
from tests.browsing import expect_status, final_text, press
from tests.fakes.deepgram import results, worded

UPDATE_MS = 8  # half a frame


def test_turns_have_speakers_who_can_be_named_and_words_that_can_be_corrected(record: Record) -> None:
    page, call = record()
    call.send(**worded("Who is there?", 0, speaker=0))
    call.send(**worded("It is Ann.", 2, speaker=1, unsure="Ann."))
    call.send(**worded("Come in.", 4, speaker=0))
    expect(page.locator(".turn")).to_have_count(3)
    expect(page.locator(".uncertain")).to_have_text("Ann.")

    page.get_by_role("button", name="Speaker 1", exact=True).first.click()
    page.keyboard.type("Ben")
    page.keyboard.press("Enter")
    expect(page.locator(".speaker")).to_have_text(["Ben", "Speaker 2", "Ben"])

    press(page, "Correct")
    line = page.get_by_role("textbox", name="Correct this text").nth(1)
    line.fill("It is Anne.")
    line.press("Enter")
    expect(page.locator(".uncertain")).to_have_count(0)
    other = page.get_by_role("textbox", name="Correct this text").nth(0)
    other.fill("Never mind")
    other.press("Escape")
    press(page, "Correct")
    call.send(**worded("Good day.", 6, speaker=2))
    expect(page.locator(".speaker")).to_have_count(4)
    assert final_text(page) == "Who is there? It is Anne. Come in. Good day."

    press(page, "Stop")
    expect_status(page, "Ready")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert final_text(page) == "Who is there? It is Anne. Come in. Good day."
    expect(page.locator(".speaker")).to_have_text(["Ben", "Speaker 2", "Ben", "Speaker 3"])


def test_only_the_words_of_an_interim_that_changed_change(record: Record) -> None:
    page, call = record()
    call.send(**results("Kept.", 0, 1))
    call.send(**results("one two tree", 1, 1, is_final=False))
    interim = page.locator("#transcript .interim")
    expect(interim).to_have_text("one two tree")
    page.evaluate(
        """() => {
            window.changes = [];
            const watch = (changes) => window.changes.push(...changes.map(({ target, addedNodes }) =>
                [target.nodeName, target.data ?? "", [...addedNodes].map((node) => node.textContent)]));
            const what = { subtree: true, childList: true, characterData: true };
            new MutationObserver(watch).observe(document.getElementById("transcript"), what);
        }"""
    )
    call.send(**results("one two three four", 1, 1.5, is_final=False))
    expect(interim).to_have_text("one two three four")
    assert page.evaluate("changes") == [["#text", "three ", []], ["SPAN", "", ["four"]]]


def test_turns_stand_evenly_where_a_block_of_them_ends(record: Record) -> None:
    page, call = record()
    for number in range(51):
        final = worded("A few words.", 2 * number, speaker=number % 2)
        call.send(**final | {"is_final": False, "speech_final": False})
        call.send(**final)
    turns = page.locator(".turn")
    expect(turns.filter(has=page.locator(".final"))).to_have_count(51)
    expect(page.locator("#transcript > div")).to_have_count(2)
    tops = turns.evaluate_all("(turns) => turns.map((turn) => turn.getBoundingClientRect().top)")
    assert max(tops) - tops[0] == pytest.approx(50 * (tops[1] - tops[0]), abs=1)


def test_search_marks_steps_and_crosses_lines(record: Record) -> None:
    page, call = record()
    call.send(**results("The rain in", 0, 1, speech_final=False))
    call.send(**results("Spain stays.", 1, 1))
    call.send(**results("In the rain we wait.", 20, 1))
    expect(page.locator(".turn")).to_have_count(2)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("RAIN")
    matches = page.locator("#matches")
    expect(matches).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(matches).to_have_text("2 of 2")
    page.get_by_role("searchbox", name="Search").fill("in spain")
    expect(matches).to_have_text("1 of 1")
    assert page.evaluate("[...CSS.highlights.get('found')].map(String)") == ["in Spain"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_focused()


@pytest.mark.timed
def test_thousands_of_turns_stay_quick_and_a_reader_who_scrolled_up_is_left_alone(record: Record) -> None:
    page, call = record(viewport={"width": 900, "height": 600})
    for number in range(3000):
        text = f"Sentence {number} of a long day, with some words to fill a line or two."
        call.send(**worded(text, number / 4, speaker=number % 2, word_s=0.01))
    expect(page.locator("#transcript .final")).to_have_count(3000, timeout=60_000)
    # From the words to the end of the frame that shows them, in the middle of many updates.
    times = page.evaluate(
        """async () => {
            const { showInterim } = await import("/static/turns.js");
            const times = [];
            for (let count = 1; count <= 60; count++) {
                const rendered = new MessageChannel();
                const text = Array.from({ length: count }, (_, index) => `word${index}`).join(" ");
                await new Promise(requestAnimationFrame);
                const began = performance.now();
                showInterim([{ text, start: 15000, end: 15001, opensTurn: true }]);
                rendered.port2.postMessage(null);
                await new Promise((resolve) => (rendered.port1.onmessage = resolve));
                times.push(performance.now() - began);
            }
            return times.sort((a, b) => a - b);
        }"""
    )
    print(f"interim update at 3000 turns: median {times[30]:.1f} ms, worst {times[-1]:.1f} ms")
    assert times[30] < UPDATE_MS
    expect(page.locator("#transcript .interim")).to_be_in_viewport()

    # An hour of interims, ten a second, leaves nothing behind.
    browser = page.context.new_cdp_session(page)
    update = """async (count) => {
        const { showInterim } = await import("/static/turns.js");
        for (let number = 0; number < count; number++) {
            const text = `one two ${number % 50} ${"word ".repeat(number % 30)}`;
            showInterim([{ text, start: 15000, end: 15001, opensTurn: true }]);
        }
    }"""
    page.evaluate(update, 1000)
    browser.send("HeapProfiler.collectGarbage")
    before = browser.send("Runtime.getHeapUsage")["usedSize"]
    page.evaluate(update, 36_000)
    browser.send("HeapProfiler.collectGarbage")
    grown = browser.send("Runtime.getHeapUsage")["usedSize"] - before
    print(f"heap after 36000 interims: {grown / 1000:+.0f} kB")
    assert grown < 1_000_000

    jump = page.locator("#jump")
    expect(jump).to_be_hidden()
    page.mouse.move(450, 300)
    for _ in range(5):
        page.mouse.wheel(0, -800)
        page.wait_for_timeout(50)  # between two turns of a wheel
    expect(jump).to_be_visible()
    call.send(**results("More of it.", 16000, 2))
    expect(page.locator("#transcript .final")).to_have_count(3001)
    expect(jump).to_be_visible()
    expect(page.locator("#transcript .final").last).not_to_be_in_viewport()
    jump.click()
    expect(page.locator("#transcript .final").last).to_be_in_viewport()
    expect(jump).to_be_hidden()
