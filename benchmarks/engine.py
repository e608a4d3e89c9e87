"""Real speech in real time, in chunks of 250 ms, to the embedded engine and to each of its peers in turn.

One stream plays all clips: word error rate, delays, and CPU per second of audio. Then streams are added until finals
come late. Delays count from the sound itself: an utterance begins and ends where its loudness does.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Callable, Sequence
from typing import NamedTuple

from benchmarks.clips import LIBRIVOX, Tape, all_clips, word_error_rate
from benchmarks.peers.systems import Running, running, systems
from benchmarks.playing import CHUNK_S, Played, play
from benchmarks.tables import table

LATE_S = 2.0
LATE_SHARE = 0.05  # of the finals may be late before the streams count as too many
LEVEL_S = 20  # a tenth more than it carries is 2 s late by then
COVER_S = 0.3  # a final that ends this much before the utterance still covers it
WARM_UP_S = 2.5


class Measured(NamedTuple):
    """One system, all clips played to it once; delays are medians, CPU is per second of audio."""

    name: str
    word_error_rate: float | None
    first_interim_s: float | None
    final_s: float | None
    cpu_s: float
    streams: int
    memory_mb: float


def run(quick: bool) -> str:
    """Returns the ratios that count, then the table of all systems."""
    tape = all_clips()
    warm_up = tape.turned(0, WARM_UP_S)
    level_s = LEVEL_S
    if quick:
        tape, level_s = tape.turned(0, WARM_UP_S), 1
    rows = []
    for system in systems():
        with running(system, warm_up) as server:
            before_s = server.cpu_s()
            played = asyncio.run(play(server.port, tape))
            cpu_s = server.cpu_s() - before_s
            streams = 1 if quick else _most(lambda count, at=server: _carries(at, tape, count, level_s))
            rows.append(
                Measured(
                    system.name,
                    word_error_rate(tape.words, _text(played)) if tape.words else None,
                    _median(first_interims(played)),
                    _median(finals(played)),
                    cpu_s / tape.seconds,
                    streams,
                    server.memory_mb(),
                )
            )
    return report(rows) + (
        "" if LIBRIVOX.exists() else "\n\nWithout the clips of Debian's pocketsphinx-testdata: it is not installed."
    )


def report(rows: Sequence[Measured]) -> str:
    """The first against the others, then what was measured."""
    ours, *peers = rows
    ratios = [
        [peer.name, ours.cpu_s / peer.cpu_s, ours.streams / peer.streams if peer.streams else None] for peer in peers
    ]
    head = ["system", "WER", "first interim s", "final s", "CPU s per s", f"streams on {os.cpu_count()} cores", "MB"]
    return f"{table([f'{ours.name} against', 'CPU', 'streams'], ratios)}\n\n{table(head, rows)}"


def finals(played: Played) -> list[float]:
    """Returns how long after the end of each utterance the final comes that covers it."""
    found = []
    for _, end in played.tape.utterances():
        final = next((r for r in played.results if r.is_final and r.text and r.until >= end - COVER_S), None)
        if final:
            found.append(final.came - end)
    return found


def first_interims(played: Played) -> list[float]:
    """Returns how long after the start of each utterance its first interim comes: the first with words that follows the
    final of the utterance before.
    """
    found = []
    results = iter(played.results)
    for start, end in played.tape.utterances():
        interim = None
        for result in results:
            if not interim and result.text and not result.is_final and result.came > start:
                interim = result
            if result.is_final and result.until >= end - COVER_S:
                break
        if interim:
            found.append(interim.came - start)
    return found


def _carries(server: Running, tape: Tape, streams: int, seconds: float) -> bool:
    """Plays the tape on as many streams, each from another place of it; true if few finals come late."""

    async def play_all() -> list[Played]:
        return await asyncio.gather(
            *(
                play(server.port, tape.turned(tape.seconds * n / streams, seconds), CHUNK_S * n / streams)
                for n in range(streams)
            )
        )

    late = [delay > LATE_S for played in asyncio.run(play_all()) for delay in _delays(played)]
    return sum(late) <= LATE_SHARE * len(late)


def _delays(played: Played) -> list[float]:
    delays = [r.came - played.tape.spoken_until(r.until) for r in played.results if r.is_final and r.text]
    return delays if played.complete else [*delays, float("inf")]


def _most(carries: Callable[[int], bool]) -> int:
    """Returns the most streams that it carries, to an eighth."""
    low, high = 0, 4
    while carries(high):
        low, high = high, high * 2
    while high - low > max(1, low // 8):
        middle = (low + high) // 2
        low, high = (middle, high) if carries(middle) else (low, middle)
    return low


def _text(played: Played) -> str:
    return " ".join(result.text for result in played.results if result.is_final)


def _median(seconds: list[float]) -> float | None:
    return statistics.median(seconds) if seconds else None
