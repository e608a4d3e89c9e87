"""What one session uses, held against what it may: how soon it sends, how fast, how long, how much in a day."""

from __future__ import annotations

import json
import math
import time

from transcribe import metrics
from transcribe.counts import Counts
from transcribe.failure import CloseCode, SessionFailure
from transcribe.options import Options
from transcribe.settings import Settings
from transcribe.wire import Message

FIRST_AUDIO_S = 8  # Deepgram waits for 10 s and then says less (NET-0001)
BURST_BYTES = 32 * 1024 * 1024  # ahead of real time: 17 minutes of 16 kHz linear16, or hours of a page's opus
BURST_S = 900  # and in transcribed seconds: a page keeps 10 minutes over an outage and sends them at once
REPLAY_RATE = 1.25  # Deepgram's own limit for audio that is sent again
CONTAINER_BYTES_PER_S = 192_000  # wav at 48 kHz in stereo; opus, mp3 and mp4 are far below
BYTES_PER_SAMPLE = {"linear32": 4, "mulaw": 1, "alaw": 1}  # the others: 2, or fewer as they are compressed
MESSAGE_BYTES = 64  # what a message costs beside its bytes, so that empty ones count too
CHECK_S = 1  # between two looks at what the transcriber says
DAY_IS_FULL = "This server has transcribed all the minutes that it may today: come back after midnight (UTC)."
TOO_FAST = ("TOO_FAST", "The audio comes far faster than real time: send it at the pace of speech.")


class LimitReached(SessionFailure):
    """A session came to the end of what it may use."""

    def __init__(self, variant: str, message: str) -> None:
        super().__init__(CloseCode.POLICY, variant, message)


class Meter:
    """One session's: told of every message of the client's and of every text for it."""

    def __init__(self, options: Options, settings: Settings, counts: Counts) -> None:
        self._max_s = settings.max_session_seconds
        self._max_day_s = (settings.max_minutes_per_day or math.inf) * 60
        self._counts = counts
        self._rate = _bytes_per_second(options) * REPLAY_RATE
        self._started = self._filled_at = self._checked_at = time.monotonic()
        self._allowance = float(BURST_BYTES)
        self._last_text = b""
        self.audio_bytes = 0
        self.audio_s = 0.0
        """Transcribed seconds, as the upstream tells them: what it bills."""

    def came(self, message: Message) -> None:
        """Counts what the client sent; raises LimitReached."""
        now = time.monotonic()
        if not message.text:
            self.audio_bytes += len(message.data)
        self._allowance = min(BURST_BYTES, self._allowance + (now - self._filled_at) * self._rate)
        self._allowance -= MESSAGE_BYTES + len(message.data)
        self._filled_at = now
        if self._allowance < 0:
            raise LimitReached(*TOO_FAST)
        if now - self._checked_at > CHECK_S:
            self.check()

    def check(self) -> None:
        """Holds what the session used against what it may; raises LimitReached."""
        self._checked_at = time.monotonic()
        elapsed = self._checked_at - self._started
        if elapsed > FIRST_AUDIO_S and not self.audio_bytes:
            raise LimitReached("NO_AUDIO", f"No audio came in {FIRST_AUDIO_S} seconds: connect when there is some.")
        if elapsed > self._max_s:
            raise LimitReached(
                "SESSION_TOO_LONG", f"A session may last {_duration(self._max_s)} on this server: start a new one."
            )
        if self.settle() >= self._max_day_s:
            raise LimitReached("DAILY_LIMIT", DAY_IS_FULL)
        if self.audio_s > elapsed * REPLAY_RATE + BURST_S:
            raise LimitReached(*TOO_FAST)

    def went(self, text: bytes) -> None:
        """Notes a text of the upstream's; it is looked at when it is time to check, if it is the last by then."""
        self._last_text = text

    def settle(self) -> float:
        """Adds what was transcribed since the last time to the day's seconds, if they are limited; returns them."""
        before, self.audio_s = self.audio_s, max(self.audio_s, _position(self._last_text))
        metrics.AUDIO_SECONDS.inc(self.audio_s - before)
        return 0.0 if math.isinf(self._max_day_s) else self._counts.add_seconds(self.audio_s - before)


def _bytes_per_second(options: Options) -> int:
    """What audio in real time takes, at most."""
    encoding = options.get("encoding")
    if encoding is None:
        return CONTAINER_BYTES_PER_S
    samples = int(str(options["sample_rate"])) * int(str(options.get("channels", 1)))
    return samples * BYTES_PER_SAMPLE.get(str(encoding), 2)


def _position(text: bytes) -> float:
    """How far the transcriber is, by one of its texts; 0 where it does not say."""
    try:
        message = json.loads(text)
        seconds = float(message["duration"]) + float(message.get("start", 0))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0


def _duration(seconds: int) -> str:
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
