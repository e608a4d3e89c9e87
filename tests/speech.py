"""Real speech with known words: the clips that the recogniser's wheel ships, as 16-bit mono PCM."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import jiwer
from moonshine_voice import get_assets_path

RATE = 16_000

# S. Beckett, Worstward Ho; C. Dickens, A Tale of Two Cities.
WORDS = {
    "beckett": "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
    "two_cities": (
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, "
        "it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season "
        "of Darkness, it was the spring of hope, it was the winter of despair, we had everything before us, we had "
        "nothing before us, we were all going direct to Heaven, we were all going direct the other way. In short, the "
        "period was so far like the present period, that some of its noisiest authorities insisted on its being "
        "received, for good or for evil, in the superlative degree of comparison only."
    ),
}

_normalise = jiwer.Compose(
    [
        jiwer.ToLowerCase(),
        jiwer.RemovePunctuation(),
        jiwer.RemoveMultipleSpaces(),
        jiwer.Strip(),
        jiwer.ReduceToListOfListOfWords(),
    ]
)


def pcm(name: str) -> bytes:
    """The clip's samples, linear16 at RATE."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(get_assets_path() / f"{name}.wav")) as container:
        frames = [*container.decode(audio=0), None]
        return b"".join(out.to_ndarray().tobytes() for frame in frames for out in resampler.resample(frame))


def encoded(name: str, container: str, codec: str, rate: int = 48_000) -> bytes:
    """The clip in a container, as a recorder would make it."""
    file = io.BytesIO()
    options = {"movflags": "empty_moov+default_base_moof", "frag_duration": "100000"} if container == "mp4" else {}
    with (
        av.open(str(get_assets_path() / f"{name}.wav")) as source,
        av.open(file, "w", format=container, options=options) as target,
    ):
        stream = target.add_stream(codec, rate=rate, layout="mono")
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return file.getvalue()


def write_wav(path: Path, *names: str, lead_s: float = 1, trail_s: float = 2) -> float:
    """Writes the clips, one after the other with silence around, as a wav; returns its length in seconds."""
    silence = bytes(2 * RATE)
    sound = silence * int(lead_s) + b"".join(pcm(name) + silence for name in names) + silence * int(trail_s)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    return len(sound) / 2 / RATE


def word_error_rate(transcript: str, *names: str) -> float:
    """The share of words wrong, missing or added, case and punctuation aside."""
    words = " ".join(WORDS[name] for name in names)
    rate: float = jiwer.wer(words, transcript, reference_transform=_normalise, hypothesis_transform=_normalise)
    return rate
