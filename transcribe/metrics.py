"""What operators watch, in Prometheus' words; added up over all workers where gunicorn's master made room for that."""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own: read as it is imported
RELAY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
HANDSHAKE_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5)

SESSIONS_OPEN = Gauge("transcription_sessions_open", "Sessions that are open.", multiprocess_mode="livesum")
SESSIONS = Counter("transcription_sessions", "Sessions that ended, by close code.", ["code"])
REFUSED = Counter("transcription_refused", "Requests for a session that were refused, by error code.", ["code"])
AUDIO_SECONDS = Counter("transcription_audio_seconds", "Transcribed seconds of audio, as the upstream tells them.")
UPSTREAM_FAILURES = Counter("transcription_upstream_failures", "Failures of the upstream, by variant.", ["variant"])
UPSTREAM_OPEN_SECONDS = Histogram(
    "transcription_upstream_open_seconds", "How long the upstream took to open.", buckets=HANDSHAKE_BUCKETS_S
)
RELAY_SECONDS = Histogram(
    "transcription_relay_seconds", "From an upstream's text to its being sent to the client.", buckets=RELAY_BUCKETS_S
)


def text() -> bytes:
    """All of them in Prometheus' text format."""
    if DIRECTORY_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
