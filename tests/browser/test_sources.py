"""Where the sound comes from, and what the user does to it: pause, mute, another device, a tab, a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Record
from tests.browsing import MICROPHONE, OpenPage, expect_status, final_text, press
from tests.fakes.deepgram import FakeDeepgram, results
from tests.fakes.tones import hear_tones, words, write_tones
from tests.running import RunningApp


def test_a_pause_is_cut_out_finalized_and_loses_no_word(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tmp_path: Path
) -> None:
    seconds = write_tones(tmp_path / "tones.wav", 12)
    deepgram.script = hear_tones
    page = open_page(server.url, tmp_path / "tones.wav", MICROPHONE)
    # The fake device plays on in a pause: a file, which is paused with the recording, shows what is lost.
    page.get_by_role("combobox", name="Sound from").select_option("file")
    with page.expect_file_chooser() as chooser:
        press(page, "Start")
    chooser.value.set_files(tmp_path / "tones.wav")
    transcript = page.locator("#transcript")
    expect(transcript).to_contain_text("w0004", timeout=15_000)
    page.keyboard.press("p")
    expect_status(page, "Paused")
    call = deepgram.call()
    assert call.text_came.wait(5)
    assert json.loads(call.texts[0]) == {"type": "Finalize"}
    sent = len(call.audio)
    at = page.locator("#clock").inner_text()
    page.wait_for_timeout(3_000)  # the pause
    assert len(call.audio) == sent
    assert page.locator("#clock").inner_text() == at
    press(page, "Resume")
    expect(transcript).to_contain_text("w0012", timeout=20_000)
    expect_status(page, "Ready", 15)  # the file has ended
    assert re.findall(r"w\d{4}", final_text(page)) == words(12)
    assert len(deepgram.calls) == 1
    minutes, rest = page.locator("#clock").inner_text().split(":")
    assert abs(int(minutes) * 60 + int(rest) - seconds) <= 2


def test_the_microphone_can_be_chosen_muted_and_goes_quiet(record: Record) -> None:
    page, _call = record()
    source = page.get_by_role("combobox", name="Sound from")
    expect(source).to_be_disabled()
    expect(page.locator("#meter")).to_be_visible()
    press(page, "Mute")
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    press(page, "Mute")
    expect(page.locator("#notice")).to_contain_text("No sound comes in", timeout=30_000)
    press(page, "Stop")
    expect_status(page, "Ready")
    expect(page.locator("#notice")).to_be_empty()
    source.select_option(label="Fake Audio Input 2")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    expect(source.locator("option:checked")).to_have_text("Fake Audio Input 2")
    page.evaluate(
        """() => {
            const { mediaDevices } = navigator;
            const open = mediaDevices.getUserMedia.bind(mediaDevices);
            mediaDevices.getUserMedia = (wanted) => { window.wanted = wanted; return open(wanted); };
            mediaDevices.enumerateDevices = async () => [{ kind: "audioinput", deviceId: "other", label: "Other" }];
            mediaDevices.dispatchEvent(new Event("devicechange"));
        }"""
    )
    expect(source.locator("option:checked")).to_have_text("Default microphone")
    press(page, "Settings")
    page.get_by_role("checkbox", name="Noise suppression").uncheck()
    press(page, "Close")
    press(page, "Start")
    expect_status(page, "Listening")
    assert page.evaluate("wanted.audio") == {
        "echoCancellation": True,
        "noiseSuppression": False,
        "autoGainControl": True,
    }


def test_a_shared_tab_is_recorded_with_the_microphone_and_its_end_stops(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path
) -> None:
    page = open_page(server.url, tone, MICROPHONE)
    # Headless Chromium has no window to share: a stream of the same kind stands for what the user picks.
    page.evaluate(
        """() => {
            navigator.mediaDevices.getDisplayMedia = async () => {
                const context = new AudioContext();
                const { stream } = context.createMediaStreamDestination();
                window.shared = stream.getAudioTracks()[0];
                return stream;
            };
        }"""
    )
    page.get_by_role("combobox", name="Sound from").select_option("both")
    press(page, "Start")
    call = deepgram.call()
    assert call.audio_came.wait(5)
    expect_status(page, "Listening")
    page.evaluate("shared.dispatchEvent(new Event('ended'))")
    expect_status(page, "Ready")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.evaluate("navigator.mediaDevices.getDisplayMedia = async () => new MediaStream()")
    press(page, "Start")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("has no sound")


def test_a_file_that_cannot_be_played_is_explained(
    open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tmp_path: Path
) -> None:
    page = open_page(server.url, None)
    page.get_by_role("combobox", name="Sound from").select_option("file")
    (tmp_path / "notes.mp3").write_text("this is no sound")
    with page.expect_file_chooser() as chooser:
        press(page, "Start")
    chooser.value.set_files(tmp_path / "notes.mp3")
    expect_status(page, "Stopped")
    expect(page.get_by_role("alert")).to_contain_text("cannot play that file")
    assert deepgram.attempts == []


def test_the_lag_is_read_out_and_so_is_the_cost(open_page: OpenPage, deepgram: FakeDeepgram, tone: Path) -> None:
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, PRICE_PER_MINUTE="0.6")
    deepgram.script = lambda call: [
        call.send(**results("and on", 0, 0.01 * number, is_final=False)) for number, _ in enumerate(call.messages())
    ]
    page = open_page(app.url, tone, MICROPHONE)
    press(page, "Start")
    expect(page.locator("#progress")).to_have_text(re.compile(r"^\d\.\d s behind$"))
    expect(page.locator("#streamed")).to_have_text(re.compile(r"^0\.\d min streamed, \$0\.0\d+$"))
    app.stop()
