"""What sessions leave behind in their worker: nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from websockets.exceptions import ConnectionClosed

from tests.fakes.deepgram import FakeDeepgram
from tests.running import RunningApp, connect

SESSIONS = 200


def one_session(url: str, number: int) -> None:
    """Ends in one of the ways in which sessions end."""
    with connect(url) as client:
        client.send(b"audio")
        if number % 4 == 0:
            client.send(json.dumps({"type": "CloseStream"}))
            with suppress(ConnectionClosed):
                while client.recv(timeout=10):
                    pass
        elif number % 4 == 1:
            client.send("garbage")
        elif number % 4 == 2:
            client.socket.close()


def test_200_sessions_leave_no_greenlet_thread_descriptor_or_connection(
    server: RunningApp, deepgram: FakeDeepgram
) -> None:
    one_session(server.listen_url(), 0)
    before = server.holdings()
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: one_session(server.listen_url(), number), range(SESSIONS)))
    assert server.holdings() == before
    assert len(deepgram.calls) == SESSIONS + 1
    assert deepgram.all_closed()
