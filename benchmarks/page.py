"""The page beside Deepgram's: its weight, its first paint, and what a message costs it as the transcript grows."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from benchmarks.chromium import Cost, Heap, PeerServer, Talk, chromium, new_page, ours, starter, tutorial
from benchmarks.tables import table
from tests.fakes.deepgram import FakeDeepgram
from tests.running import RunningApp

TURNS = (10, 1000, 10_000)
MESSAGES = 100  # of each kind, at each length
LOADS = 15

# What the page loads, and which modules, with all that they import, are kept from it to find what it needs for less.
PARTS = {
    "until the transcript is shown": ["controls"],
    "until Start works": ["exporting", "history", "search", "settings-form"],
    "all, when idle": [],
}

READY = """new MutationObserver(() => {
    if (document.documentElement?.hasAttribute("data-ready")) window.readyAt ??= performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });"""
PAINTED = """new Promise((resolve) => new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) if (name === "first-contentful-paint") resolve(startTime);
}).observe({ type: "paint", buffered: true }))"""


class Asked(NamedTuple):
    """One request of a page."""

    url: str
    bytes: int
    sent_bytes: int


class Load(NamedTuple):
    """One load of a page: what it asked for, and when it could be seen and used."""

    asked: list[Asked]
    painted_ms: float
    ready_ms: float | None


class State(NamedTuple):
    """A page at some length of its transcript."""

    turns: int
    interim: Cost | None
    final: Cost
    heap: Heap


def run(quick: bool) -> str:
    """Measures our page and its peers in one browser, one after the other."""
    turns, messages, loads = ((10, 100), 20, 2) if quick else (TURNS, MESSAGES, LOADS)
    with chromium() as browser:
        first_loads, updates = _first_loads(browser, loads), _updates(browser, turns, messages)
    return f"{updates}\n\n{first_loads}"


def states(browser: Browser, turns: Sequence[int], messages: int) -> dict[str, list[State]]:
    """Each page's at these lengths."""
    with ours(browser) as (talk, _):
        found = {"ours": [_state(talk, length, messages) for length in turns]}
    for name, peer in (("tutorial", tutorial), ("starter", starter)):
        with peer(browser) as talk:
            found[name] = [_state(talk, length, messages) for length in turns]
    return found


def _state(talk: Talk, turns: int, messages: int) -> State:
    talk.grow(turns)
    return State(turns, talk.interim(messages), talk.final(messages), talk.heap())


def _updates(browser: Browser, turns: Sequence[int], messages: int) -> str:
    found = states(browser, turns, messages)
    last = {name: of_page[-1] for name, of_page in found.items()}
    ratios = [
        [what, *(_ratio(of(last["ours"]), of(last[peer])) for peer in ("tutorial", "starter"))]
        for what, of in ASPECTS.items()
    ]
    rows = [
        [name, state.turns, *_figures(state.interim), *_figures(state.final), *state.heap]
        for name, of_page in found.items()
        for state in of_page
    ]
    head = ["page", "turns", "interim, ms", "p99", "final, ms", "p99", "scripts, MB", "with layout, MB"]
    return f"{table([f'ours against, at {turns[-1]} turns', 'tutorial', 'starter'], ratios)}\n\n{table(head, rows)}"


ASPECTS: dict[str, Callable[[State], float | None]] = {
    "an interim": lambda state: state.interim and state.interim.median,
    "a final": lambda state: state.final.median,
    "memory of scripts": lambda state: state.heap.scripts,
    "memory with layout": lambda state: state.heap.all,
}


def _ratio(our: float | None, theirs: float | None) -> float | None:
    return None if our is None or theirs is None else our / theirs


def _figures(cost: Cost | None) -> Sequence[float | None]:
    return cost or (None, None)


def _first_loads(browser: Browser, count: int) -> str:
    fake = FakeDeepgram()
    with contextlib.closing(fake), RunningApp("gunicorn", DEEPGRAM_URL=fake.url) as app:
        weights = [["ours", part, *_weight(_load(browser, app.url, without))] for part, without in PARTS.items()]
        our_loads = [_load(browser, app.url) for _ in range(count)]
    with PeerServer("tutorial.html") as server:
        their_loads = [_load(browser, server.url) for _ in range(count)]
    weights.append(["tutorial", "all", *_weight(their_loads[0])])
    times = [_times("ours", our_loads), _times("tutorial", their_loads)]
    weight = table(["page", "", "kB", "kB as sent", "requests", "of third parties"], weights)
    return f"{weight}\n\n{table(['page', 'first paint, ms', 'Start works, ms'], times)}"


def _load(browser: Browser, url: str, without: Sequence[str] = ()) -> Load:
    page = new_page(browser)
    devtools = page.context.new_cdp_session(page)
    urls: dict[str, str] = {}  # by request, as the next two
    came: dict[str, int] = {}
    sent: dict[str, int] = {}

    def add(event: dict[str, Any]) -> None:
        came[event["requestId"]] = came.get(event["requestId"], 0) + event["dataLength"]

    devtools.on("Network.requestWillBeSent", lambda event: urls.update({event["requestId"]: event["request"]["url"]}))
    devtools.on("Network.dataReceived", add)
    devtools.on("Network.loadingFinished", lambda event: sent.update({event["requestId"]: event["encodedDataLength"]}))
    devtools.send("Network.enable")
    page.add_init_script(READY)
    for module in without:
        page.route(f"**/{module}.js", lambda route: route.abort())
    page.goto(url, wait_until="networkidle")
    painted_ms = page.evaluate(PAINTED)
    ready_ms = page.evaluate("window.readyAt ?? null")
    page.context.close()
    asked = [
        Asked(url, came.get(request, 0), sent.get(request, 0))
        for request, url in urls.items()
        if not url.endswith(tuple(f"/{module}.js" for module in without))
    ]
    return Load(asked, painted_ms, ready_ms)


def _weight(load: Load) -> list[float | int]:
    host = urlsplit(load.asked[0].url).netloc
    return [
        sum(each.bytes for each in load.asked) / 1000,
        sum(each.sent_bytes for each in load.asked) / 1000,
        len(load.asked),
        sum(urlsplit(each.url).netloc != host for each in load.asked),
    ]


def _times(name: str, loads: Sequence[Load]) -> list[object]:
    ready = [load.ready_ms for load in loads if load.ready_ms is not None]
    return [name, statistics.median(load.painted_ms for load in loads), statistics.median(ready) if ready else None]
