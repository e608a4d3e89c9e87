"""The query of `/listen`: which Deepgram options a client may set, a closed list.

Types and ranges follow https://developers.deepgram.com/reference/speech-to-text/listen-streaming. What would send the
transcript elsewhere or change the account's terms (`callback`, `callback_method`, `extra`, `tag`, `version`,
`mip_opt_out`) is not on the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from transcribe.failure import Refused

Options = dict[str, str | list[str]]
"""Option name to its value, or to its values where it may be repeated."""

DEFAULT_MODEL = "nova-3"
MAX_REPEATS = 100
MAX_TEXT_CHARS = 200
ENCODINGS = "linear16 linear32 flac alaw mulaw amr-nb amr-wb opus ogg-opus speex g729".split()  # noqa: SIM905


class OptionError(Refused):
    """A parameter that `/listen` does not take, in words for whoever wrote it."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "BAD_REQUEST", message)


Check = Callable[[str], str | None]  # None: fine; else what would be


def _one_of(*values: str) -> Check:
    return lambda value: None if value in values else f"one of {', '.join(values)}"


def _whole(low: int, high: int) -> Check:
    def check(value: str) -> str | None:
        fine = re.fullmatch(r"[0-9]{1,9}", value) and low <= int(value) <= high
        return None if fine else f"a whole number from {low} to {high}"

    return check


def _matching(pattern: str, meaning: str) -> Check:
    return lambda value: None if re.fullmatch(pattern, value) else meaning


def _text(value: str) -> str | None:
    fine = value.strip() and len(value) <= MAX_TEXT_CHARS and value.isprintable()
    return None if fine else f"1 to {MAX_TEXT_CHARS} printable characters"


_boolean = _one_of("true", "false")
_language = _matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*|multi", "a BCP-47 tag such as en or en-US, or multi")
_milliseconds = _whole(10, 10_000)

_ONCE: dict[str, Check] = {
    "model": _matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", "the name of a model, such as nova-3"),
    "language": _language,
    "encoding": _one_of(*ENCODINGS),
    "sample_rate": _whole(8_000, 192_000),
    "channels": _whole(1, 20),
    "multichannel": _boolean,
    "interim_results": _boolean,
    "endpointing": lambda value: (
        None if value in ("true", "false") or not _milliseconds(value) else "false or milliseconds from 10 to 10000"
    ),
    "utterance_end_ms": _whole(1_000, 10_000),
    "vad_events": _boolean,
    "no_delay": _boolean,
    "punctuate": _boolean,
    "smart_format": _boolean,
    "numerals": _boolean,
    "profanity_filter": _boolean,
    "dictation": _boolean,
    "filler_words": _boolean,
    "detect_entities": _boolean,
    "diarize": _boolean,
    "diarize_model": _one_of("latest", "v1"),
}
_REPEATABLE: dict[str, Check] = {
    "language_hint": _language,
    "redact": _matching(r"[a-z][a-z0-9_]{1,39}", "what to redact, such as pci, numbers or ssn"),
    "keyterm": _text,
    "keywords": _text,
    "search": _text,
    "replace": _text,
}


def parse(query: Mapping[str, Sequence[str]]) -> Options:
    """Turns a query (name to its values, as sent) into options; raises OptionError that names a wrong parameter."""
    options: Options = {"model": DEFAULT_MODEL}
    for name, values in query.items():
        check = _ONCE.get(name) or _REPEATABLE.get(name)
        if check is None:
            raise OptionError(f"{name[:40]!a} is not a parameter that /listen takes.")
        if len(values) > (limit := 1 if name in _ONCE else MAX_REPEATS):
            raise OptionError(f"{name} may be given {'once' if limit == 1 else f'{limit} times'} only.")
        for value in values:
            if wanted := check(value):
                raise OptionError(f"{name} must be {wanted}.")
        options[name] = values[0] if name in _ONCE else list(values)
    if "encoding" in options and "sample_rate" not in options:
        raise OptionError("sample_rate is missing: it goes with encoding. Leave both out for webm, ogg, mp4 or wav.")
    return options
