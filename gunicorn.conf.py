"""How gunicorn serves the app: gevent workers, and what they share: one embedded engine, one key, one set of counts."""

import contextlib
import os
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Any

import gevent

from transcribe.counts import Counts
from transcribe.engine import launcher
from transcribe.settings import Settings, new_secret_key

STOP_POLL_S = 0.1  # signal handlers may not block, so they cannot drain
IDLE_SOCKETS = 2000  # held by clients that send no request, until `keepalive` is over
MOST_FILES = 65536

_settings = Settings.load()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "gevent"
worker_connections = 4 * _settings.max_sessions + IDLE_SOCKETS  # sockets: at the limit even the page would wait
keepalive = 5  # seconds, also for a new socket's first request; gunicorn's own 2 s cut slow phones off
graceful_timeout = 10  # seconds; platforms kill 30 s after SIGTERM
forwarded_allow_ips = ""  # TRUSTED_PROXIES alone decides what is believed of a proxy
control_socket_disable = True  # it would open a socket in the home folder
loglevel = _settings.log_level.lower()


def on_starting(server: Any) -> None:
    """Makes what the workers share, in the master, before it forks: they find it in the environment."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    if _settings.secret_key is None:
        os.environ["SECRET_KEY"] = new_secret_key()
    if _settings.state_directory is None:
        server.temporary = os.environ["STATE_DIRECTORY"] = tempfile.mkdtemp(prefix="transcription-")
    with contextlib.closing(_counts()) as counts:
        counts.forget_worker()
    metrics = Path(os.environ["STATE_DIRECTORY"], "metrics")
    shutil.rmtree(metrics, ignore_errors=True)  # of the start before
    metrics.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    if _settings.upstream_url is None:
        launcher.url()


def child_exit(server: object, worker: Any) -> None:
    """Gives back the places of a worker that could not do so itself."""
    from prometheus_client import multiprocess  # not earlier: it looks for its directory as it is imported

    with contextlib.closing(_counts()) as counts:
        counts.forget_worker(worker.pid)
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Removes the directory that was made for this start alone."""
    if hasattr(server, "temporary"):
        shutil.rmtree(server.temporary, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Drains the worker's sessions when it is told to stop: gunicorn itself would only wait for them."""

    def drain_when_stopped() -> None:
        while worker.alive:
            gevent.sleep(STOP_POLL_S)
        worker.wsgi.extensions["sessions"].drain()

    gevent.spawn(drain_when_stopped)


def _counts() -> Counts:
    return Counts(Path(os.environ["STATE_DIRECTORY"]))
