"""Keeps one embedded engine running for as long as this process, or one forked from it, lives.

The socket that the engine listens on is opened here and inherited by it. So its address is known at once, a session
that comes while the engine starts or restarts waits in the socket's backlog, and no two engines meet on one port.
Under gunicorn the master holds the engine and all workers share it. Only the standard library is imported: the master
runs this before gevent patches the workers.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import logging
import os
import socket
import sys
import threading
import time
from pathlib import Path

RESTART_S = 1  # between the end of one engine and the start of the next
BACKLOG = 128
FRUGAL_MALLOC = {  # glibc: memory goes back after a segment; 128 kB would take a quarter more CPU, 4 MB 30 MB more
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "524288",
    "MALLOC_TRIM_THRESHOLD_": "524288",
}
ROOT = str(Path(__file__).parents[2])

log = logging.getLogger(__name__)


@functools.cache
def url() -> str | None:
    """The base URL of this process's engine, started on the first call; None where the speech model has no build."""
    if importlib.util.find_spec("moonshine_voice") is None:
        return None
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listener.set_inheritable(True)
    # The engine's standard input: it lives until this ends, that is until the last process that holds the other end is
    # gone, kill -9 included. Signals that a platform or a terminal sends to all processes do not end it.
    lifeline, _ = os.pipe()
    threading.Thread(target=_keep_running, args=(listener, lifeline), name="engine-launcher", daemon=True).start()
    return f"ws://127.0.0.1:{listener.getsockname()[1]}"


def _keep_running(listener: socket.socket, lifeline: int) -> None:
    command = [sys.executable, "-m", "transcribe.engine", "--fd", str(listener.fileno())]
    environ = {
        **FRUGAL_MALLOC,
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")])),
    }
    while True:
        # Not subprocess.Popen: it reads a pipe to its end, which never comes if gunicorn forks a worker just then.
        engine = os.posix_spawn(command[0], command, environ, file_actions=[(os.POSIX_SPAWN_DUP2, lifeline, 0)])
        with contextlib.suppress(ChildProcessError):  # gunicorn's master collects its children itself
            os.waitpid(engine, 0)
        log.error("the embedded engine ended; starting it again")
        time.sleep(RESTART_S)
