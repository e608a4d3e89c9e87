"""Stopping the server with sessions open."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

import app as app_module
from tests.fakes.deepgram import Call, FakeDeepgram
from tests.running import TOKEN, RunningApp, connect
from tests.test_session import closing
from transcribe.settings import Settings


def stop_with_sessions(
    deepgram: FakeDeepgram, sessions: int, workers: int, signals: int = 1
) -> list[tuple[list[str], int | None, float]]:
    """Stops a server whose sessions are live; returns for each its texts, its close code and when it came."""
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, WEB_CONCURRENCY=str(workers))
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(app.listen_url())) for _ in range(sessions)]
        for client in clients:
            client.send(b"audio")
            client.recv(timeout=5)
        stopped = time.monotonic()
        for _ in range(signals):
            for process in app.processes():  # a platform sends it to all of them
                process.send_signal(signal.SIGTERM)
        ends = [(*closing(client), time.monotonic() - stopped) for client in clients]
        app.stop()
        assert time.monotonic() - stopped < 10
    assert deepgram.all_closed()
    return ends


@pytest.mark.timed
@pytest.mark.parametrize("signals", [1, 2])
def test_sigterm_brings_the_last_words_and_1012(deepgram: FakeDeepgram, signals: int) -> None:
    for texts, code, after_s in stop_with_sessions(deepgram, sessions=20, workers=2, signals=signals):
        messages = [json.loads(text) for text in texts]
        assert [message["type"] for message in messages] == ["Results", "Results", "Metadata"]
        assert messages[0]["from_finalize"]
        assert code == 1012
        assert after_s < 1


@pytest.mark.timed
def test_an_upstream_without_last_words_is_not_waited_for(deepgram: FakeDeepgram) -> None:
    def script(call: Call) -> None:
        for message in call.messages():
            if isinstance(message, bytes):
                call.send(type="Results")

    deepgram.script = script
    [(texts, code, after_s)] = stop_with_sessions(deepgram, sessions=1, workers=1)
    assert (texts, code) == ([], 1012)
    assert after_s < 1


def test_a_stopped_server_leaves_no_files(deepgram: FakeDeepgram, tmp_path: Path) -> None:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, TMPDIR=str(tmp_path)) as app:
        with connect(app.listen_url()):
            deepgram.call()
        assert [*tmp_path.iterdir()]
    assert not [*tmp_path.iterdir()]


def test_a_draining_server_says_so_and_lets_none_in(deepgram: FakeDeepgram) -> None:
    flask_app = app_module.create_app(Settings(deepgram_url=deepgram.url, api_tokens=frozenset({TOKEN})))
    flask_app.extensions["sessions"].drain()
    client = flask_app.test_client()
    health = client.get("/healthz")
    assert (health.status_code, health.get_json()["status"], health.get_json()["accepting"]) == (503, "draining", False)
    refused = client.get("/listen", headers={"Authorization": f"Token {TOKEN}"})
    assert (refused.status_code, refused.get_json()["err_code"]) == (503, "RESTARTING")
