"""The settings: the only reader of the environment. Read once, before anything starts; a wrong value ends the start."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from dotenv import load_dotenv

DEEPGRAM_CLOUD = "wss://api.deepgram.com"
TOKEN = r"[A-Za-z0-9._~-]+"  # what a header and a WebSocket subprotocol can carry
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

T = TypeVar("T")


class SettingsError(SystemExit):
    """Ends the program with one line that names the variable; a traceback would bury it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment asks for; README.md has the table."""

    deepgram_api_key: str | None = field(default=None, repr=False)
    deepgram_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    secret_key: str | None = field(default=None, repr=False)
    api_tokens: frozenset[str] = field(default=frozenset(), repr=False)
    access_password: str | None = field(default=None, repr=False)
    allowed_origins: frozenset[str] = frozenset()
    frame_origins: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    max_sessions: int = 200
    max_sessions_per_client: int = 50
    max_session_seconds: int = 4 * 3600
    max_minutes_per_day: int | None = None
    state_directory: Path | None = None
    price_per_minute: float = 0
    log_level: str = "INFO"

    @property
    def upstream_url(self) -> str | None:
        """The base URL of the upstream; None stands for the embedded engine."""
        return self.deepgram_url or (DEEPGRAM_CLOUD if self.deepgram_api_key else None)

    @classmethod
    def load(cls) -> Settings:
        """Reads `.env` in the working directory, under what the environment already says, then the environment."""
        load_dotenv(Path(".env"))
        return cls.from_environ(os.environ)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Reads the variables; an empty one counts as absent. Raises SettingsError that names the first wrong one."""

        def read(name: str, convert: Callable[[str], T], default: T) -> T:
            value = environ.get(name, "").strip()
            try:
                return convert(value) if value else default
            except ValueError as error:
                raise SettingsError(f"{name}: {error}") from None

        # A platform that sets PORT alone expects the app on all its interfaces.
        default_host = "0.0.0.0" if environ.get("PORT") else cls.host
        return cls(
            deepgram_api_key=read("DEEPGRAM_API_KEY", _key, None),
            deepgram_url=read("DEEPGRAM_URL", _websocket_url, cls.deepgram_url),
            host=read("HOST", str, default_host),
            port=read("PORT", _between(1, 65535), cls.port),
            workers=read("WEB_CONCURRENCY", _between(1, 64), cls.workers),
            secret_key=read("SECRET_KEY", str, None),
            api_tokens=read("API_TOKENS", _tokens, frozenset()),
            access_password=read("ACCESS_PASSWORD", str, None),
            allowed_origins=read("ALLOWED_ORIGINS", _origins, cls.allowed_origins),
            frame_origins=read("FRAME_ORIGINS", _origins, cls.frame_origins),
            trusted_proxies=read("TRUSTED_PROXIES", _between(0, 10), cls.trusted_proxies),
            max_sessions=read("MAX_SESSIONS", _between(1, 10_000), cls.max_sessions),
            max_sessions_per_client=read("MAX_SESSIONS_PER_CLIENT", _between(1, 10_000), cls.max_sessions_per_client),
            max_session_seconds=read("MAX_SESSION_SECONDS", _between(1, 7 * 86_400), cls.max_session_seconds),
            max_minutes_per_day=read("MAX_MINUTES_PER_DAY", _between(1, 10_000_000), cls.max_minutes_per_day),
            state_directory=read("STATE_DIRECTORY", _directory, cls.state_directory),
            price_per_minute=read("PRICE_PER_MINUTE", _price, cls.price_per_minute),
            log_level=read("LOG_LEVEL", _log_level, cls.log_level),
        )


def new_secret_key() -> str:
    """Makes a SECRET_KEY for a start without one, and says what that means."""
    print("SECRET_KEY is not set: it is random, so the page's cookies end with this process.", file=sys.stderr)
    return secrets.token_hex()


def _key(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("a key is one word of printable ASCII; copy it again from the Deepgram console")
    return value


def _websocket_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("write wss://host or ws://host:port, without a path; /v1/listen is appended")
    return f"{parts.scheme}://{parts.netloc}"


def _between(low: int, high: int) -> Callable[[str], int]:
    def convert(value: str) -> int:
        if not value.isdecimal() or not low <= int(value) <= high:
            raise ValueError(f"write a whole number from {low} to {high}, not {value!r}")
        return int(value)

    return convert


def _origins(value: str) -> frozenset[str]:
    origins = frozenset(origin.strip().rstrip("/").lower() for origin in value.split(",") if origin.strip())
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
            raise ValueError(f"write origins such as https://example.com, separated by commas, not {origin!r}")
    return origins


def _tokens(value: str) -> frozenset[str]:
    tokens = frozenset(token.strip() for token in value.split(",") if token.strip())
    for token in tokens:
        if not re.fullmatch(TOKEN, token):
            raise ValueError(
                "a token is letters, digits, - or _; several are separated by commas. "
                "Make one with python3 -c 'import secrets; print(secrets.token_urlsafe())'"
            )
    return tokens


def _directory(value: str) -> Path:
    path = Path(value)
    if not path.is_dir() or not os.access(path, os.W_OK):
        raise ValueError(f"write a directory that the app may write to, not {value!r}")
    return path


def _price(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", value):
        raise ValueError(f"write US dollars such as 0.0077, not {value!r}")
    return float(value)


def _log_level(value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise ValueError(f"write one of {', '.join(LOG_LEVELS)}, not {value!r}")
    return value.upper()


if __name__ == "__main__":
    Settings.load()  # before a server that reads some of the variables itself and fails in its own words
