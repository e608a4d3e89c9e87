from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browsing import MICROPHONE, OpenPage, press
from tests.fakes.deepgram import Call, FakeDeepgram, listen
from tests.running import RunningApp
from tests.speech import write_wav

Record = Callable[..., tuple[Page, Call]]


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """Both clips, one after the other, and their length in seconds."""
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    return path, write_wav(path, "two_cities", "beckett")


@pytest.fixture(scope="session")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few seconds of a microphone, for tests whose words come from the fake."""
    path = tmp_path_factory.mktemp("tone") / "tone.wav"
    write_wav(path, "beckett")
    return path


@pytest.fixture
def record(open_page: OpenPage, server: RunningApp, deepgram: FakeDeepgram, tone: Path) -> Record:
    """Opens the page and starts; the test speaks as the far side through the call's `send`."""

    def record(path: str = "", *permissions: str, **context: object) -> tuple[Page, Call]:
        deepgram.script = listen
        page = open_page(server.url + path, tone, MICROPHONE, *permissions, **context)
        press(page, "Start")
        call = deepgram.call()
        assert call.audio_came.wait(5)
        return page, call

    return record
