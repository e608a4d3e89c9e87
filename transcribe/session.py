"""One live session: two threads (greenlets under gevent) that relay between a client and its upstream.

The handler's own thread takes audio and control messages up; the worker brings texts down, each as it came. Whoever
sees the end closes the client with a code; `look` ends what either would wait for too long.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
import time
import uuid

from transcribe import metrics
from transcribe.client_socket import ClientSocket
from transcribe.failure import CloseCode, SessionFailure
from transcribe.meter import LimitReached, Meter
from transcribe.options import Options
from transcribe.upstream import Live, Upstream, lost
from transcribe.wire import Closed

KEEPALIVE_S = 4  # Deepgram closes after 10 s without audio or text (NET-0001)
SILENT_S = 20  # an upstream that says nothing while audio flows, or after CloseStream, is given up: silence has results
DRAIN_S = 0.6  # for the last words when the server ends a session; clients send again what was not transcribed
OBSERVE_S = 1  # between two texts whose latency is counted: counting costs a tenth of relaying
FLOWING_S = 2  # audio flows as long as no pause in it is longer
LAST_WORDS = (b'{"type": "Finalize"}', b'{"type": "CloseStream"}')  # Finalize marks them: they may end in mid-word
CONTROL_TYPES = ("KeepAlive", "Finalize", "CloseStream", "Configure")
INTERIM = re.compile(rb'"is_final"\s*:\s*false')  # quotes inside of a transcript are escaped

log = logging.getLogger(__name__)


class Session:
    """Relays until either side ends; `run` leaves no thread and no connection behind."""

    def __init__(self, client: ClientSocket, upstream: Upstream, options: Options, meter: Meter, who: str) -> None:
        self._client = client
        self._upstream = upstream
        self._options = options
        self._meter = meter
        self._who = who
        self._id = uuid.uuid4().hex[:8]
        self._closing = False  # CloseStream was sent
        self._draining = False  # and it was the server that sent it
        self._limit: LimitReached | None = None  # because of this, else because it restarts
        self._over = threading.Event()
        self._live: Live | None = None
        self._open_s = 0.0
        self._audio_at = 0.0
        self._heard_at = self._tended_at = time.monotonic()

    def run(self) -> None:
        """Opens the upstream and relays. Audio that comes before it is open waits in the client's socket."""
        started = time.monotonic()
        try:
            with self._upstream.connect(self._options) as live:
                self._heard_at = self._tended_at = time.monotonic()
                self._open_s = self._heard_at - started
                self._live = live
                metrics.UPSTREAM_OPEN_SECONDS.observe(self._open_s)
                worker = threading.Thread(target=self._relay_down, args=(live,), name=f"session-{self._id}")
                worker.start()
                try:
                    self._relay_up(live)
                finally:
                    worker.join()
        except SessionFailure as failure:
            self._upstream_failed(failure)
        except Exception:
            self._fail()
        finally:
            self._over.set()
            self._client.linger()
            self._note_end(time.monotonic() - started)

    def _note_end(self, seconds: float) -> None:
        code = str(self._client.close_code or "left")
        failure = self._client.failure
        metrics.SESSIONS.labels(code).inc()
        self._meter.settle()
        log.info(
            "session id=%s %s seconds=%.1f open_ms=%.0f audio_bytes=%d audio_seconds=%.1f close=%s variant=%s",
            self._id,
            self._who,
            seconds,
            self._open_s * 1000,
            self._meter.audio_bytes,
            self._meter.audio_s,
            code,
            failure.variant if failure else "-",
        )

    def drain(self, limit: LimitReached | None = None) -> None:
        """Ends the session as the server stops or a limit is reached: with the last words, if they come in time."""
        self._limit = limit
        self._closing = self._draining = True
        with contextlib.suppress(Closed):
            if self._live:
                for text in LAST_WORDS:
                    self._live.send_control(text)
        self._over.wait(DRAIN_S)
        self._close_drained()

    def _close_drained(self) -> None:
        self._client.close(self._limit.code if self._limit else CloseCode.RESTARTING, self._limit)

    def _upstream_failed(self, failure: SessionFailure) -> None:
        metrics.UPSTREAM_FAILURES.labels(failure.variant).inc()
        self._client.close(failure.code, failure)

    def _fail(self) -> None:
        log.exception("session %s failed", self._id)
        failure = SessionFailure(CloseCode.UPSTREAM_FAILED, "INTERNAL", "The server failed: start again.")
        self._client.close(failure.code, failure)

    def look(self) -> None:
        """Ends what takes too long, and tends a session whose client is silent. Called every second; never waits."""
        live, now = self._live, time.monotonic()
        self._client.look()
        if live:
            live.look()
            if self._unanswered(now):
                live.abort()
            if now - self._tended_at > KEEPALIVE_S:
                self._tended_at = now
                threading.Thread(target=self._tend, args=(live,)).start()

    def _tend(self, live: Live) -> None:
        try:
            self._client.ping()
            if not self._closing:
                self._meter.check()
                live.keep_alive()
        except Closed:
            pass  # whoever receives is told too
        except LimitReached as limit:
            self.drain(limit)
            live.close()

    def _relay_up(self, live: Live) -> None:
        try:
            while True:
                message = self._client.receive()
                self._tended_at = time.monotonic()
                if not self._draining:
                    self._meter.came(message)
                if message.text:
                    self._closing |= _control_type(message.data) == "CloseStream"
                    live.send_control(message.data)
                elif message.data and not self._draining:  # Deepgram takes an empty frame for the end
                    live.send_audio(message.data)
                    self._audio_at = self._tended_at
        except Closed:
            pass  # by the client; or by the upstream, then the worker still has its last texts to bring down
        except LimitReached as limit:
            self.drain(limit)
        except SessionFailure as failure:
            self._client.close(failure.code, failure)
        except Exception:
            self._fail()
        finally:
            live.close()

    def _relay_down(self, live: Live) -> None:
        observed_at = 0.0
        try:
            while True:
                text = live.receive()
                self._heard_at = time.monotonic()
                self._meter.went(text)
                if not (self._client.is_slow() and INTERIM.search(text)):
                    self._client.send(text)
                    if self._heard_at - observed_at > OBSERVE_S:
                        observed_at = self._heard_at
                        metrics.RELAY_SECONDS.observe(time.monotonic() - observed_at)
        except Closed as closed:
            if self._draining:
                self._close_drained()
            elif self._closing and closed.code == CloseCode.DONE:
                self._client.close(CloseCode.DONE)
            elif not self._client.gone:
                self._upstream_failed(lost(closed))
        except Exception:
            self._fail()
        finally:
            live.close()

    def _unanswered(self, now: float) -> bool:
        waiting = self._closing or now - self._audio_at < FLOWING_S
        return waiting and now - self._heard_at > SILENT_S


def _control_type(text: bytes) -> str:
    """The type of a client's text message; raises SessionFailure for what is not one that the protocol knows."""
    try:
        kind = json.loads(text)["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        kind = None
    if kind not in CONTROL_TYPES:
        known = ", ".join(CONTROL_TYPES)
        raise SessionFailure(
            CloseCode.POLICY, "BAD_MESSAGE", f"A text message must be JSON whose type is one of {known}."
        )
    return str(kind)
