"""The open sessions of this process: how many there are, whether one more may open, and how all of them end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from transcribe.session import Session

DRAIN_S = 0.8  # for the upstreams' last words; clients send again what was not transcribed


class Sessions:
    """Counts the open sessions against a limit; once draining, lets none in."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._open: set[Session] = set()
        self.draining = False

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def accepting(self) -> bool:
        """Whether one more session may open."""
        return not self.draining and self.count < self._limit

    @contextmanager
    def holding(self, session: Session) -> Iterator[None]:
        """Counts the session for as long as the block runs."""
        with self._lock:
            self._open.add(session)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(session)

    def drain(self) -> None:
        """Ends all sessions with what they still bring and close code 1012."""
        self.draining = True
        with self._lock:
            sessions = list(self._open)
        for session in sessions:  # a thread each: one peer that takes nothing holds up no other
            threading.Thread(target=session.drain, args=(DRAIN_S,)).start()
