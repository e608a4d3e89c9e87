"""Refusals before the upgrade, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.sync.client import connect

from tests.conftest import KEY
from tests.fakes.deepgram import FakeDeepgram
from tests.running import RunningApp


def refusal(url: str, origin: str | None = None) -> Response:
    with pytest.raises(InvalidStatus) as error, connect(url, origin=origin):
        pass
    return error.value.response


@pytest.mark.parametrize(
    "query", ["callback=https://evil.example", "model=../x", "punctuate=maybe", "nonsense=1", "model=a&model=b"]
)
def test_a_bad_parameter_is_refused_with_400_that_names_it(app: RunningApp, deepgram: FakeDeepgram, query: str) -> None:
    response = refusal(app.listen_url() + "?" + query)
    assert response.status_code == 400
    assert query.split("=")[0] in json.loads(response.body)["err_msg"]
    assert response.headers["dg-error"] == json.loads(response.body)["err_msg"]
    assert not deepgram.attempts


def test_a_page_of_another_origin_is_refused_with_403(app: RunningApp, deepgram: FakeDeepgram) -> None:
    response = refusal(app.listen_url(), "https://evil.example")
    assert response.status_code == 403
    assert "ALLOWED_ORIGINS" in json.loads(response.body)["err_msg"]
    assert not deepgram.attempts


def test_the_page_itself_and_clients_without_an_origin_may_connect(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url(), origin=f"http://127.0.0.1:{app.port}"), connect(app.listen_url()):
        assert deepgram.call(1)


@pytest.fixture(scope="module")
def strict(_deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    running = RunningApp(
        "gunicorn",
        DEEPGRAM_URL=_deepgram.url,
        DEEPGRAM_API_KEY=KEY,
        MAX_SESSIONS="1",
        ALLOWED_ORIGINS="https://friend.example",
    )
    yield running
    running.stop()


def test_an_allowed_origin_may_connect(strict: RunningApp, deepgram: FakeDeepgram) -> None:
    strict.wait_for_no_sessions()  # of another test
    with connect(strict.listen_url(), origin="https://friend.example"):
        assert deepgram.call()


def test_a_full_server_refuses_with_503_and_says_so(strict: RunningApp, deepgram: FakeDeepgram) -> None:
    strict.wait_for_no_sessions()  # of another test
    with connect(strict.listen_url()):
        deepgram.call()
        assert strict.get_json("healthz") == {
            "status": "ok",
            "engine": "deepgram",
            "accepting": False,
            "sessions": 1,
        }
        response = refusal(strict.listen_url())
    assert response.status_code == 503
    assert "try again" in json.loads(response.body)["err_msg"]
