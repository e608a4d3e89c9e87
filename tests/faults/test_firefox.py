"""Firefox records other blocks than Chromium: its words, too, are exactly those spoken."""

from __future__ import annotations

import base64
import gc
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.link import Link
from tests.fakes.tones import fails, reset, words, write_tones
from tests.faults.recording import TONES
from tests.running import RunningApp

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # mozinfo 1.2.3 asks distro in its old way
    from marionette_driver import By, Wait
    from marionette_driver.marionette import Marionette

# marionette_driver 3.7.1 leaves sockets to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# Its own fake microphone is one constant tone, and its AudioContext does not run on a machine without a sound device.
PLAY_INTO_MICROPHONE = """
const [wav] = arguments;
const bytes = Uint8Array.from(atob(wav), (char) => char.charCodeAt(0));
navigator.mediaDevices.getUserMedia = async () => {
  const player = new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/wav" })));
  await player.play();
  return player.mozCaptureStream();
};
"""


@pytest.fixture(scope="session")
def endless_tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("endless_tones") / "tones.wav"
    write_tones(path, TONES, trail_s=60)
    return path


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Marionette]:
    browser = Marionette(
        bin=shutil.which("firefox-esr") or shutil.which("firefox"),
        headless=True,
        port=0,
        prefs={"media.autoplay.default": 0},
        gecko_log=str(tmp_path / "gecko.log"),
    )
    browser.start_session()
    yield browser
    browser.quit(in_app=False)
    browser.cleanup()
    del browser
    gc.collect()  # its sockets, before another test hears of them


class FirefoxPage:
    """The page, with the tones for a microphone."""

    def __init__(self, browser: Marionette, url: str, wav: Path) -> None:
        self._browser = browser
        browser.navigate(url)
        self._wait(lambda: browser.find_elements(By.CSS_SELECTOR, "html[data-ready]"), 10)
        content = base64.b64encode(wav.read_bytes()).decode()
        browser.execute_script(PLAY_INTO_MICROPHONE, [content], sandbox=None)

    def press(self, name: str) -> None:
        [button] = [b for b in self._browser.find_elements(By.TAG_NAME, "button") if b.text == name]
        button.click()

    def expect_word(self, tone: int) -> None:
        self._wait(lambda: words(tone)[-1] in self.heard(), 30)

    def expect_status(self, status: str) -> None:
        self._wait(lambda: self._browser.find_element(By.ID, "status").text == status, 30)

    def heard(self) -> list[str]:
        finals = self._browser.find_elements(By.CSS_SELECTOR, "#transcript .final")
        return re.findall(r"w\d{4}", " ".join(final.text for final in finals))

    def _wait(self, condition: Callable[[], object], timeout_s: float) -> None:
        Wait(self._browser, timeout=timeout_s).until(lambda _: condition())


@pytest.mark.parametrize("broken", ["upstream", "link"])
def test_a_cut_costs_no_word(
    firefox: Marionette, server: RunningApp, deepgram: FakeDeepgram, endless_tones: Path, broken: str
) -> None:
    deepgram.script = fails({0: reset} if broken == "upstream" else {})
    link = Link(server.port)
    page = FirefoxPage(firefox, f"http://127.0.0.1:{link.port}/", endless_tones)
    page.press("Start")
    page.expect_word(3)
    if broken == "link":
        link.reset()
    page.expect_word(TONES)
    page.press("Stop")
    page.expect_status("Ready")
    assert page.heard() == words(TONES)
    assert len(deepgram.calls) == 2
    link.close()
