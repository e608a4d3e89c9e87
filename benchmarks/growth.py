"""What each cost becomes as the transcript, the session or the number of sessions grows, with a plot of each."""

from __future__ import annotations

import tempfile
import urllib.request
from pathlib import Path

import psutil

from benchmarks import relay
from benchmarks.chromium import Talk, chromium, ours
from benchmarks.load import CHUNK_S
from benchmarks.page import states
from benchmarks.plots import Figure, Series

RESULTS = Path(__file__).parent / "results"
TURNS = (10, 30, 100, 300, 1000, 3000, 10_000)
HOURS = (0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
MESSAGES = 60  # of each kind, at each point
SESSIONS = (1, 10, 100, 300, 1000)
RELAY_S = 8.0
LEAST_CHUNKS = 100  # CPU time is told in hundredths of a second
TURN_S = 5.0
INTERIMS = 4  # a turn: the transcriber says something each second


def run(quick: bool) -> str:
    """Makes a table and a plot of each figure; a quick run's plots go where nobody keeps them."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if quick else RESULTS
        folder.mkdir(exist_ok=True)
        parts = []
        for part in PARTS:
            for figure in part(quick):
                figure.save(folder)
                parts.append(f"{figure.table()}\n\n![{figure.y} by {figure.x}]({figure.name}.svg)")
    return "\n\n".join(parts)


def transcript_length(quick: bool) -> list[Figure]:
    """An update and the heap, from a few turns to ten thousand: ours and its peers'."""
    with chromium() as browser:
        found = states(browser, *(((10, 100), 10) if quick else (TURNS, MESSAGES)))
    updates, heaps = [], []
    for name, of_page in found.items():
        if of_page[0].interim:
            updates.append(Series(f"{name}, interim", {state.turns: state.interim.median for state in of_page}))
        updates.append(Series(f"{name}, final", {state.turns: state.final.median for state in of_page}))
        heaps.append(Series(f"{name}, scripts", {state.turns: state.heap.scripts for state in of_page}))
        heaps.append(Series(f"{name}, with layout", {state.turns: state.heap.all for state in of_page}))
    return [
        Figure("update-by-turns", "turns", "ms", updates, is_log=True),
        Figure("heap-by-turns", "turns", "MB", heaps, is_log=True),
    ]


def session_length(quick: bool) -> list[Figure]:
    """The page and the server's worker under the texts of one session of hours, said as fast as the page takes them."""
    scripts, everything = Series("page, scripts", {}), Series("page, with layout", {})
    memory = Series("worker", {})
    interim, final = Series("page, interim", {}), Series("page, final", {})
    cpu = Series("worker's CPU, any message", {})
    with chromium() as browser, ours(browser, "probed", TURN_S) as (talk, app):
        urllib.request.urlopen(f"{app.url}unmetered").close()
        [*_, worker] = app.processes()
        messages = 10 if quick else MESSAGES
        for hours in (0.1, 0.2) if quick else HOURS:
            cpu.points[hours] = _cpu_ms(worker, talk, round(hours * 3600 / TURN_S))
            interim.points[hours] = talk.interim(messages).median
            final.points[hours] = talk.final(messages).median
            scripts.points[hours], everything.points[hours] = talk.heap()
            memory.points[hours] = worker.memory_info().rss / 1e6
    return [
        Figure("memory-by-hours", "hours", "MB", [scripts, everything, memory]),
        Figure("update-by-hours", "hours", "ms", [interim, final, cpu]),
    ]


def sessions(quick: bool) -> list[Figure]:
    """What a chunk and its result take, by how many sessions there are: ours and the limit."""
    cpu, latency, memory = [], [], []
    for system in (relay.OURS, relay.LIMIT):
        costs = [
            relay.measure(system, count, 0.5 if quick else max(RELAY_S, LEAST_CHUNKS / count * CHUNK_S))
            for count in ((2, 4) if quick else SESSIONS)
        ]
        cpu.append(Series(system, {cost.sessions: cost.cpu_s * 1e6 for cost in costs}))
        latency.append(Series(f"{system}, median", {cost.sessions: cost.p50_s * 1e3 for cost in costs}))
        latency.append(Series(f"{system}, p99", {cost.sessions: cost.p99_s * 1e3 for cost in costs}))
        memory.append(Series(system, {cost.sessions: cost.memory * cost.sessions / 1e6 for cost in costs}))
    return [
        Figure("cpu-by-sessions", "sessions", "us of CPU a chunk and its result", cpu, is_log=True),
        Figure("latency-by-sessions", "sessions", "ms", latency, is_log=True),
        Figure("memory-by-sessions", "sessions", "MB", memory, is_log=True),
    ]


def _cpu_ms(worker: psutil.Process, talk: Talk, turns: int) -> float:
    """What a message costs the worker while the transcript grows to so many turns."""
    before, sent = sum(worker.cpu_times()[:2]), talk.sent
    talk.grow(turns, INTERIMS)
    return 1000 * (sum(worker.cpu_times()[:2]) - before) / (talk.sent - sent)


PARTS = (transcript_length, session_length, sessions)
