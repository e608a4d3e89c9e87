from __future__ import annotations

import pytest

from transcribe.options import DEFAULT_MODEL, OptionError, parse


def test_without_parameters_the_default_model_is_asked_for() -> None:
    assert parse({}) == {"model": DEFAULT_MODEL}


def test_every_parameter_of_the_list_is_taken_as_it_is() -> None:
    query = {
        "model": ["nova-3-medical"],
        "language": ["en-US"],
        "encoding": ["linear16"],
        "sample_rate": ["16000"],
        "channels": ["2"],
        "multichannel": ["true"],
        "interim_results": ["true"],
        "endpointing": ["300"],
        "utterance_end_ms": ["1000"],
        "vad_events": ["false"],
        "no_delay": ["true"],
        "punctuate": ["true"],
        "smart_format": ["true"],
        "numerals": ["true"],
        "profanity_filter": ["true"],
        "dictation": ["true"],
        "filler_words": ["true"],
        "detect_entities": ["true"],
        "diarize": ["true"],
        "diarize_model": ["latest"],
    }
    assert parse(query) == {name: values[0] for name, values in query.items()}


def test_repeated_parameters_stay_lists() -> None:
    query = {"keyterm": ["Samuel Beckett", "Godot"], "redact": ["pci", "ssn"], "replace": ["a:b"]}
    assert parse(query) == {"model": DEFAULT_MODEL, **query}


@pytest.mark.parametrize("value", ["true", "false", "10", "500"])
def test_endpointing_is_milliseconds_or_a_switch(value: str) -> None:
    assert parse({"endpointing": [value]})["endpointing"] == value


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("callback", ["https://evil.example"]),
        ("callback_method", ["put"]),
        ("extra", ["a:b"]),
        ("tag", ["t"]),
        ("version", ["latest"]),
        ("mip_opt_out", ["true"]),
        ("anything", ["x"]),
        ("model", ["../x"]),
        ("model", [""]),
        ("model", ["nova-3", "nova-2"]),
        ("language", ["en_US; rm"]),
        ("encoding", ["pcm"]),
        ("channels", ["0"]),
        ("punctuate", ["yes"]),
        ("endpointing", ["-1"]),
        ("endpointing", ["soon"]),
        ("utterance_end_ms", ["999"]),
        ("keyterm", [" "]),
        ("keyterm", ["x" * 201]),
        ("keyterm", ["a\nb"]),
        ("keyterm", ["a"] * 101),
        ("redact", ["../"]),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(name: str, values: list[str]) -> None:
    with pytest.raises(OptionError, match=name):
        parse({name: values})


def test_raw_audio_needs_a_sample_rate() -> None:
    with pytest.raises(OptionError, match="sample_rate"):
        parse({"encoding": ["linear16"]})
