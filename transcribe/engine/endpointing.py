"""Samples to segments: where speech begins, where it ends, and what is to be recognised. Pure: the VAD comes as a call.

The final segments of a stream cover it without holes or overlaps, silence included, as Deepgram's finals do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono samples at SAMPLE_RATE, from -1 to 1."""

SAMPLE_RATE = 16_000  # Hz, what the VAD and the recogniser take
FRAME = 512  # samples, 32 ms: the window of the VAD
ONSET_PROBABILITY = 0.5
ONSET_FRAMES = 2  # speech begins after this many voiced frames in a row
SURE_PROBABILITY = 0.9
WORD_FRAMES = 3  # sure: a breath has 2, in which the model hears "You"; the shortest words have 3 to 5
OFFSET_PROBABILITY = 0.35  # below it a frame counts as silence
PRE_ROLL = 10 * FRAME  # 320 ms before the onset: soft consonants come before the VAD hears them
SOFT_CUT_S = 10.0  # past this a segment is cut at the next short dip
SOFT_CUT_FRAMES = 3
HARD_CUT_S = 14.0  # past this anywhere: the model was trained on short segments
SILENCE_S = 3.0  # silence is reported in steps of this
FIRST_INTERIM_S = 0.2  # speech before the first interim
INTERIM_S = 0.4  # speech between two interims
INTERIM_SHARE = 0.1  # of a long segment between two interims: each recognises all of it again
SETTLED = 8 * FRAME  # 256 ms of silence after which a segment is recognised as it will be at its end
TAIL = 20 * FRAME  # 640 ms: the model errs a fifth less where silence of this length follows the speech
TONE = 4 * FRAME  # of the silence that was heard, repeated to make up the tail


@dataclass(frozen=True)
class SpeechStarted:
    """`at`: samples from the start of the stream."""

    at: int


@dataclass(frozen=True)
class Segment:
    """A span of the stream, in samples. `speech` is what to recognise, None in silence; `voiced` is where it ends."""

    start: int
    end: int
    speech: Samples | None
    is_final: bool
    speech_final: bool = False
    voiced: int = 0

    @property
    def settled(self) -> bool:
        """Enough silence follows the speech for the text to stay the same with more."""
        return self.end - self.voiced >= SETTLED


@dataclass(frozen=True)
class UtteranceEnd:
    """`last_voiced`: the end of the last voiced frame, in samples from the start of the stream."""

    last_voiced: int


Event = SpeechStarted | Segment | UtteranceEnd


class Endpointer:
    """One stream. `vad` gives the probability of speech in one frame of FRAME samples.

    `endpointing_ms` is the silence that ends a segment, None for never; `utterance_end_ms` the one that ends an
    utterance, None for no such event.
    """

    def __init__(
        self, vad: Callable[[Samples], float], endpointing_ms: int | None, utterance_end_ms: int | None = None
    ) -> None:
        self._vad = vad
        self._endpoint_frames = _frames(endpointing_ms)
        self._utterance_frames = _frames(utterance_end_ms)
        self._rest: Samples = np.zeros(0, np.float32)  # less than a frame
        self._held: list[Samples] = []  # frames since `covered`, or the last of them in silence
        self._position = 0  # samples that the VAD has heard
        self._covered = 0  # samples that finals have covered
        self._speaking = False
        self._voiced_frames = 0  # in a row, up to the onset
        self._sure_frames = 0  # of the voiced, before the onset and after it
        self._silent_frames = 0  # in a row
        self._last_voiced = 0
        self._interim_at = 0
        self._sentence_open = False  # no speech_final yet since the onset
        self._utterance_open = False  # no UtteranceEnd yet since the onset

    @property
    def position(self) -> int:
        """Samples fed so far."""
        return self._position + len(self._rest)

    def feed(self, samples: Samples) -> Iterator[Event]:
        """Yields the events of `samples`, in order."""
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= FRAME:
            frame, self._rest = self._rest[:FRAME], self._rest[FRAME:]
            yield from self._hear(frame)

    def interim(self) -> Segment | None:
        """Returns the open segment so far, if there was enough speech since the last one, or now silence after it."""
        if not self._holds_a_word or not (self._interim_is_due or self._pause_is_new):
            return None
        self._interim_at = self._position
        return Segment(self._covered, self._position, self._speech(), is_final=False, voiced=self._last_voiced)

    def flush(self) -> Segment:
        """Ends whatever is open, up to the last sample."""
        if len(self._rest):
            self._held.append(self._rest)
            self._position += len(self._rest)
            self._rest = self._rest[:0]
        return self._cut(speech_final=self._speaking)

    def _hear(self, frame: Samples) -> Iterator[Event]:
        probability = self._vad(frame)
        self._position += FRAME
        self._held.append(frame)
        if probability < OFFSET_PROBABILITY:
            self._silent_frames += 1
        else:
            self._silent_frames = 0
            if self._speaking:
                self._last_voiced = self._position
        if probability >= ONSET_PROBABILITY:
            self._voiced_frames += not self._speaking
            self._sure_frames += probability >= SURE_PROBABILITY
        elif not self._speaking:
            self._voiced_frames = self._sure_frames = 0
        if self._speaking:
            yield from self._maybe_cut()
        elif self._voiced_frames >= ONSET_FRAMES:
            yield from self._begin()
        elif self._sentence_open and self._at_endpoint:
            yield self._cut(speech_final=True)
        elif self._position - self._covered >= SILENCE_S * SAMPLE_RATE + PRE_ROLL:
            yield self._silence()
        if self._utterance_open and self._utterance_frames and self._silent_frames >= self._utterance_frames:
            self._utterance_open = False
            yield UtteranceEnd(self._last_voiced)

    def _begin(self) -> Iterator[Event]:
        if self._position - self._covered > PRE_ROLL + ONSET_FRAMES * FRAME:
            yield self._silence()
        self._speaking = self._sentence_open = self._utterance_open = True
        self._last_voiced = self._position
        self._interim_at = self._position - round((INTERIM_S - FIRST_INTERIM_S) * SAMPLE_RATE)
        yield SpeechStarted(self._position - ONSET_FRAMES * FRAME)

    def _silence(self) -> Segment:
        """Covers the silence up to the pre-roll, which belongs to the speech that may follow."""
        kept = (PRE_ROLL // FRAME) + self._voiced_frames
        silence = Segment(self._covered, self._position - kept * FRAME, None, is_final=True)
        self._held = self._held[-kept:]
        self._covered = silence.end
        return silence

    def _maybe_cut(self) -> Iterator[Event]:
        seconds = (self._position - self._covered) / SAMPLE_RATE
        if self._at_endpoint:
            yield self._cut(speech_final=True)
        elif seconds >= HARD_CUT_S or (seconds >= SOFT_CUT_S and self._silent_frames >= SOFT_CUT_FRAMES):
            yield self._cut(speech_final=False)

    @property
    def _holds_a_word(self) -> bool:
        return self._speaking and self._sure_frames >= WORD_FRAMES

    @property
    def _interim_is_due(self) -> bool:
        interval = max(INTERIM_S * SAMPLE_RATE, INTERIM_SHARE * (self._position - self._covered))
        return self._last_voiced - self._interim_at >= interval

    @property
    def _pause_is_new(self) -> bool:
        settled = self._last_voiced + SETTLED
        return self._interim_at < settled <= self._position

    @property
    def _at_endpoint(self) -> bool:
        return self._endpoint_frames is not None and self._silent_frames >= self._endpoint_frames

    def _cut(self, *, speech_final: bool) -> Segment:
        speech = self._speech() if self._holds_a_word else None
        segment = Segment(self._covered, self._position, speech, True, speech_final, self._last_voiced)
        self._held = []
        self._covered = self._position
        self._speaking = False
        self._voiced_frames = self._sure_frames = 0
        self._sentence_open &= not speech_final
        return segment

    def _speech(self) -> Samples:
        samples = np.concatenate(self._held)
        silence = self._position - self._last_voiced
        if silence < SETTLED:
            return samples
        return np.concatenate([samples, np.resize(samples[-TONE:], max(0, TAIL - silence))])


def _frames(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else max(1, round(milliseconds / 1000 * SAMPLE_RATE / FRAME))
