from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from transcribe.engine.server import make_server


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """The base URL of an engine that runs in this process."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = make_server(listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    server.shutdown()
    thread.join()
