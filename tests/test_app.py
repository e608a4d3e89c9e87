from __future__ import annotations

import importlib.util
import urllib.request

import pytest

import app as app_module
from tests.conftest import KEY
from tests.fakes.deepgram import FakeDeepgram
from tests.running import ROOT, TOKEN, RunningApp, connect
from transcribe.engine import launcher
from transcribe.settings import Settings


def test_the_page_names_its_engine_and_not_the_key(app: RunningApp) -> None:
    with urllib.request.urlopen(app.url) as response:
        page = response.read().decode()
    assert 'data-engine="deepgram"' in page
    assert 'data-price="0"' in page
    assert KEY not in page


def test_healthz_tells_engine_and_sessions(app: RunningApp, deepgram: FakeDeepgram) -> None:
    app.wait_for_no_sessions()  # of another test
    assert app.get_json("healthz") == {"status": "ok", "engine": "deepgram", "accepting": True, "sessions": 0}
    with connect(app.listen_url()):
        deepgram.call()
        assert app.get_json("healthz")["sessions"] == 1


def test_a_machine_without_key_and_engine_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "moonshine_voice" else find_spec(name, *rest)
    )
    launcher.url.cache_clear()
    client = app_module.create_app(Settings(api_tokens=frozenset({TOKEN}))).test_client()
    assert "Set DEEPGRAM_API_KEY" in client.get("/").text
    assert client.get("/healthz").get_json()["accepting"] is False
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    refused = client.get("/listen", headers=upgrade | {"Authorization": f"Token {TOKEN}"})
    assert refused.status_code == 503
    assert "DEEPGRAM_API_KEY" in refused.get_json()["err_msg"]
    launcher.url.cache_clear()


def test_scripts_travel_without_comments_except_to_who_debugs() -> None:
    application = app_module.create_app(Settings(deepgram_api_key=KEY))
    written = (ROOT / "static" / "session.js").read_text()
    assert "/**" in written
    with application.test_client().get("/static/session.js") as served:
        assert "/**" not in served.text
        assert served.content_length == len(served.data) < 0.6 * len(written)
    application.debug = True
    with application.test_client().get("/static/session.js") as served:
        assert served.text == written
