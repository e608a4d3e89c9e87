"""The app as a user runs it: a process of its own, under `flask run` or gunicorn."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
from websockets.sync import client
from websockets.sync.client import ClientConnection

from transcribe.settings import Settings

ROOT = Path(__file__).parent.parent
COMMANDS = {
    "flask": [sys.executable, "-m", "flask", "run"],
    "gunicorn": [sys.executable, "-m", "gunicorn", "app:create_app()"],
    "probed": [sys.executable, "-m", "gunicorn", "tests.fakes.probed:create_app()"],
    "Procfile": ["sh", "-c", (ROOT / "Procfile").read_text().removeprefix("web: ")],
}
SETTINGS = [field.name.upper() for field in dataclasses.fields(Settings)]
TOKEN = "a-token-for-the-tests"
SECRET_KEY = "a key that outlives restarts"
START_S = 20


@dataclass(frozen=True)
class Answer:
    """What the app answers to one HTTP request."""

    status: int
    headers: Message
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def cookie(self) -> str:
        return self.headers["Set-Cookie"].partition(";")[0]


class RunningApp:
    """Starts it with these environment variables, waits until it answers; `stop` ends it."""

    def __init__(self, kind: str, **environ: str) -> None:
        self.port = int(environ.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}/"
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        unset = dict.fromkeys(SETTINGS, "")  # a developer's own .env stays out
        self._process = subprocess.Popen(
            COMMANDS[kind],
            cwd=ROOT,
            env=os.environ
            | unset
            | {
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOST": "127.0.0.1",
                "PORT": str(self.port),
                "WEB_CONCURRENCY": "1",
                "API_TOKENS": TOKEN,
                "SECRET_KEY": SECRET_KEY,
            }
            | environ,
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

    def __enter__(self) -> RunningApp:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def listen_url(self, path: str = "listen", **options: str) -> str:
        query = urllib.parse.urlencode(options)
        return f"ws://127.0.0.1:{self.port}/{path}" + (f"?{query}" if query else "")

    def request(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """Asks once: no redirect is followed, no status raises. Header names are written with `_` for `-`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, f"/{path}", body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        connection.close()
        return answer

    def cookie(self) -> str:
        """The cookie that the page is given."""
        return self.request("").cookie

    def get_json(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return json.load(response)

    def wait_for_no_sessions(self) -> None:
        deadline = time.monotonic() + 10
        while self.get_json("healthz")["sessions"]:
            assert time.monotonic() < deadline, "a session does not end"
            time.sleep(0.02)

    def holdings(self) -> dict[str, int]:
        """What a probed app's worker holds once its sessions are over and nothing changes any more."""
        before: dict[str, int] = {}
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            held: dict[str, int] = self.get_json("probe")
            if held == before and not self.get_json("healthz")["sessions"]:
                break
            before = held
            time.sleep(0.3)
        return before

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


def connect(url: str, token: str | None = TOKEN, **options: Any) -> ClientConnection:
    """Connects as a program does, with a token of the app's."""
    headers = {"Authorization": f"Token {token}"} if token else {}
    return client.connect(url, additional_headers=headers | options.pop("headers", {}), **options)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
