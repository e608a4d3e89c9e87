"""The app as a user runs it: a process of its own, under `flask run` or gunicorn."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
COMMANDS = {
    "flask": ["-m", "flask", "run"],
    "gunicorn": ["-m", "gunicorn", "app:create_app()"],
    "probed": ["-m", "gunicorn", "tests.fakes.probed:create_app()"],
}
SETTINGS = ("DEEPGRAM_API_KEY", "DEEPGRAM_URL", "ALLOWED_ORIGINS", "MAX_SESSIONS", "PRICE_PER_MINUTE", "LOG_LEVEL")
START_S = 20


class RunningApp:
    """Starts it with these environment variables, waits until it answers; `stop` ends it."""

    def __init__(self, kind: str, **environ: str) -> None:
        self.port = int(environ.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}/"
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        unset = dict.fromkeys(SETTINGS, "") | {"WEB_CONCURRENCY": "1"}  # a developer's own .env stays out
        self._process = subprocess.Popen(
            [sys.executable, *COMMANDS[kind]],
            cwd=ROOT,
            env=os.environ | unset | {"HOST": "127.0.0.1", "PORT": str(self.port)} | environ,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.pid = self._process.pid
        started = time.monotonic()
        while not self._answers():
            assert self._process.poll() is None, self.log
            assert time.monotonic() - started < START_S, self.log
            time.sleep(0.02)
        self.start_s = time.monotonic() - started

    @property
    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def listen_url(self, path: str = "listen", **options: str) -> str:
        query = urllib.parse.urlencode(options)
        return f"ws://127.0.0.1:{self.port}/{path}" + (f"?{query}" if query else "")

    def get_json(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)

    def wait_for_no_sessions(self) -> None:
        deadline = time.monotonic() + 10
        while self.get_json("healthz")["sessions"]:
            assert time.monotonic() < deadline, "a session does not end"
            time.sleep(0.02)

    def processes(self) -> list[psutil.Process]:
        """The started process and all below it."""
        process = psutil.Process(self.pid)
        return [process, *process.children(recursive=True)]

    def engine(self) -> psutil.Process:
        [engine] = [process for process in self.processes() if "transcribe.engine" in process.cmdline()]
        return engine

    def stop(self, number: int = signal.SIGTERM) -> None:
        self._process.send_signal(number)
        self._process.wait(20)
        self._log.close()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "healthz", timeout=1):
                return True
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
