"""The query of the engine's `/v1/listen`: what it honours of Deepgram's options; it ignores the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs

from transcribe.engine.decoding import RAW_CODECS

CONTAINER_ENCODINGS = ("flac", "ogg-opus")  # Deepgram's names for streams that describe themselves


class OptionError(ValueError):
    """An option that this engine cannot honour, in words for whoever asked for it."""


@dataclass(frozen=True, kw_only=True)
class StreamOptions:
    """One stream's options. `encoding` is None for containers; `endpointing_ms` is None for no endpointing."""

    encoding: str | None = None
    sample_rate: int = 16_000
    channels: int = 1
    interim_results: bool = False
    punctuate: bool = False
    vad_events: bool = False
    endpointing_ms: int | None = 500  # the word error rate is .033 with it, .045 with 300
    utterance_end_ms: int | None = None

    @classmethod
    def from_query(cls, query: str) -> Self:
        """Reads a URL's query; raises OptionError."""
        options = {name: values[-1] for name, values in parse_qs(query).items()}
        language = options.get("language", "en").lower()
        if language.split("-")[0] != "en":
            raise OptionError(f"language: the embedded engine knows English only, not {language[:20]!r}")
        encoding = options.get("encoding")
        if encoding in CONTAINER_ENCODINGS:
            encoding = None
        elif encoding is not None and encoding not in RAW_CODECS:
            raise OptionError(f"encoding: the embedded engine takes {', '.join((*RAW_CODECS, *CONTAINER_ENCODINGS))}")
        return cls(
            encoding=encoding,
            sample_rate=_whole(options, "sample_rate", 8_000, 192_000) or cls.sample_rate,
            channels=_whole(options, "channels", 1, 8) or cls.channels,
            interim_results=options.get("interim_results") == "true",
            punctuate="true" in (options.get("punctuate"), options.get("smart_format"), options.get("dictation")),
            vad_events=options.get("vad_events") == "true",
            endpointing_ms=_endpointing(options),
            utterance_end_ms=_whole(options, "utterance_end_ms", 1_000, 10_000),
        )


def _endpointing(options: dict[str, str]) -> int | None:
    value = options.get("endpointing")
    if value in (None, "true"):
        return StreamOptions.endpointing_ms
    return None if value == "false" else _whole(options, "endpointing", 10, 10_000)


def _whole(options: dict[str, str], name: str, low: int, high: int) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and low <= int(value) <= high):
        raise OptionError(f"{name}: a whole number from {low} to {high}")
    return int(value)
