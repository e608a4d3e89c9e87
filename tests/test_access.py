"""Who is let in, over real sockets: every refusal comes before the upgrade and before the upstream."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from tests.conftest import KEY
from tests.fakes.deepgram import FakeDeepgram
from tests.running import TOKEN, RunningApp, connect


def refusal(url: str, token: str | None = TOKEN, **options: object) -> Response:
    with pytest.raises(InvalidStatus) as error, connect(url, token, **options):
        pass
    return error.value.response


def refused_with(url: str, token: str | None = None, **options: object) -> tuple[int, str]:
    response = refusal(url, token, **options)
    return response.status_code, json.loads(response.body)["err_code"]


def origin(app: RunningApp) -> str:
    return f"http://127.0.0.1:{app.port}"


@pytest.mark.parametrize(
    "query",
    ["callback=https://evil.example", "model=../x", "punctuate=maybe", "nonsense=1", "model=a&model=b", "%E8%AA%9E=1"],
)
def test_a_bad_parameter_is_refused_with_400_that_names_it(app: RunningApp, deepgram: FakeDeepgram, query: str) -> None:
    response = refusal(app.listen_url() + "?" + query)
    assert response.status_code == 400
    assert query.split("=")[0].replace("%E8%AA%9E", "\\u8a9e") in json.loads(response.body)["err_msg"]
    assert response.headers["dg-error"] == json.loads(response.body)["err_msg"]
    assert not deepgram.attempts


@pytest.mark.parametrize("foreign", ["https://evil.example", "null", "http://127.0.0.1"])
def test_a_page_of_another_origin_is_refused_with_403(app: RunningApp, deepgram: FakeDeepgram, foreign: str) -> None:
    for token in (TOKEN, None):
        response = refusal(app.listen_url(), token, origin=foreign, headers={"Cookie": app.cookie()})
        assert response.status_code == 403
        assert "ALLOWED_ORIGINS" in json.loads(response.body)["err_msg"]
    assert not deepgram.attempts


def test_the_page_may_connect_with_the_cookie_it_was_given(app: RunningApp, deepgram: FakeDeepgram) -> None:
    with connect(app.listen_url(), None, origin=origin(app), headers={"Cookie": app.cookie()}):
        assert deepgram.call()


def test_the_pages_cookie_is_kept_from_scripts_and_from_other_sites(app: RunningApp) -> None:
    header = app.request("").headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "Secure" not in header


@pytest.mark.parametrize("cookie", [None, "page=page.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "page=", "other=x"])
def test_a_page_without_a_valid_cookie_is_told_to_load_again(
    app: RunningApp, deepgram: FakeDeepgram, cookie: str | None
) -> None:
    headers = {"Cookie": cookie} if cookie else {}
    assert refused_with(app.listen_url(), origin=origin(app), headers=headers) == (401, "COOKIE_NEEDED")
    assert not deepgram.attempts


def test_a_cookie_without_an_origin_is_no_page(app: RunningApp, deepgram: FakeDeepgram) -> None:
    assert refused_with(app.listen_url(), headers={"Cookie": app.cookie()}) == (403, "FORBIDDEN_ORIGIN")
    assert not deepgram.attempts


@pytest.mark.parametrize(
    "credentials",
    [
        {"headers": {"Authorization": f"Token {TOKEN}"}},
        {"headers": {"Authorization": f"Bearer {TOKEN}"}},
        {"subprotocols": ["token", TOKEN]},
        {"subprotocols": ["bearer", TOKEN]},
    ],
)
def test_a_program_with_a_token_may_connect(app: RunningApp, deepgram: FakeDeepgram, credentials: dict) -> None:
    with connect(app.listen_url(), None, **credentials) as client:
        assert deepgram.call()
        assert client.subprotocol in (None, "token", "bearer")


@pytest.mark.parametrize(
    ("credentials", "code"),
    [
        ({}, "COOKIE_NEEDED"),
        ({"headers": {"Authorization": f"Basic {TOKEN}"}}, "COOKIE_NEEDED"),
        ({"headers": {"Authorization": "Token"}}, "TOKEN_REJECTED"),
        ({"headers": {"Authorization": f"Token {TOKEN}x"}}, "TOKEN_REJECTED"),
        ({"headers": {"Authorization": "Token ключ".encode().decode("latin-1")}}, "TOKEN_REJECTED"),
        ({"subprotocols": ["token", "wrong-wrong-wrong"]}, "TOKEN_REJECTED"),
        ({"subprotocols": [TOKEN]}, "COOKIE_NEEDED"),
    ],
)
def test_a_program_without_a_valid_token_is_refused_with_401_that_says_how(
    app: RunningApp, deepgram: FakeDeepgram, credentials: dict, code: str
) -> None:
    response = refusal(app.listen_url(), None, **credentials)
    body = json.loads(response.body)
    assert (response.status_code, body["err_code"]) == (401, code)
    assert "API_TOKENS" in body["err_msg"]
    assert not deepgram.attempts


def test_listen_without_an_upgrade_answers_what_the_upgrade_is_refused_with(
    app: RunningApp, deepgram: FakeDeepgram
) -> None:
    for path, headers, status, code in [
        ("listen", {}, 401, "COOKIE_NEEDED"),
        ("listen", {"Authorization": "Token wrong"}, 401, "TOKEN_REJECTED"),
        ("listen", {"Cookie": app.cookie(), "Origin": "https://evil.example"}, 403, "FORBIDDEN_ORIGIN"),
        ("v1/listen?callback=x", {"Cookie": app.cookie()}, 400, "BAD_REQUEST"),
        ("v1/listen?model=nova-3", {"Cookie": app.cookie()}, 426, "UPGRADE_REQUIRED"),
    ]:
        answer = app.request(path, **headers)
        assert (answer.status, answer.json["err_code"]) == (status, code)
        assert answer.json["err_msg"]
    assert app.get_json("healthz")["sessions"] == 0
    assert not deepgram.attempts


@pytest.fixture(scope="module")
def strict(_deepgram: FakeDeepgram) -> Iterator[RunningApp]:
    """Two workers behind one proxy that ends TLS, a password, and no key for the cookies."""
    running = RunningApp(
        "gunicorn",
        DEEPGRAM_URL=_deepgram.url,
        DEEPGRAM_API_KEY=KEY,
        WEB_CONCURRENCY="2",
        TRUSTED_PROXIES="1",
        ACCESS_PASSWORD="open-sesame",
        ALLOWED_ORIGINS="https://friend.example",
    )
    yield running
    running.stop()


def sign_in(app: RunningApp, password: str, client: str = "198.51.100.1") -> tuple[int, str | None]:
    """Fills in the form; returns the status and the cookie."""
    answer = app.request(
        "sign-in",
        "POST",
        f"password={password}",
        Content_Type="application/x-www-form-urlencoded",
        X_Forwarded_For=client,
        X_Forwarded_Proto="https",
    )
    return answer.status, answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["", "nothing-here", "static"])
def test_with_a_password_a_stranger_gets_the_sign_in_page(strict: RunningApp, path: str) -> None:
    answer = strict.request(path)
    assert answer.status == 401
    assert 'type="password"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "Refresh" not in answer.headers


def test_a_link_from_another_site_is_followed_once_more_with_the_cookie(strict: RunningApp) -> None:
    assert strict.request("", Sec_Fetch_Site="cross-site").headers["Refresh"] == "0"


def test_with_a_password_health_and_static_files_stay_open(strict: RunningApp) -> None:
    assert strict.request("healthz").status == 200
    assert strict.request("static/icon.svg").status == 200


def test_who_signed_in_gets_the_page_and_may_connect_to_any_worker(strict: RunningApp, deepgram: FakeDeepgram) -> None:
    status, cookie = sign_in(strict, "open-sesame")
    assert status == 303
    assert cookie
    assert "Secure" in cookie
    cookie = cookie.partition(";")[0]
    for number in range(8):  # by chance each worker answers some of them
        assert 'id="transcript"' in strict.request("", Cookie=cookie).text
        with connect(strict.listen_url(), None, origin=origin(strict), headers={"Cookie": cookie}):
            deepgram.call(number)


def test_with_a_password_neither_strangers_nor_pages_elsewhere_may_connect(
    strict: RunningApp, deepgram: FakeDeepgram
) -> None:
    for page in (origin(strict), "https://friend.example", None):
        assert refused_with(strict.listen_url(), origin=page) == (401, "SIGN_IN_NEEDED")
    assert not deepgram.attempts


def test_a_wrong_password_is_told_and_after_five_the_address_waits(strict: RunningApp) -> None:
    for _ in range(5):
        assert sign_in(strict, "sesame", "198.51.100.2") == (401, None)
    assert sign_in(strict, "open-sesame", "198.51.100.2") == (429, None)
    assert sign_in(strict, "open-sesame", "198.51.100.3")[0] == 303


def test_addresses_that_the_proxy_did_not_write_win_no_tries(strict: RunningApp) -> None:
    for number in range(5):
        assert sign_in(strict, "sesame", f"203.0.113.{number}, 198.51.100.4") == (401, None)
    assert sign_in(strict, "sesame", "203.0.113.9, 198.51.100.4") == (429, None)


def test_an_ipv6_subscriber_counts_as_one(strict: RunningApp) -> None:
    for number in range(5):
        assert sign_in(strict, "sesame", f"2001:db8:1:2::{number}") == (401, None)
    assert sign_in(strict, "sesame", "2001:db8:1:2::9")[0] == 429
    assert sign_in(strict, "sesame", "2001:db8:1:3::9")[0] == 401


def test_a_form_of_megabytes_is_refused(strict: RunningApp) -> None:
    assert sign_in(strict, "x" * 1_000_000)[0] == 413


def test_an_allowed_origin_may_connect_without_a_cookie(deepgram: FakeDeepgram) -> None:
    app = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, ALLOWED_ORIGINS="https://friend.example", API_TOKENS="")
    with connect(app.listen_url(), None, origin="https://friend.example"):
        assert deepgram.call()
    assert refused_with(app.listen_url(), TOKEN) == (401, "TOKEN_REJECTED")
    app.stop()


def test_a_cookie_outlives_a_restart_where_the_key_is_set(deepgram: FakeDeepgram) -> None:
    def start(**environ: str) -> RunningApp:
        return RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, **environ)

    first = start(SECRET_KEY="k" * 32)
    cookie = first.cookie()
    assert "SECRET_KEY" not in first.log
    first.stop()
    second = start(SECRET_KEY="k" * 32)
    with connect(second.listen_url(), None, origin=origin(second), headers={"Cookie": cookie}):
        pass
    second.stop()
    third = start()
    assert third.log.count("SECRET_KEY is not set") == 1
    assert refused_with(third.listen_url(), origin=origin(third), headers={"Cookie": cookie})[1] == "COOKIE_NEEDED"
    third.stop()


def test_a_password_that_is_set_later_voids_the_cookies_from_before(deepgram: FakeDeepgram) -> None:
    before = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, SECRET_KEY="k" * 32)
    cookie = before.cookie()
    before.stop()
    after = RunningApp("gunicorn", DEEPGRAM_URL=deepgram.url, SECRET_KEY="k" * 32, ACCESS_PASSWORD="open-sesame")
    assert after.request("", Cookie=cookie).status == 401
    after.stop()
