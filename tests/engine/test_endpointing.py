"""Endpointing as a pure function of the VAD: each sample here is the probability that the VAD gives its frame."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from transcribe.engine.endpointing import (
    FRAME,
    HARD_CUT_S,
    SAMPLE_RATE,
    SOFT_CUT_S,
    TAIL,
    Endpointer,
    Event,
    Samples,
    Segment,
    SpeechStarted,
    UtteranceEnd,
)


def sound(*spans: tuple[float, float]) -> Samples:
    """Samples for spans of (probability, seconds), in whole frames."""
    return np.concatenate([np.full(round(s * SAMPLE_RATE / FRAME) * FRAME, p, np.float32) for p, s in spans])


def endpointer(endpointing_ms: int | None = 500, utterance_end_ms: int | None = None) -> Endpointer:
    return Endpointer(lambda frame: float(frame[0]), endpointing_ms, utterance_end_ms)


def events(samples: Samples, stream: Endpointer | None = None, step: int = 1600) -> list[Event]:
    stream = stream or endpointer()
    fed = [event for i in range(0, len(samples), step) for event in stream.feed(samples[i : i + step])]
    return [*fed, stream.flush()]


def finals(happened: list[Event]) -> list[Segment]:
    return [event for event in happened if isinstance(event, Segment)]


SILENCE, UNSURE, SPEECH = 0.0, 0.8, 1.0
SHORT_S = 3 * FRAME / SAMPLE_RATE
BREATH = sound((UNSURE, SHORT_S), (SPEECH, SHORT_S * 2 / 3), (UNSURE, SHORT_S), (SILENCE, 1))
WORD = sound((UNSURE, SHORT_S), (SPEECH, SHORT_S), (SILENCE, 1))


@pytest.mark.parametrize("step", [1, 160, 512, 1600, 48_000])
def test_finals_cover_the_stream_without_holes_or_overlaps(step: int) -> None:
    samples = sound((SILENCE, 2), (SPEECH, 3), (SILENCE, 8), (SPEECH, 25), (SILENCE, 0.2))[:-100]
    if step == 1:
        samples = samples[: 6 * SAMPLE_RATE]
    segments = finals(events(samples, step=step))
    assert segments[0].start == 0
    assert segments[-1].end == len(samples)
    assert all(a.end == b.start for a, b in itertools.pairwise(segments))


def test_a_pause_of_the_endpointing_time_ends_a_segment_with_speech_final() -> None:
    segments = finals(events(sound((SPEECH, 1), (SILENCE, 1), (SPEECH, 1), (SILENCE, 1))))
    spoken = [segment for segment in segments if segment.speech is not None]
    assert [segment.speech_final for segment in spoken] == [True, True]
    assert spoken[0].end == pytest.approx(1.5 * SAMPLE_RATE, abs=FRAME)


def test_a_shorter_pause_does_not() -> None:
    segments = finals(events(sound((SPEECH, 1), (SILENCE, 0.4), (SPEECH, 1), (SILENCE, 1))))
    assert sum(segment.speech is not None for segment in segments) == 1


def test_speech_keeps_its_pre_roll() -> None:
    samples = sound((SILENCE, 2), (SPEECH, 1), (SILENCE, 1))
    happened = events(samples)
    [started] = [event for event in happened if isinstance(event, SpeechStarted)]
    [spoken] = [segment for segment in finals(happened) if segment.speech is not None]
    assert started.at == pytest.approx(2 * SAMPLE_RATE, abs=FRAME)
    assert started.at - spoken.start == pytest.approx(0.32 * SAMPLE_RATE, abs=FRAME)
    assert spoken.speech is not None
    assert np.array_equal(spoken.speech[: spoken.end - spoken.start], samples[spoken.start : spoken.end])


def test_one_voiced_frame_is_not_speech() -> None:
    assert all(s.speech is None for s in finals(events(sound((SILENCE, 1), (SPEECH, 0.032), (SILENCE, 1)))))


def test_a_breath_is_no_speech_and_a_short_word_is() -> None:
    assert all(segment.speech is None for segment in finals(events(BREATH)))
    assert any(segment.speech is not None for segment in finals(events(WORD)))


def test_no_interim_is_made_of_a_breath() -> None:
    stream = endpointer()
    list(stream.feed(BREATH[: -SAMPLE_RATE // 2]))
    assert stream.interim() is None


def test_the_silence_that_was_heard_is_drawn_out_after_speech() -> None:
    hiss = 0.01
    [spoken] = [s for s in finals(events(sound((SPEECH, 1), (hiss, 1)))) if s.speech is not None]
    assert spoken.speech is not None
    assert np.count_nonzero(spoken.speech == np.float32(hiss)) == TAIL


def test_silence_is_reported_as_it_passes() -> None:
    stream = endpointer()
    segments = list(stream.feed(sound((SILENCE, 10))))
    assert len(segments) == 3
    assert all(isinstance(s, Segment) and s.is_final and s.speech is None and not s.speech_final for s in segments)


def test_long_speech_is_cut_at_a_dip_without_speech_final() -> None:
    happened = events(sound((SPEECH, SOFT_CUT_S + 1), (SILENCE, 0.13), (SPEECH, 1), (SILENCE, 1)))
    spoken = [segment for segment in finals(happened) if segment.speech is not None]
    assert [segment.speech_final for segment in spoken] == [False, True]


def test_speech_without_any_dip_is_cut_at_the_limit() -> None:
    spoken = [s for s in finals(events(sound((SPEECH, 2 * HARD_CUT_S + 1)))) if s.speech is not None]
    assert [s.end - s.start for s in spoken[:2]] == [pytest.approx(HARD_CUT_S * SAMPLE_RATE, abs=FRAME)] * 2


def test_the_pause_after_a_cut_still_brings_speech_final() -> None:
    happened = finals(events(sound((SPEECH, HARD_CUT_S), (SILENCE, 1))))
    assert next(s.speech_final for s in happened if s.end > HARD_CUT_S * SAMPLE_RATE + FRAME)


def test_endpointing_false_never_ends_a_sentence() -> None:
    stream = endpointer(endpointing_ms=None)
    happened = list(stream.feed(sound((SPEECH, 1), (SILENCE, 5))))
    assert finals(happened) == []


def test_an_utterance_ends_once_after_its_silence() -> None:
    happened = events(sound((SPEECH, 1), (SILENCE, 3)), endpointer(utterance_end_ms=1000))
    [ended] = [event for event in happened if isinstance(event, UtteranceEnd)]
    assert ended.last_voiced == pytest.approx(SAMPLE_RATE, abs=FRAME)
    assert happened.index(ended) > next(i for i, e in enumerate(happened) if isinstance(e, Segment) and e.speech_final)


def test_an_interim_covers_the_open_segment_and_comes_again_only_after_more_speech() -> None:
    stream = endpointer()
    list(stream.feed(sound((SPEECH, 1))))
    interim = stream.interim()
    assert interim is not None
    assert (interim.start, interim.is_final) == (0, False)
    assert stream.interim() is None
    list(stream.feed(sound((SPEECH, 0.5))))
    assert stream.interim() is not None


def test_the_first_interim_comes_with_less_speech_than_the_others() -> None:
    stream = endpointer()
    list(stream.feed(sound((SPEECH, 0.32))))
    assert stream.interim() is not None
    list(stream.feed(sound((SPEECH, 0.32))))
    assert stream.interim() is None


def test_each_pause_brings_one_interim_for_its_final() -> None:
    stream = endpointer()
    list(stream.feed(sound((SPEECH, 1), (SILENCE, 0.16))))
    assert stream.interim() is not None
    list(stream.feed(sound((SILENCE, 0.16))))
    settled = stream.interim()
    assert settled is not None
    assert settled.settled
    [final] = finals(list(stream.feed(sound((SILENCE, 0.3)))))
    assert (settled.start, settled.voiced) == (final.start, final.voiced)
    assert stream.interim() is None


def test_there_is_no_interim_in_silence() -> None:
    stream = endpointer()
    list(stream.feed(sound((SILENCE, 2))))
    assert stream.interim() is None


def test_flush_ends_open_speech() -> None:
    stream = endpointer()
    list(stream.feed(sound((SPEECH, 1))[:-100]))
    segment = stream.flush()
    assert segment.speech is not None
    assert segment.end == stream.position == round(1 * SAMPLE_RATE / FRAME) * FRAME - 100
