"""What is logged: a line for each session and each refusal. Never: a transcript, a key, a token, a query."""

from __future__ import annotations

import functools
import logging
import re

from transcribe import metrics
from transcribe.failure import Refused

log = logging.getLogger(__name__)


def configure(level: str) -> None:
    """Sends this app's records to standard error from `level` up."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("transcribe").setLevel(level)
    logging.getLogger("websockets").setLevel(logging.WARNING)  # its DEBUG records hold whole messages
    logging.getLogger("werkzeug").addFilter(_drop_query)


def refused(client: str, refusal: Refused) -> None:
    """Notes that a session was not let in."""
    metrics.REFUSED.labels(refusal.code).inc()
    log.info("refused client=%s status=%d code=%s", client, refusal.status, refusal.code)


@functools.cache
def unknown_proxy() -> None:
    """Warns, once, of a proxy that no setting speaks of."""
    log.warning("X-Forwarded-For came, but TRUSTED_PROXIES is 0: all clients of that proxy count as one address")


def _drop_query(record: logging.LogRecord) -> bool:
    """Takes the query out of the development server's access log: keyterms are the user's own words."""
    if isinstance(record.args, tuple):
        record.args = tuple(re.sub(r"\?\S*", "", arg) if isinstance(arg, str) else arg for arg in record.args)
    return True
