"""What the logs say of a session and of a refusal, and what they never say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.fakes.deepgram import Call, FakeDeepgram, results
from tests.running import RunningApp, connect
from tests.test_access import origin, refused_with, sign_in
from tests.test_session import CLOSE_STREAM, closing

MARKER = "marker-that-is-nobodys-business"


@pytest.fixture(params=["flask", "gunicorn"])
def talkative(request: pytest.FixtureRequest, deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    """The app as it says most; each of its secrets holds the marker."""
    secrets = dict.fromkeys(("DEEPGRAM_API_KEY", "API_TOKENS", "SECRET_KEY", "ACCESS_PASSWORD"), MARKER)
    with RunningApp(request.param, DEEPGRAM_URL=deepgram.url, LOG_LEVEL="DEBUG", TRUSTED_PROXIES="1", **secrets) as app:
        yield app


def lines(app: RunningApp, word: str) -> list[str]:
    return re.findall(rf"INFO transcribe\.\w+: ({word} .*)", app.log)


def test_no_transcript_query_token_cookie_or_password_is_logged(talkative: RunningApp, deepgram: FakeDeepgram) -> None:
    def script(call: Call) -> None:
        for _ in call.messages():
            call.send(**results(MARKER, 0, 2))
            call.send(type="Unknown", text=MARKER)
            call.connection.close(1011, MARKER)

    deepgram.script = script
    url = talkative.listen_url(keyterm=MARKER)
    assert sign_in(talkative, MARKER)[0] == 303
    assert sign_in(talkative, f"{MARKER}-not")[0] == 401
    page = {"origin": origin(talkative), "headers": {"Cookie": f"page={MARKER}", "X-Forwarded-For": "198.51.100.1"}}
    assert refused_with(url, **page) == (401, "SIGN_IN_NEEDED")
    assert refused_with(url, f"{MARKER}-not") == (401, "TOKEN_REJECTED")
    assert refused_with(f"{url}&{MARKER}=1", MARKER) == (400, "BAD_REQUEST")
    talkative.request(f"?{MARKER}={MARKER}")
    with connect(url, MARKER) as client:
        client.send(MARKER.encode())
        assert MARKER in closing(client)[0][0]
    with connect(url, None, subprotocols=["token", MARKER]) as client:
        client.send(f'{{"type": "{MARKER}"}}')
        assert closing(client)[1] == 1008
    talkative.wait_for_no_sessions()
    assert len(lines(talkative, "session")) == 2
    assert len(lines(talkative, "refused")) == 3
    assert MARKER not in talkative.log


def test_a_session_is_one_line_that_an_operator_can_work_with(app: RunningApp, deepgram: FakeDeepgram) -> None:
    def script(call: Call) -> None:
        for message in call.messages():
            if isinstance(message, str):
                return
            call.send(**results("words", 1.5, 2))

    deepgram.script = script
    app.wait_for_no_sessions()  # of another test
    before = len(lines(app, "session"))
    with connect(app.listen_url()) as client:
        client.send(b"audio")
        client.send(CLOSE_STREAM)
        closing(client)
    app.wait_for_no_sessions()
    [line] = lines(app, "session")[before:]
    assert re.fullmatch(
        r"session id=[0-9a-f]{8} client=127\.0\.0\.1 by=token seconds=\d\.\d open_ms=\d+ "
        r"audio_bytes=5 audio_seconds=3\.5 close=1000 variant=-",
        line,
    )


def test_a_refusal_is_one_line(app: RunningApp, deepgram: FakeDeepgram) -> None:
    refused_with(app.listen_url(), None)
    assert lines(app, "refused")[-1] == "refused client=127.0.0.1 status=401 code=COOKIE_NEEDED"


def test_a_proxy_that_nobody_counted_is_warned_of_once(deepgram: FakeDeepgram) -> None:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url) as app:
        for _ in range(2):
            app.request("listen", X_Forwarded_For="198.51.100.1")
        assert app.log.count("TRUSTED_PROXIES is 0") == 1


def test_a_log_level_above_info_leaves_these_lines_out(deepgram: FakeDeepgram) -> None:
    with RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, LOG_LEVEL="WARNING", SECRET_KEY="k" * 16) as app:
        refused_with(app.listen_url(), None)
        assert app.log == ""
