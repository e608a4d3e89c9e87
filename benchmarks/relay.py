"""The relay beside its peers: what a chunk and its result cost, and how long they take, by the number of sessions.

Load, relay and upstream are processes of their own that share the machine; the relay is one worker. The latency is of
the whole way, from the load's send to the result's arrival there; the first row of a size has no relay in between.
"""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass

import psutil

from benchmarks.load import Answer, Load
from benchmarks.tables import table
from tests.running import ROOT, TOKEN, RunningApp, free_port

SIZES = (50, 200, 500, 1000)
SECONDS = 8.0
LOG_CHARACTERS = 4000
START_S = 20
OPTIONS = "encoding=linear16&sample_rate=16000"
WARM_SESSIONS = 10
NONE = "none"
OURS = "this app"
STARTER = "Flask starter"
LIMIT = "aiohttp + uvloop"
TUTORIAL = "tutorial (Channels)"
PEERS = (LIMIT, STARTER, TUTORIAL)
SYSTEMS = (NONE, OURS, *PEERS)


@dataclass(frozen=True)
class Cost:
    """What one system took at one size; times in seconds, memory in bytes, each but the times a session's share."""

    system: str
    sessions: int
    cpu_s: float
    """Of a chunk and its result together."""
    p50_s: float
    p99_s: float
    connect_p50_s: float
    connect_p99_s: float
    memory: float
    files: float
    failures: int
    """Sessions that were not opened or were broken, and chunks without an answer in time."""


@contextmanager
def process(*arguments: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process of the benchmarks; ended when it is over. What it said last is told where that was an error."""
    with tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, *arguments]
        running = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            yield running
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-LOG_CHARACTERS:])
            raise
        finally:
            running.kill()  # Daphne does not heed SIGTERM while it is late
            running.wait()


def said(running: subprocess.Popen[str]) -> str:
    """The next line of a process."""
    assert running.stdout
    return running.stdout.readline().strip()


@contextmanager
def system(name: str, upstream: str) -> Iterator[tuple[int | None, str]]:
    """Starts a relay of that name before the upstream; yields its process id and where to listen."""
    if name == NONE:
        yield None, f"{upstream}/v1/listen"
        return
    if name == OURS:
        # more sessions than asked for: the limits are not what is measured
        with RunningApp("gunicorn", DEEPGRAM_URL=upstream, DEEPGRAM_API_KEY="k", MAX_SESSIONS="2000") as app:
            yield app.pid, app.listen_url()
        return
    port = free_port()
    arguments = {
        LIMIT: ["-m", "benchmarks.peers.bare_aiohttp", str(port), upstream],
        STARTER: ["-m", "benchmarks.peers.flask_starter", str(port), upstream],
        TUTORIAL: ["-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "benchmarks.peers.tutorial:application"],
    }[name]
    with process(*arguments, DEEPGRAM_URL=upstream) as relay:
        wait_until_open(port)
        yield relay.pid, f"ws://127.0.0.1:{port}/listen"


def wait_until_open(port: int) -> None:
    """Returns when something listens there."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "a server does not start"
            time.sleep(0.05)
        else:
            return


def measure(name: str, sessions: int, seconds: float) -> Cost:
    """Starts the system afresh and puts the load on it."""
    port = free_port()
    with (
        process("-m", "benchmarks.upstream", str(port)) as far,
        system(name, f"ws://127.0.0.1:{port}") as (pid, url),
    ):
        assert said(far) == "ready"
        load = Load(f"{url}?{OPTIONS}", WARM_SESSIONS, 0.5, 0, {"Authorization": f"Token {TOKEN}"})
        with loaded(load) as warm:
            warm.communicate()
        before = holdings(pid)
        load.sessions, load.seconds, load.settle_s = sessions, seconds, seconds / 5
        with loaded(load) as running:
            assert said(running) == "measuring"
            began = holdings(pid)
            assert said(running) == "measured"
            ended = holdings(pid)
            answer = Answer(**json.loads(said(running)))
    return Cost(
        name,
        sessions,
        (ended.cpu_s - began.cpu_s) / (answer.answered or math.nan),
        *answer.latency_s,
        *answer.connect_s,
        (ended.memory - before.memory) / sessions,
        (ended.files - before.files) / sessions,
        answer.unopened + answer.broken + answer.unanswered,
    )


def loaded(load: Load) -> AbstractContextManager[subprocess.Popen[str]]:
    """The load as a process."""
    return process("-m", "benchmarks.load", json.dumps(asdict(load)))


@dataclass(frozen=True)
class Holdings:
    """What a tree of processes holds: CPU time in seconds, memory in bytes, open files."""

    cpu_s: float
    memory: int
    files: int


def holdings(pid: int | None) -> Holdings:
    """Looks at a process and all below it."""
    process = psutil.Process(pid) if pid else None
    tree = [process, *process.children(recursive=True)] if process else []
    times = [one.cpu_times() for one in tree]
    return Holdings(
        sum(each.user + each.system for each in times),
        sum(one.memory_info().rss for one in tree),
        sum(one.num_fds() for one in tree),
    )


def report(costs: list[Cost]) -> str:
    """The ratios that count, then what was measured."""
    ratios = []
    for ours in (cost for cost in costs if cost.system == OURS):
        peers = {cost.system: cost.cpu_s for cost in costs if cost.sessions == ours.sessions}
        ratios.append([ours.sessions, *(ours.cpu_s / peers[peer] if peers[peer] else None for peer in PEERS)])
    rows = []
    for cost in costs:
        relayed = cost.system != NONE
        rows.append(
            [
                cost.sessions,
                cost.system,
                cost.cpu_s * 1e6 if relayed else None,
                cost.p50_s * 1e3,
                cost.p99_s * 1e3,
                cost.connect_p50_s * 1e3,
                cost.connect_p99_s * 1e3,
                cost.memory / 1e3 if relayed else None,
                cost.files if relayed else None,
                cost.failures,
            ]
        )
    head = [
        "sessions",
        "relay",
        "CPU, us",
        "p50, ms",
        "p99, ms",
        "connect p50, ms",
        "p99, ms",
        "kB",
        "files",
        "failures",
    ]
    return "\n\n".join(
        (
            "CPU of a chunk and its result, this app's against",
            table(["sessions", *PEERS], ratios),
            "Memory and files are a session's; failures are sessions that broke and chunks without an answer",
            table(head, rows),
        )
    )


def run(quick: bool) -> str:
    """Measures every system at every size."""
    sizes, seconds = ((5,), 1.0) if quick else (SIZES, SECONDS)
    costs = []
    for sessions in sizes:
        for name in SYSTEMS:
            print(f"{sessions} sessions, {name}", file=sys.stderr, flush=True)
            costs.append(measure(name, sessions, seconds))
    return report(costs)
