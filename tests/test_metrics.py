"""`/metrics`: right over several workers, closed to strangers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.deepgram import FakeDeepgram
from tests.running import TOKEN, RunningApp, connect
from tests.test_access import refused_with
from tests.test_embedded import expect_heard
from tests.test_limits import transcribes, workers
from tests.test_session import CLOSE_STREAM, closing


@pytest.fixture
def pair(deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, WEB_CONCURRENCY="2") as app:
        yield app


def value(app: RunningApp, name: str, **labels: str) -> float:
    """A sample's value, 0 where there is none."""
    for family in text_string_to_metric_families(app.request("metrics").text):
        for sample in family.samples:
            if sample.name == f"transcription_{name}" and sample.labels == labels:
                return sample.value
    return 0.0


def test_the_metrics_of_all_workers_are_added_up(pair: RunningApp, deepgram: FakeDeepgram) -> None:
    deepgram.script = transcribes(7)
    sessions = 8  # by chance each worker has some of them
    for _ in range(sessions):
        with connect(pair.listen_url()) as client:
            client.send(b"audio")
            client.send(CLOSE_STREAM)
            closing(client)
    pair.wait_for_no_sessions()
    deepgram.refusal = (429, "")
    with connect(pair.listen_url()) as client:
        closing(client)
    refused_with(pair.listen_url(), None)
    pair.wait_for_no_sessions()
    for _ in range(4):
        assert value(pair, "sessions_total", code="1000") == sessions
        assert value(pair, "sessions_total", code="1013") == 1
        assert value(pair, "audio_seconds_total") == 7 * sessions
        assert value(pair, "upstream_failures_total", variant="TOO_MANY_REQUESTS") == 1
        assert value(pair, "refused_total", code="COOKIE_NEEDED") == 1
        assert value(pair, "upstream_open_seconds_count") == sessions
        assert value(pair, "upstream_open_seconds_bucket", le="5.0") == sessions
        assert value(pair, "relay_seconds_count") == sessions


def test_open_sessions_are_counted_and_those_of_a_killed_worker_no_more(
    pair: RunningApp, deepgram: FakeDeepgram
) -> None:
    with connect(pair.listen_url()), connect(pair.listen_url()):
        deepgram.call(1)
        assert value(pair, "sessions_open") == 2
        for worker in workers(pair):
            worker.kill()
        pair.wait_for_no_sessions()
        assert value(pair, "sessions_open") == 0


def test_the_embedded_engines_queue_is_among_them(embedded: RunningApp) -> None:
    expect_heard(embedded)
    assert "\ntranscription_engine_queue 0.0\n" in embedded.request("metrics").text


def test_under_flask_run_there_are_metrics_too(app: RunningApp, deepgram: FakeDeepgram) -> None:
    app.wait_for_no_sessions()  # of another test
    before = value(app, "sessions_total", code="1008")
    with connect(app.listen_url()) as client:
        client.send("garbage")
        closing(client)
    app.wait_for_no_sessions()
    assert value(app, "sessions_total", code="1008") == before + 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X_Forwarded_For": "198.51.100.1"}, 403),
        ({"X_Forwarded_For": "127.0.0.1"}, 403),
        ({"X_Forwarded_For": "198.51.100.1", "Authorization": f"Bearer {TOKEN}"}, 200),
        ({"Authorization": "Bearer wrong"}, 403),
    ],
)
def test_metrics_are_for_this_machine_and_for_who_has_a_token(
    app: RunningApp, headers: dict[str, str], status: int
) -> None:
    assert app.request("metrics", **headers).status == status
