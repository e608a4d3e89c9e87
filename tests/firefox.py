"""Firefox, over its own Marionette, with a wav for a microphone."""

from __future__ import annotations

import base64
import gc
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.tones import words

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # mozinfo 1.2.3 asks distro in its old way
    from marionette_driver import By, Wait
    from marionette_driver.marionette import Marionette, WebElement

# marionette_driver 3.7.1 leaves sockets to the garbage collector.
untidy = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# Its own fake microphone is one constant tone, and its AudioContext does not run on a machine without a sound device.
PLAY_INTO_MICROPHONE = """
const [wav] = arguments;
const bytes = Uint8Array.from(atob(wav), (char) => char.charCodeAt(0));
navigator.mediaDevices.getUserMedia = async () => {
  const player = new Audio(URL.createObjectURL(new Blob([bytes], { type: "audio/wav" })));
  await player.play();
  window.player = player;
  return player.mozCaptureStream();
};
"""


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Marionette]:
    browser = Marionette(
        bin=shutil.which("firefox-esr") or shutil.which("firefox"),
        headless=True,
        port=0,
        prefs={
            "media.autoplay.default": 0,
            "browser.download.folderList": 2,  # the folder of the next line
            "browser.download.dir": str(tmp_path),
        },
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
        self.open(url)
        content = base64.b64encode(wav.read_bytes()).decode()
        browser.execute_script(PLAY_INTO_MICROPHONE, [content], sandbox=None)

    def open(self, url: str) -> None:
        self._browser.navigate(url)
        self.wait(lambda: self.all("html[data-ready]"))

    def all(self, selector: str) -> list[WebElement]:
        found: list[WebElement] = self._browser.find_elements(By.CSS_SELECTOR, selector)
        return found

    def press(self, name: str) -> None:
        [button] = [b for b in self.all("button") if b.get_property("textContent") == name and b.is_displayed()]
        button.click()

    def play(self, *, on: bool) -> None:
        """Lets the sound in front of the microphone go on, or stops it."""
        self._browser.execute_script(f"window.player.{'play' if on else 'pause'}()", sandbox=None)

    def expect_word(self, tone: int) -> None:
        self.wait(lambda: words(tone)[-1] in self.heard())

    def expect_status(self, status: str) -> None:
        self.wait(lambda: self.all("#status")[0].text == status)

    def heard(self) -> list[str]:
        return re.findall(r"w\d{4}", " ".join(final.text for final in self.all("#transcript .final")))

    def wait(self, condition: Callable[[], object]) -> None:
        Wait(self._browser, timeout=30).until(lambda _: condition())
