"""What sessions leave behind in their worker: nothing."""

from __future__ import annotations

import json
import time
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


def counts(probed: RunningApp) -> dict[str, int]:
    """What the worker holds once its sessions are over and nothing changes any more."""
    before: dict[str, int] = {}
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        held: dict[str, int] = probed.get_json("probe")
        if held == before and not probed.get_json("healthz")["sessions"]:
            break
        before = held
        time.sleep(0.5)
    return before


def test_200_sessions_leave_no_greenlet_thread_descriptor_or_connection(
    probed: RunningApp, deepgram: FakeDeepgram
) -> None:
    one_session(probed.listen_url(), 0)
    before = counts(probed)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: one_session(probed.listen_url(), number), range(SESSIONS)))
    assert counts(probed) == before
    assert len(deepgram.calls) == SESSIONS + 1
    assert all(call.closed.wait(5) for call in deepgram.calls)
