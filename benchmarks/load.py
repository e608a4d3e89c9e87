"""Many sessions at once, a process of its own: each sends a chunk every 250 ms and waits for what comes back.

`python -m benchmarks.load '{"url": …}'`, the fields of `Load` as JSON. It prints a line when all sessions are open and
the measured time begins, and one at its end: `Answer` as JSON. A chunk begins with a stamp, the time it was sent at;
whatever a relay makes of the Results, their transcript carries it back.
"""

from __future__ import annotations

import asyncio
import gc
import json
import math
import resource
import statistics
import sys
import time
from dataclasses import asdict, dataclass, field

import uvloop
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CHUNK_BYTES = 1024  # 250 ms of opus at 32 kbit/s, as MediaRecorder makes it
CHUNK_S = 0.25
STAMP_BYTES = 18  # '#', 16 figures of nanoseconds, '#'
LATE_S = 2  # an answer that comes later after the measured time counts as none
HANDSHAKE_S = 15


@dataclass
class Load:
    """What to do: `sessions` at `url`, `opened_per_s`, which settle for `settle_s` and are measured for `seconds`."""

    url: str
    sessions: int
    seconds: float
    settle_s: float
    headers: dict[str, str] = field(default_factory=dict)
    opened_per_s: int = 100


@dataclass
class Answer:
    """What came of it: the median and the 99th percentile, in seconds, of opening a session and of answering a chunk.

    `unopened` and `broken` are sessions; `answered` and `unanswered` are chunks.
    """

    connect_s: tuple[float, float]
    latency_s: tuple[float, float]
    unopened: int
    broken: int
    answered: int
    unanswered: int


class Caller(WSListener):  # type: ignore[misc]
    """One session: sends stamps, takes them back."""

    def __init__(self, latencies: list[float]) -> None:
        self._latencies = latencies
        self._padding = bytes(CHUNK_BYTES - STAMP_BYTES)
        self.transport: WSTransport | None = None
        self.measured: set[int] = set()
        self.broken = False
        self.ending = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Notes where to send to."""
        self.transport = transport

    def send(self, measured: bool) -> None:
        """Sends one chunk; its answer counts if it is `measured`."""
        assert self.transport
        now = time.monotonic_ns()
        if measured:
            self.measured.add(now)
        self.transport.send(WSMsgType.BINARY, b"#%016d#" % now + self._padding)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Finds the stamp in whatever the relay made of the Results."""
        if frame.msg_type == WSMsgType.TEXT:
            payload = frame.get_payload_as_bytes()
            at = payload.find(b"#")
            if at >= 0:
                sent = int(payload[at + 1 : at + STAMP_BYTES - 1])
                if sent in self.measured:
                    self.measured.remove(sent)
                    self._latencies.append((time.monotonic_ns() - sent) / 1e9)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Counts a session that the relay ended."""
        self.transport = None
        self.broken = not self.ending

    def end(self) -> None:
        """Leaves as a page does that was closed."""
        self.ending = True
        if self.transport:
            self.transport.send_close(WSCloseCode.OK)
            self.transport.disconnect()


async def run(load: Load) -> Answer:
    """Opens the sessions, lets them send, counts."""
    connects: list[float] = []
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    callers: list[Caller] = []
    ends_at: float | None = None
    begins_at: float | None = None

    def tick(caller: Caller, at: float) -> None:
        if caller.transport and not caller.ending:
            measured = begins_at is not None and ends_at is not None and begins_at <= at < ends_at
            caller.send(measured)
            loop.call_at(at + CHUNK_S, tick, caller, at + CHUNK_S)

    async def open_one() -> None:
        started = time.monotonic()  # the loop's own clock counts milliseconds
        try:
            _, caller = await ws_connect(
                lambda: Caller(latencies),
                load.url,
                extra_headers=load.headers,
                websocket_handshake_timeout=HANDSHAKE_S,
            )
        except (Exception, asyncio.CancelledError):  # refused, reset, late: a session that the relay did not carry
            return
        connects.append(time.monotonic() - started)
        callers.append(caller)
        loop.call_soon(tick, caller, loop.time())  # if it breaks now it is one session that broke

    opening = []
    for _ in range(load.sessions):
        opening.append(loop.create_task(open_one()))
        await asyncio.sleep(1 / load.opened_per_s)
    await asyncio.gather(*opening)
    await asyncio.sleep(load.settle_s)
    gc.collect()
    gc.disable()
    begins_at = loop.time()
    ends_at = begins_at + load.seconds
    print("measuring", flush=True)
    await asyncio.sleep(load.seconds)
    print("measured", flush=True)
    deadline = loop.time() + LATE_S
    while any(caller.measured for caller in callers) and loop.time() < deadline:
        await asyncio.sleep(CHUNK_S)
    for caller in callers:
        caller.end()
    await asyncio.sleep(CHUNK_S)
    return Answer(
        quantiles(connects),
        quantiles(latencies),
        unopened=load.sessions - len(callers),
        broken=sum(caller.broken for caller in callers),
        answered=len(latencies),
        unanswered=sum(len(caller.measured) for caller in callers),
    )


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile; not a number where there is none."""
    if not seconds:
        return math.nan, math.nan
    seconds = sorted(seconds)
    return statistics.median(seconds), seconds[int(len(seconds) * 0.99)]


def let_open_many_files() -> None:
    """Raises the soft limit of open files to the hard one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    let_open_many_files()
    print(json.dumps(asdict(uvloop.run(run(Load(**json.loads(sys.argv[1])))))), flush=True)
