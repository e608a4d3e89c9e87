"""The open sessions of this process: how many there are and whether one more may open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Sessions:
    """Counts the open sessions against a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self.count = 0

    @property
    def accepting(self) -> bool:
        """Whether one more session may open."""
        return self.count < self._limit

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Counts one session for as long as the block runs."""
        with self._lock:
            self.count += 1
        try:
            yield
        finally:
            with self._lock:
                self.count -= 1
