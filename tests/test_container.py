"""The page's container code on what real encoders write: a recording resumed in the middle decodes from there on."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from tests.speech import encoded
from transcribe.engine.decoding import decode_container
from transcribe.engine.endpointing import SAMPLE_RATE

RESUME = Path(__file__).parent / "js" / "resume.js"


def resumed(recording: bytes, from_s: float) -> bytes:
    return subprocess.run(["node", RESUME, str(from_s)], input=recording, capture_output=True, check=True).stdout


def decoded(recording: bytes) -> np.ndarray:
    return np.concatenate(list(decode_container(io.BytesIO(recording))))


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac")])
@pytest.mark.parametrize("from_s", [0, 4.3, 9])
def test_a_resumed_recording_decodes_from_there_on(container: str, codec: str, from_s: float) -> None:
    recording = encoded("beckett", container, codec)
    whole = decoded(recording)
    rest = decoded(resumed(recording, from_s))
    assert len(rest) / SAMPLE_RATE == pytest.approx(len(whole) / SAMPLE_RATE - from_s, abs=0.15)


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac")])
def test_its_times_start_at_0(container: str, codec: str) -> None:
    rest = resumed(encoded("beckett", container, codec), 4.3)
    with av.open(io.BytesIO(rest)) as file:
        times = [packet.pts * packet.time_base for packet in file.demux(audio=0) if packet.pts is not None]
    assert float(times[0]) == pytest.approx(0, abs=0.05)
    assert float(times[-1]) == pytest.approx(5.6, abs=0.2)
