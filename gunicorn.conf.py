"""How gunicorn serves the app: gevent workers, and one embedded engine that they share."""

from typing import Any

import gevent

from transcribe.engine import launcher
from transcribe.settings import Settings

STOP_POLL_S = 0.1  # signal handlers may not block, so they cannot drain

_settings = Settings.load()

bind = f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"
workers = _settings.workers
worker_class = "gevent"
worker_connections = 4 * _settings.max_sessions + 100  # sockets, not sessions: at the limit even the page would wait
graceful_timeout = 10  # seconds; platforms kill 30 s after SIGTERM
control_socket_disable = True  # it would open a socket in the home folder
loglevel = _settings.log_level.lower()


def on_starting(server: object) -> None:
    """Starts the engine in the master, before it forks: the workers find it running."""
    if _settings.upstream_url is None:
        launcher.url()


def post_worker_init(worker: Any) -> None:
    """Drains the worker's sessions when it is told to stop: gunicorn itself would only wait for them."""

    def drain_when_stopped() -> None:
        while worker.alive:
            gevent.sleep(STOP_POLL_S)
        worker.wsgi.extensions["sessions"].drain()

    gevent.spawn(drain_when_stopped)
