"""The loss meter: sound whose place can be read back.

Each half second of the wav is a tone of its own, and the far side hears tone 7 as the word w0007. It can also fail on
the way, as upstreams do.
"""

from __future__ import annotations

import json
import socket
import struct
import wave
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.fakes.deepgram import Call, results
from transcribe.engine.decoding import decode_container

Fault = Callable[[Call], None]

RATE = 16_000
TONE_S = 0.5
LEAD_S = 1.0
LOWEST_HZ = 300
STEP_HZ = 60
WINDOW = RATE // 20  # 50 ms
LEAST_WINDOWS = 4  # a shorter piece of a tone is the rest of one that was heard before
SILENCE_WINDOWS = 20  # silence is reported in steps of this


def write_tones(path: Path, count: int, trail_s: float = 2) -> float:
    """Writes tones 1 to `count` between silences; returns the length in seconds."""
    time = np.arange(int(TONE_S * RATE)) / RATE
    ramp = np.minimum(1, np.minimum(time, time[::-1]) / 0.01)
    tones = [0.4 * ramp * np.sin(2 * np.pi * (LOWEST_HZ + STEP_HZ * k) * time) for k in range(1, count + 1)]
    lead, trail = np.zeros(int(LEAD_S * RATE)), np.zeros(int(trail_s * RATE))
    sound = (np.concatenate([lead, *tones, trail]) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return len(sound) / RATE


def words(count: int) -> list[str]:
    return [f"w{k:04}" for k in range(1, count + 1)]


def hear_tones(call: Call, on_word: Callable[[int], None] = lambda heard: None) -> None:
    """Plays the far side: a final for each tone, Metadata and 1000 after CloseStream; `on_word` gets their number."""
    covered = position = run = heard = 0
    last = 0
    said = False  # the tone under way, because of a Finalize

    def final(tone: int, end: int, *, from_finalize: bool = False) -> None:
        nonlocal covered, heard
        start, seconds = covered * WINDOW / RATE, (end - covered) * WINDOW / RATE
        text = f"w{tone:04}" if tone else ""
        message = results(text, start, seconds, from_finalize=from_finalize)
        if tone:
            word = {"word": text, "start": (end - run) * WINDOW / RATE, "end": end * WINDOW / RATE, "confidence": 1}
            message["channel"]["alternatives"][0]["words"] = [word]  # type: ignore[index]
        call.send(**message)
        covered = end
        if tone:
            heard += 1
            on_word(heard)

    def finalize() -> None:
        nonlocal said
        cut = last and not said and run >= LEAST_WINDOWS
        final(last if cut else 0, position, from_finalize=True)
        said = said or bool(cut)

    for tone in _tones(call, finalize):
        if tone != last:
            if last and run >= LEAST_WINDOWS and not said:
                final(last, position)
            last, run, said = tone, 0, False
        run += 1
        position += 1
        if not tone and position - covered >= SILENCE_WINDOWS:
            final(0, position)
    final(last if run >= LEAST_WINDOWS and not said else 0, position)
    call.send(type="Metadata", request_id="r", duration=position * WINDOW / RATE, channels=1)


def _tones(call: Call, finalize: Callable[[], None]) -> Iterator[int]:
    """The tone of each window, 0 for silence."""
    rest = np.zeros(0, np.float32)
    for samples in decode_container(Audio(call, finalize)):
        rest = np.concatenate([rest, samples])
        while len(rest) >= WINDOW:
            window, rest = rest[:WINDOW], rest[WINDOW:]
            if np.sqrt(np.mean(window**2)) < 0.02:
                yield 0
            else:
                spectrum = np.abs(np.fft.rfft(window * np.hanning(WINDOW), 8192))
                yield max(0, round((np.argmax(spectrum) * RATE / 8192 - LOWEST_HZ) / STEP_HZ))


class Audio:
    """A call's audio as a file."""

    def __init__(self, call: Call, finalize: Callable[[], None] = lambda: None) -> None:
        self._messages = call.messages()
        self._finalize = finalize
        self._unread = b""
        self._ended = False

    def read(self, size: int) -> bytes:
        while not self._unread and not self._ended:
            message = next(self._messages, None)
            if isinstance(message, bytes):
                self._unread = message
            elif message and json.loads(message)["type"] == "Finalize":
                self._finalize()
            else:
                self._ended = message is None or json.loads(message)["type"] == "CloseStream"
        data, self._unread = self._unread[:size], self._unread[size:]
        return data


class Failed(Exception):
    """The far side's part is over."""


def fails(faults: dict[int, Fault], after_words: int = 4) -> Fault:
    """A far side that hears tones, and on the connections of these numbers fails after some words."""
    connections = iter(range(1000))

    def script(call: Call) -> None:
        fault = faults.get(next(connections))

        def on_word(heard: int) -> None:
            if fault and heard == after_words:
                fault(call)
                raise Failed

        with suppress(Failed):
            hear_tones(call, on_word)

    return script


def reset(call: Call) -> None:
    call.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.connection.socket.shutdown(socket.SHUT_RD)
    call.connection.socket.close()


def hang_up(call: Call) -> None:
    call.connection.socket.shutdown(socket.SHUT_RDWR)


def close(code: int, reason: str = "") -> Fault:
    return lambda call: call.connection.close(code, reason)


def talk_nonsense(call: Call) -> None:
    call.connection.send("this is not JSON")
    call.connection.send('{"type": "Novelty", "text": "?"}')
    call.connection.send('{"type": "Novelty", "text": "' + 2_000_000 * "x" + '"}')
    call.connection.close(1011)


def fall_silent(call: Call) -> None:
    for _ in call.messages():
        pass
