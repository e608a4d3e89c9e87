from __future__ import annotations

import io
import itertools

import numpy as np
import pytest

from tests.speech import encoded, pcm
from transcribe.engine.decoding import UNHEARD_S, DecodingError, decode_container
from transcribe.engine.endpointing import SAMPLE_RATE


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac"), ("wav", "pcm_s16le")])
def test_all_of_a_container_comes_out(container: str, codec: str) -> None:
    samples = np.concatenate(list(decode_container(io.BytesIO(encoded("beckett", container, codec)))))
    assert len(samples) / SAMPLE_RATE == pytest.approx(len(pcm("beckett")) / 2 / SAMPLE_RATE, abs=0.1)


def test_a_stream_that_goes_on_without_sound_is_an_error() -> None:
    audio = encoded("two_cities", "mp4", "aac")
    half = len(audio) // 2
    seconds = itertools.count(step=UNHEARD_S / 2)
    heard = decode_container(io.BytesIO(audio[:half] + audio[half + 5_000 :]), clock=lambda: next(seconds))
    with pytest.raises(DecodingError, match="no sound"):
        list(heard)


def test_what_follows_the_end_of_a_wav_is_left_alone() -> None:
    audio = encoded("beckett", "wav", "pcm_s16le")
    assert list(decode_container(io.BytesIO(audio + b"LIST" + bytes(10_000))))


def test_nothing_at_all_is_no_error() -> None:
    assert list(decode_container(io.BytesIO())) == []
