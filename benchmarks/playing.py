"""A client of Deepgram's live protocol that plays a tape in real time and notes when each result comes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.clips import Tape
from tests.speech import RATE

CHUNK_S = 0.25
CLOSE_S = 5  # after the end of the tape, for the last finals
QUERY = f"encoding=linear16&sample_rate={RATE}&channels=1&language=en&interim_results=true&punctuate=true"


@dataclass(frozen=True)
class Result:
    """`came` is when it came and `until` how far into the tape it goes, both in seconds from the tape's start."""

    came: float
    until: float
    is_final: bool
    text: str


@dataclass(frozen=True)
class Played:
    """What one stream brought; `complete` where the server closed it in time."""

    tape: Tape
    results: list[Result]
    complete: bool


async def play(port: int, tape: Tape, after_s: float = 0, *, real_time: bool = True) -> Played:
    """Plays the tape, each chunk sent when a microphone would have filled it, and waits for the last final."""
    await asyncio.sleep(after_s)
    results: list[Result] = []
    async with connect(f"ws://127.0.0.1:{port}/v1/listen?{QUERY}", compression=None, max_size=None) as client:
        started = time.monotonic()

        async def receive() -> None:
            async for text in client:
                message = json.loads(text)
                if message["type"] == "Results":
                    transcript = message["channel"]["alternatives"][0]["transcript"]
                    until = message["start"] + message["duration"]
                    results.append(Result(time.monotonic() - started, until, message["is_final"], transcript))

        receiver = asyncio.create_task(receive())
        with contextlib.suppress(ConnectionClosed):
            await _send(client, tape, started if real_time else 0)
        done, _ = await asyncio.wait([receiver], timeout=CLOSE_S)
        receiver.cancel()
    return Played(tape, results, bool(done))


async def _send(client: ClientConnection, tape: Tape, started: float) -> None:
    size = round(CHUNK_S * RATE)
    for first in range(0, len(tape.samples), size):
        chunk = tape.samples[first : first + size]
        await asyncio.sleep(started + (first + len(chunk)) / RATE - time.monotonic())
        await client.send(chunk.tobytes())
    await client.send(json.dumps({"type": "CloseStream"}))
