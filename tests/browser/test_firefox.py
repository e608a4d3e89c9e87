"""What matters most, in Firefox: record, pause, export, find it again, show captions."""

from __future__ import annotations

import itertools
from pathlib import Path

import srt

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.tones import hear_tones, words, write_tones
from tests.firefox import FirefoxPage, Marionette, firefox, untidy
from tests.running import RunningApp

__all__ = ["firefox"]

pytestmark = untidy

TONES = 8


def test_a_recording_is_paused_exported_and_found_again(
    firefox: Marionette, server: RunningApp, deepgram: FakeDeepgram, tmp_path: Path
) -> None:
    deepgram.script = hear_tones
    write_tones(tmp_path / "tones.wav", TONES, trail_s=60)
    page = FirefoxPage(firefox, server.url, tmp_path / "tones.wav")
    page.press("Start")
    page.expect_word(3)
    page.play(on=False)
    page.press("Pause")
    page.expect_status("Paused")
    page.press("Resume")
    page.expect_status("Listening")
    page.play(on=True)
    page.expect_word(TONES)
    page.press("Stop")
    page.expect_status("Ready")
    heard = page.heard()
    assert [word for word, _ in itertools.groupby(heard)] == words(TONES)  # the pause may cut a tone in two

    page.press("Export")
    page.wait(lambda: page.all("#formats button:nth-child(4)"))
    page.press("SubRip (.srt)")
    page.wait(lambda: [*tmp_path.glob("*.srt")])
    [file] = tmp_path.glob("*.srt")
    page.wait(file.read_text)  # it is there before its content
    captions = [*srt.parse(file.read_text())]
    assert " ".join(caption.content for caption in captions).split() == heard

    page.open(server.url)
    assert page.heard() == heard
    page.press("History")
    page.wait(lambda: len(page.all("#entries li")) == 1)
    page.open(f"{server.url}?view=captions")
    page.wait(lambda: page.all("#stage")[0].is_displayed())
