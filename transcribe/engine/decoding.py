"""A stream of bytes to samples: containers and raw encodings, with PyAV."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, cast

import av
import av.error
import av.logging
import numpy as np

from transcribe.engine.endpointing import SAMPLE_RATE, Samples

av.logging.set_level(None)  # broken audio is reported as DecodingError, not on standard error

READ_BYTES = 4096
SNIFF_BYTES = 12
UNHEARD_BYTES = 16 * 1024  # with UNHEARD_S: a stream whose bytes bring no sound for this long has broken off
UNHEARD_S = 5
RAW_CODECS = {"linear16": "pcm_s16le", "linear32": "pcm_f32le", "mulaw": "pcm_mulaw", "alaw": "pcm_alaw"}
RAW_SAMPLE_BYTES = {"linear16": 2, "linear32": 4, "mulaw": 1, "alaw": 1}


class DecodingError(Exception):
    """The bytes are not audio that this engine decodes."""


class Source(Protocol):
    """Where the bytes come from: `read` returns at most `size` of them, at least one, or none at the end."""

    def read(self, size: int) -> bytes: ...


def decode_raw(source: Source, encoding: str, sample_rate: int, channels: int) -> Iterator[Samples]:
    """Yields the samples of raw audio as its bytes come."""
    codec = cast(av.AudioCodecContext, av.AudioCodecContext.create(RAW_CODECS[encoding], "r"))
    codec.sample_rate = sample_rate
    codec.layout = "mono" if channels == 1 else f"{channels}c"
    step = RAW_SAMPLE_BYTES[encoding] * channels
    resampler = _resampler()
    rest = b""
    while data := source.read(READ_BYTES):
        data = rest + data
        whole = len(data) - len(data) % step
        rest = data[whole:]
        if whole:
            for frame in codec.decode(av.Packet(data[:whole])):
                yield from _resample(resampler, frame)
    yield from _resample(resampler, None)


def decode_container(source: Source, clock: Callable[[], float] = time.monotonic) -> Iterator[Samples]:
    """Yields the samples of a webm, ogg, mp4, wav, flac or mp3 stream; raises DecodingError. `clock` gives seconds."""
    head = b""
    while len(head) < SNIFF_BYTES and (data := source.read(SNIFF_BYTES - len(head))):
        head += data
    if not head:
        return
    name = _container_of(head)
    resampler = _resampler()
    watched = _Watched(head, source, clock)
    try:
        with av.open(watched, "r", format=name, buffer_size=READ_BYTES) as container:
            stream = container.streams.audio[0]
            for packet in container.demux(stream):
                for frame in _frames(packet):
                    yield from _resample(resampler, frame)
                    watched.heard()
            yield from _resample(resampler, None)
    except (av.error.FFmpegError, IndexError) as error:
        raise DecodingError(str(error)) from None
    while source.read(READ_BYTES):
        if name != "wav":  # a wav names its length; what follows is not sound
            raise DecodingError(f"the {name} stream broke off")


def _container_of(head: bytes) -> str:
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm"
    if head.startswith(b"OggS"):
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(b"RIFF"):
        return "wav"
    if head.startswith(b"fLaC"):
        return "flac"
    if head.startswith(b"ID3") or (head[0] == 0xFF and head[1:2] in (b"\xfb", b"\xf3", b"\xf2")):
        return "mp3"
    raise DecodingError("neither webm, ogg, mp4, wav, flac nor mp3, and no encoding was named")


def _frames(packet: av.Packet[av.AudioStream]) -> list[av.AudioFrame]:
    try:
        return packet.decode()
    except av.error.InvalidDataError:
        return []  # one broken packet is a click, not the end


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)


def _resample(resampler: av.AudioResampler, frame: av.AudioFrame | None) -> Iterator[Samples]:
    for resampled in resampler.resample(frame):
        yield np.asarray(resampled.to_ndarray()[0], np.float32)


class _Watched:
    """A source with the bytes that were read to sniff it put back, watched for bytes that bring no sound.

    After a hole in an mp4, FFmpeg takes some bytes for the length of a box and skips the rest of the stream in silence.
    """

    def __init__(self, head: bytes, source: Source, clock: Callable[[], float]) -> None:
        self._head = head
        self._source = source
        self._clock = clock
        self.heard()

    def heard(self) -> None:
        self._heard_at = self._clock()
        self._unheard_bytes = 0

    def read(self, size: int) -> bytes:
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        data = self._source.read(size)
        self._unheard_bytes += len(data)
        if self._unheard_bytes > UNHEARD_BYTES and self._clock() - self._heard_at > UNHEARD_S:
            raise DecodingError(f"the last {self._unheard_bytes} bytes held no sound")
        return data
