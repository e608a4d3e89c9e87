from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from transcribe.engine.recognition import Recogniser
from transcribe.engine.server import make_server


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The base URL of an engine that runs in this process."""
    with serving() as url:
        yield url


@contextmanager
def serving(limit: int | None = None, recogniser: Recogniser | None = None) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(listener, limit, recogniser)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    server.shutdown()
    thread.join()
