"""The open sessions: how many there are, whether one more may open, and how those of this process end."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from transcribe import metrics
from transcribe.counts import Counts
from transcribe.failure import Refused
from transcribe.meter import DAY_IS_FULL
from transcribe.session import Session
from transcribe.settings import Settings

LOOK_S = 1  # between two looks at the open sessions


class Sessions:
    """Counts the open sessions, those of all workers, against the limits; once draining, lets none in."""

    def __init__(self, settings: Settings, counts: Counts) -> None:
        self._limit = settings.max_sessions
        self._client_limit = settings.max_sessions_per_client
        self._day_limit_s = (settings.max_minutes_per_day or math.inf) * 60
        self._counts = counts
        self._changed = threading.Condition()
        self._open: set[Session] = set()
        self._looking = False
        self.draining = False

    @property
    def count(self) -> int:
        """How many are open, in all workers."""
        return self._counts.sessions

    @property
    def accepting(self) -> bool:
        """Whether one more session may open."""
        return not self.draining and self.count < self._limit

    def enter(self, client: str | None) -> int:
        """Takes a place, for the client of this address if that counts; `leave` gives it back. Raises Refused."""
        if self.draining:
            raise Refused(503, "RESTARTING", "The server restarts: try again in a moment.")
        if self._counts.seconds_today >= self._day_limit_s:
            raise Refused(429, "DAILY_LIMIT", DAY_IS_FULL)
        return self._counts.enter(client, self._limit, self._client_limit)

    def leave(self, place: int) -> None:
        """Gives a place back."""
        self._counts.leave(place)

    @contextmanager
    def holding(self, session: Session) -> Iterator[None]:
        """Lets `drain` reach the session for as long as the block runs, and looks after it."""
        with self._changed:
            self._open.add(session)
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._look, daemon=True).start()
        try:
            with metrics.SESSIONS_OPEN.track_inprogress():
                yield
        finally:
            with self._changed:
                self._open.discard(session)
                self._changed.notify()

    def _look(self) -> None:
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: not self._open, LOOK_S):
                    self._looking = False
                    return
                sessions = list(self._open)
            for session in sessions:
                session.look()

    def drain(self) -> None:
        """Ends all sessions with what they still bring and close code 1012."""
        self.draining = True
        with self._changed:
            sessions = list(self._open)
        for session in sessions:  # a thread each: one peer that takes nothing holds up no other
            threading.Thread(target=session.drain).start()
