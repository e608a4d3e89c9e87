"""One live session: two threads (greenlets under gevent) that relay between a client and its upstream.

The handler's own thread takes audio and control messages up; the worker brings texts down, each as it came. Whoever
sees the end closes the client with a code, and each watches over the peer that the other one may wait for.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
import uuid

from transcribe.client_socket import ClientGone, ClientSocket
from transcribe.failure import CloseCode, SessionFailure
from transcribe.options import Options
from transcribe.upstream import Live, Upstream, UpstreamClosed, lost

KEEPALIVE_S = 4  # Deepgram closes after 10 s without audio or text (NET-0001)
STALL_S = 5  # a peer that takes nothing for this long is given up
SILENT_S = 20  # so is an upstream that says nothing while audio flows, or after CloseStream: silence has results too
FLOWING_S = 2  # audio flows as long as no pause in it is longer
SLOW_BYTES = 16 * 1024  # a client with more to read gets no interims: they would be old when it reads them
LAST_WORDS = ('{"type": "Finalize"}', '{"type": "CloseStream"}')  # Finalize marks them: they may end in mid-word
CONTROL_TYPES = ("KeepAlive", "Finalize", "CloseStream", "Configure")

log = logging.getLogger(__name__)


class Session:
    """Relays until either side ends; `run` leaves no thread and no connection behind."""

    def __init__(self, client: ClientSocket, upstream: Upstream, options: Options) -> None:
        self._client = client
        self._upstream = upstream
        self._options = options
        self._id = uuid.uuid4().hex[:8]
        self._audio_bytes = 0
        self._closing = False  # CloseStream was sent
        self._restarting = False  # and it was the server that sent it
        self._over = threading.Event()
        self._live: Live | None = None
        self._audio_at = 0.0
        self._sending_since: float | None = None

    def run(self) -> None:
        """Opens the upstream and relays. Audio that comes before it is open waits in the client's bounded backlog."""
        started = time.monotonic()
        try:
            with self._upstream.connect(self._options) as live:
                self._live = live
                worker = threading.Thread(target=self._relay_down, args=(live,), name=f"session-{self._id}")
                worker.start()
                try:
                    self._relay_up(live)
                finally:
                    worker.join()
        except SessionFailure as failure:
            self._client.close(failure.code, failure)
        except Exception:
            log.exception("session %s failed", self._id)
            self._client.close(CloseCode.UPSTREAM_FAILED, _internal())
        finally:
            self._over.set()
            self._client.linger()
            log.info(
                "session %s: %.1f s, %d bytes of audio, %s",
                self._id,
                time.monotonic() - started,
                self._audio_bytes,
                f"closed with {self._client.close_code}" if self._client.close_code else "the client left",
            )

    def drain(self, patience_s: float) -> None:
        """Ends the session because the server stops: with the last words, if they come in time, and code 1012."""
        self._closing = self._restarting = True
        with contextlib.suppress(UpstreamClosed):
            if self._live:
                for text in LAST_WORDS:
                    self._live.send_control(text)
        self._over.wait(patience_s)
        self._client.close(CloseCode.RESTARTING)

    def _relay_up(self, live: Live) -> None:
        try:
            while True:
                message = self._client.receive(KEEPALIVE_S)
                if self._client.stalled_s > STALL_S:
                    self._client.abort()
                self._sending_since = time.monotonic()
                if message is None:
                    if not self._closing:
                        live.keep_alive()
                elif isinstance(message, str):
                    self._closing |= _control_type(message) == "CloseStream"
                    live.send_control(message)
                elif message and not self._restarting:  # Deepgram takes an empty frame for the end
                    live.send_audio(message)
                    self._audio_bytes += len(message)
                    self._audio_at = time.monotonic()
                self._sending_since = None
        except ClientGone:
            live.close()
        except SessionFailure as failure:
            self._client.close(failure.code, failure)
            live.close()
        except UpstreamClosed:
            pass  # the worker still has its last texts to bring down

    def _relay_down(self, live: Live) -> None:
        heard_at = time.monotonic()
        try:
            while True:
                text = live.receive()
                if text is not None:
                    heard_at = time.monotonic()
                    if self._client.unread_bytes < SLOW_BYTES or not _is_interim(text):
                        self._client.send(text)
                elif self._client.gone or self._stalled_s > STALL_S or self._unanswered(heard_at):
                    live.abort()
        except ClientGone:
            live.abort()
        except UpstreamClosed as closed:
            if self._restarting:
                self._client.close(CloseCode.RESTARTING)
            elif self._closing and closed.code == CloseCode.DONE:
                self._client.close(CloseCode.DONE)
            else:
                failure = lost(closed)
                self._client.close(failure.code, failure)
        except Exception:
            log.exception("session %s failed", self._id)
            live.abort()
            self._client.close(CloseCode.UPSTREAM_FAILED, _internal())

    def _unanswered(self, heard_at: float) -> bool:
        now = time.monotonic()
        waiting = self._closing or now - self._audio_at < FLOWING_S
        return waiting and now - heard_at > SILENT_S

    @property
    def _stalled_s(self) -> float:
        since = self._sending_since
        return time.monotonic() - since if since else 0.0


def _control_type(text: str) -> str:
    """The type of a client's text message; raises SessionFailure for what is not one that the protocol knows."""
    try:
        kind = json.loads(text)["type"]
    except (ValueError, TypeError, KeyError):
        kind = None
    if kind not in CONTROL_TYPES:
        known = ", ".join(CONTROL_TYPES)
        raise SessionFailure(
            CloseCode.POLICY, "BAD_MESSAGE", f"A text message must be JSON whose type is one of {known}."
        )
    return str(kind)


def _is_interim(text: str) -> bool:
    try:
        message = json.loads(text)
        return bool(message["type"] == "Results" and message["is_final"] is False)
    except (ValueError, TypeError, KeyError):
        return False


def _internal() -> SessionFailure:
    return SessionFailure(CloseCode.UPSTREAM_FAILED, "INTERNAL", "The server failed: start again.")
