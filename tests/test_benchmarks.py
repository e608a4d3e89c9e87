"""The benchmarks run, small: what their figures are is for `make bench` to say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.running import ROOT

SHOWN = {
    "relay": ("aiohttp + uvloop", "this app", "Flask starter", "tutorial (Channels)"),
    "engine": ("this app", "faster-whisper", "pocketsphinx"),
    "page": ("first paint", "tutorial", "starter"),
    "growth": ("cpu-by-sessions.svg", "memory-by-hours.svg", "update-by-turns.svg"),
}


@pytest.mark.long
@pytest.mark.parametrize("part", SHOWN)
def test_a_quick_run_shows_every_system_and_keeps_nothing(part: str) -> None:
    kept = {path: path.stat().st_mtime for path in (ROOT / "benchmarks/results").iterdir()}
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", part, "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=180
    )
    assert run.returncode == 0, run.stderr
    for system in SHOWN[part]:
        assert system in run.stdout
    assert {path: path.stat().st_mtime for path in (ROOT / "benchmarks/results").iterdir()} == kept
