"""What all workers of this server count together: open sessions, seconds of the day, tries of the password.

One SQLite file in the directory that the master shares with them; without one, in memory for this process alone.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transcribe.failure import Refused

FILE = "counts.sqlite3"
BUSY_S = 5  # for another worker's write, which takes less than a millisecond
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS sessions (id INTEGER PRIMARY KEY, worker INTEGER, client TEXT);
CREATE TABLE IF NOT EXISTS days (day TEXT PRIMARY KEY, seconds REAL);
CREATE TABLE IF NOT EXISTS attempts (client TEXT, at REAL);
"""


class Counts:
    """Each call is one transaction; any thread may make it."""

    def __init__(self, directory: Path | None) -> None:
        path = directory / FILE if directory else ":memory:"
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, BUSY_S, isolation_level=None, check_same_thread=False)
        self._database.executescript(SCHEMA)

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return int(self._value("SELECT count(*) FROM sessions"))

    def enter(self, client: str | None, limit: int, client_limit: int) -> int:
        """Takes a place and returns its number; raises Refused where all, or all of the client's, are taken."""
        with self._transaction():
            if self._value("SELECT count(*) FROM sessions") >= limit:
                raise Refused(503, "FULL", "All sessions of this server are taken: try again in a moment.")
            if client and self._value("SELECT count(*) FROM sessions WHERE client = ?", client) >= client_limit:
                raise Refused(
                    429, "TOO_MANY_SESSIONS", f"{client_limit} sessions are open from your address: stop one of them."
                )
            entry = self._database.execute("INSERT INTO sessions (worker, client) VALUES (?, ?)", (os.getpid(), client))
            return entry.lastrowid or 0

    def leave(self, place: int) -> None:
        """Gives a place back."""
        with self._transaction():
            self._database.execute("DELETE FROM sessions WHERE id = ?", (place,))

    def forget_worker(self, worker: int | None = None) -> None:
        """Gives back the places of a worker that ended, or of all where none runs yet."""
        with self._transaction():
            self._database.execute("DELETE FROM sessions WHERE worker = ?1 OR ?1 IS NULL", (worker,))

    @property
    def seconds_today(self) -> float:
        """Transcribed seconds of today (UTC)."""
        return self._value("SELECT coalesce(sum(seconds), 0) FROM days WHERE day = ?", _today())

    def add_seconds(self, seconds: float) -> float:
        """Adds transcribed seconds to today's (UTC) and returns their sum."""
        today = _today()
        with self._transaction():
            self._database.execute("DELETE FROM days WHERE day < ?", (today,))
            self._database.execute(
                "INSERT INTO days VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET seconds = seconds + excluded.seconds",
                (today, seconds),
            )
            return self._value("SELECT seconds FROM days WHERE day = ?", today)

    def add_attempt(self, client: str, window_s: float) -> int:
        """Notes that a client tries a password and returns how often it did within the window."""
        now = time.time()
        with self._transaction():
            self._database.execute("DELETE FROM attempts WHERE at < ?", (now - window_s,))
            self._database.execute("INSERT INTO attempts VALUES (?, ?)", (client, now))
            return int(self._value("SELECT count(*) FROM attempts WHERE client = ?", client))

    def forget_attempts(self, client: str) -> None:
        """Forgets the attempts of a client that knew the password in the end."""
        with self._transaction():
            self._database.execute("DELETE FROM attempts WHERE client = ?", (client,))

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _value(self, query: str, *parameters: str) -> float:
        [value] = self._database.execute(query, parameters).fetchone()
        return float(value)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())
