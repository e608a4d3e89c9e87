from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.running import COMMANDS, ROOT
from transcribe.settings import Settings, SettingsError


def test_an_empty_environment_means_the_embedded_engine_on_loopback() -> None:
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert (settings.upstream_url, settings.host, settings.port) == (None, "127.0.0.1", 8000)


def test_an_empty_value_counts_as_absent() -> None:
    assert Settings.from_environ({"DEEPGRAM_API_KEY": " ", "PORT": ""}) == Settings()


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"DEEPGRAM_API_KEY": "k"}, "wss://api.deepgram.com"),
        ({"DEEPGRAM_URL": "ws://engine:8765/"}, "ws://engine:8765"),
        ({"DEEPGRAM_API_KEY": "k", "DEEPGRAM_URL": "wss://api.eu.deepgram.com"}, "wss://api.eu.deepgram.com"),
    ],
)
def test_the_upstream_follows_from_key_and_url(environ: dict[str, str], url: str) -> None:
    assert Settings.from_environ(environ).upstream_url == url


def test_a_platform_that_sets_port_alone_is_served_on_all_interfaces() -> None:
    assert Settings.from_environ({"PORT": "5000"}).host == "0.0.0.0"
    assert Settings.from_environ({"PORT": "5000", "HOST": "::1"}).host == "::1"


def test_origins_are_read_as_a_list() -> None:
    settings = Settings.from_environ({"ALLOWED_ORIGINS": "https://a.example/, http://B.example:8080"})
    assert settings.allowed_origins == {"https://a.example", "http://b.example:8080"}


def test_a_price_is_read_as_dollars() -> None:
    assert Settings.from_environ({"PRICE_PER_MINUTE": "0.0077"}).price_per_minute == 0.0077


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEEPGRAM_API_KEY", "two words"),
        ("DEEPGRAM_API_KEY", "ключ"),
        ("DEEPGRAM_URL", "https://api.deepgram.com"),
        ("DEEPGRAM_URL", "wss://api.deepgram.com/v1/listen"),
        ("DEEPGRAM_URL", "api.deepgram.com"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("WEB_CONCURRENCY", "0"),
        ("ALLOWED_ORIGINS", "example.com"),
        ("MAX_SESSIONS", "-1"),
        ("MAX_SESSIONS_PER_CLIENT", "0"),
        ("MAX_SESSION_SECONDS", "1h"),
        ("MAX_MINUTES_PER_DAY", "none"),
        ("TRUSTED_PROXIES", "yes"),
        ("API_TOKENS", "a token with some spaces"),
        ("FRAME_ORIGINS", "*"),
        ("STATE_DIRECTORY", "/does/not/exist"),
        ("PRICE_PER_MINUTE", "1 cent"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_value_ends_the_start_with_one_line_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({name: value})
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message


@pytest.mark.parametrize("kind", ["flask", "gunicorn"])
def test_a_server_with_a_wrong_value_says_just_that(kind: str) -> None:
    run = subprocess.run(
        COMMANDS[kind],
        cwd=ROOT,
        env=os.environ | {"MAX_SESSIONS": "many"},
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines() == ["MAX_SESSIONS: write a whole number from 1 to 10000, not 'many'"]


def test_tokens_are_read_as_a_list() -> None:
    settings = Settings.from_environ({"API_TOKENS": "a-token-of-some-length, another-token-as-long"})
    assert settings.api_tokens == {"a-token-of-some-length", "another-token-as-long"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEEPGRAM_API_KEY", "hush hush"),
        ("API_TOKENS", "hush, hush hush"),
    ],
)
def test_a_secret_is_never_printed_in_an_error(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({name: value})
    assert "hush" not in str(error.value)


def test_secrets_are_no_part_of_the_settings_text() -> None:
    secret = "hush-hush-hush-hush"
    names = ("DEEPGRAM_API_KEY", "API_TOKENS", "SECRET_KEY", "ACCESS_PASSWORD")
    assert secret not in repr(Settings.from_environ(dict.fromkeys(names, secret)))


def test_the_readme_tells_of_every_setting() -> None:
    read = re.findall(r'read\("([A-Z_]+)"', (ROOT / "transcribe/settings.py").read_text())
    table = re.findall(r"^\| (`.*?) \|", (ROOT / "README.md").read_text(), re.M)
    assert sorted(read) == sorted(re.findall(r"`([A-Z_]+)`", " ".join(table)))
