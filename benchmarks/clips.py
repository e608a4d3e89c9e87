"""Real speech whose words are known: two clips of moonshine-voice's wheel, five of Debian's pocketsphinx-testdata."""

from __future__ import annotations

import re
import wave
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
from numpy.typing import NDArray

from tests.speech import RATE, WORDS, pcm

LIBRIVOX = Path("/usr/share/pocketsphinx/test/data/librivox")
GAP_S = 1.0  # silence before, between and after the clips
FRAME_S = 0.02
VOICED_DB = -25  # of the clip's loudest frame: what is louder counts as speech
PAUSE_S = 0.6  # quiet for this long parts two utterances: longer than any endpointing here
BREATH_S = 0.3  # a shorter sound is no utterance


@dataclass(frozen=True)
class Tape:
    """Samples at RATE, the words in them, and which frames of FRAME_S hold speech."""

    samples: NDArray[np.int16]
    words: str
    voiced: NDArray[np.bool_]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    def turned(self, by_s: float, seconds: float) -> Tape:
        """Returns `seconds` of the tape, played round and round, from `by_s` on; without the words."""
        frames = np.arange(round(by_s / FRAME_S), round((by_s + seconds) / FRAME_S)) % len(self.voiced)
        samples = self.samples.reshape(len(self.voiced), -1)[frames].ravel()
        return Tape(samples, "", self.voiced[frames])

    def utterances(self) -> list[tuple[float, float]]:
        """Returns when each stretch of speech between pauses begins and ends, in seconds."""
        spoken = np.flatnonzero(self.voiced)
        breaks = np.flatnonzero(np.diff(spoken) * FRAME_S > PAUSE_S)
        starts = spoken[np.concatenate([[0], breaks + 1])] * FRAME_S
        ends = (spoken[np.concatenate([breaks, [-1]])] + 1) * FRAME_S
        return [(start, end) for start, end in zip(starts, ends, strict=True) if end - start >= BREATH_S]

    def spoken_until(self, second: float) -> float:
        """Returns when the last speech before `second` ends, 0 where there is none."""
        spoken = np.flatnonzero(self.voiced[: round(second / FRAME_S)])
        return (int(spoken[-1]) + 1) * FRAME_S if len(spoken) else 0.0


def all_clips() -> Tape:
    """Returns one tape of all clips; without Debian's package of the two that come with moonshine-voice."""
    clips = [(np.frombuffer(pcm(name), np.int16), words) for name, words in WORDS.items()]
    if LIBRIVOX.exists():
        lines = (LIBRIVOX / "transcription").read_text().splitlines()
        clips += [_librivox(*match.groups()) for line in lines if (match := re.match(r"<s> (.*) </s> \((.*)\)", line))]
    tapes = [_tape(samples, words) for samples, words in clips]
    return Tape(
        np.concatenate([tape.samples for tape in tapes]),
        " ".join(tape.words for tape in tapes),
        np.concatenate([tape.voiced for tape in tapes]),
    )


def word_error_rate(words: str, heard: str) -> float:
    """The share of words wrong, missing or added; case, punctuation and the spelling of titles aside."""
    rate: float = jiwer.wer(_plain(words), _plain(heard))
    return rate


def _plain(text: str) -> str:
    words = re.sub(r"[^\w' ]", " ", text.lower()).split()
    return " ".join({"mr": "mister"}.get(word, word) for word in words)


def _librivox(words: str, name: str) -> tuple[NDArray[np.int16], str]:
    with wave.open(str(LIBRIVOX / f"{name}.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16), words


def _tape(samples: NDArray[np.int16], words: str) -> Tape:
    """The clip with half a gap before and after it, in whole frames."""
    frame, gap = round(FRAME_S * RATE), round(GAP_S / 2 * RATE)
    padded = np.pad(samples, (gap, gap + -len(samples) % frame))
    loudness = np.sqrt(np.mean(padded.reshape(-1, frame).astype(float) ** 2, axis=1))
    return Tape(padded, words, loudness > loudness.max() * 10 ** (VOICED_DB / 20))
