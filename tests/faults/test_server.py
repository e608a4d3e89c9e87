"""Whatever happens to the server: the words on the page are exactly those spoken."""

from __future__ import annotations

import urllib.request

import pytest

from tests.browsing import MICROPHONE, OpenPage
from tests.fakes.deepgram import FakeDeepgram
from tests.fakes.tones import fails
from tests.faults.recording import LONG_TONES, Tones, expect_words, record_until, stop_after
from tests.running import RunningApp


def test_a_worker_that_is_killed(open_page: OpenPage, deepgram: FakeDeepgram, tones: Tones) -> None:
    deepgram.script = fails({})
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, tones[0], MICROPHONE)
    record_until(page, 3)
    [worker] = app.processes()[1:]
    worker.kill()
    stop_after(page)
    expect_words(page)
    app.stop()


@pytest.mark.parametrize("secret_key", ["kept", ""], ids=["with a key kept", "with a new key each time"])
def test_two_restarts_three_seconds_apart(
    open_page: OpenPage, deepgram: FakeDeepgram, long_tones: Tones, secret_key: str
) -> None:
    deepgram.script = fails({})
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, SECRET_KEY=secret_key)
    page = open_page(app.url, long_tones[0], MICROPHONE)
    record_until(page, 3)
    for _ in range(2):
        app.stop()
        app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, SECRET_KEY=secret_key, PORT=str(app.port))
        page.wait_for_timeout(3_000)
    stop_after(page, LONG_TONES)
    expect_words(page, LONG_TONES)
    app.stop()


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_an_hour(open_page: OpenPage, deepgram: FakeDeepgram, tones: Tones, hours: int) -> None:
    deepgram.script = fails({})
    app = RunningApp("probed", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, tones[0], MICROPHONE)
    record_until(page, 3)
    urllib.request.urlopen(f"{app.url}jump?hours={hours}").close()
    stop_after(page)
    expect_words(page)
    app.stop()
