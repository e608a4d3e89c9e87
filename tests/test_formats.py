"""The page's exports, read by parsers that know nothing of the page."""

from __future__ import annotations

import io
import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import srt
import webvtt

from tests.speech import WORDS

EXPORT = Path(__file__).parent / "js" / "export.js"
COLUMNS = 37
Line = dict[str, Any]


def exported(kind: str, lines: list[Line], speakers: dict[int, str] | None = None) -> str:
    source = json.dumps({"lines": lines, "speakers": speakers or {}})
    return subprocess.run(["node", EXPORT, kind], input=source, capture_output=True, check=True, text=True).stdout


def line(text: str, start: float, end: float, *, timed: bool, **more: object) -> Line:
    """One final; with word times they are those of evenly spoken words with short silences between."""
    said = text.split()
    step = (end - start) / len(said)
    words = [
        {"word": word, "start": start + n * step, "end": start + (n + 0.8) * step, "confidence": 0.9}
        for n, word in enumerate(said)
    ]
    return {"text": text, "start": start, "end": end, "opensTurn": True, **({"words": words} if timed else {}), **more}


def talk(*, timed: bool) -> list[Line]:
    """Two speakers, sentences longer than a caption, markup, an arrow, a word longer than a row, a gap, one hour in."""
    return [
        line(WORDS["two_cities"], 0.5, 60, timed=timed, speaker=0),
        line("Is <b>that</b> so & true --> or not? Yes.", 60.2, 63, timed=timed, speaker=1),
        line("[12 s of audio lost]", 63, 75, timed=False, lost=12),
        line("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk is one word.", 3700, 3704, timed=timed, speaker=1),
        line(WORDS["beckett"], 3710, 3716, timed=timed, speaker=1),
    ]


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("timed", [True, False])
def test_srt_is_read_back_in_order_with_all_its_words_in_two_short_rows(timed: bool) -> None:
    cues = list(srt.parse(exported("srt", talk(timed=timed)), ignore_errors=False))
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1))
    said = "".join(cue.content for cue in cues)
    for name in ("Speaker1:", "Speaker2:", "Speaker2:"):
        assert name in plain(said)
    spoken = re.sub(r"Speaker[12]:", "", plain(said))
    assert spoken == plain("".join(each["text"] for each in talk(timed=timed))).replace("-->", "→")
    for cue in cues:
        rows = cue.content.splitlines()
        assert 1 <= len(rows) <= 2
        assert max(map(len, rows)) <= COLUMNS
        assert 0 < (cue.end - cue.start).total_seconds() <= 12
    assert all(before.end <= after.start for before, after in itertools.pairwise(cues))
    assert cues[-1].end.total_seconds() == pytest.approx(3716, abs=0.5)


@pytest.mark.parametrize("timed", [True, False])
def test_vtt_is_read_back_with_its_voices_and_without_markup(timed: bool) -> None:
    text = exported("vtt", talk(timed=timed), {0: "Anna <1>", 1: "Ben"})
    cues = webvtt.from_buffer(io.StringIO(text)).captions
    assert {cue.voice for cue in cues} == {"Anna &lt;1&gt;", "Ben", None}
    assert "Is &lt;b&gt;that&lt;/b&gt; so &amp; true --&gt;" in text.replace("\n", " ")
    for cue in cues:
        assert 1 <= len(cue.lines) <= 2
        assert cue.start_in_seconds <= cue.end_in_seconds
    assert all(before.end <= after.start for before, after in itertools.pairwise(cues))


def test_a_caption_is_broken_at_sentences_speakers_and_silence() -> None:
    lines = [
        line("Ever tried. Ever failed.", 0, 3, timed=True, speaker=0),
        line("No matter.", 3, 4, timed=True, speaker=1),
        line("Try again.", 9, 10, timed=True, speaker=1),
        line("Fail again, and this sentence does not fit with the one before it.", 10, 14, timed=True, speaker=1),
    ]
    contents = [cue.content for cue in srt.parse(exported("srt", lines, {0: "A", 1: "B"}))]
    assert contents == [
        "A: Ever tried. Ever failed.",
        "B: No matter.",
        "Try again.",
        "Fail again, and this sentence does\nnot fit with the one before it.",
    ]


def test_text_and_markdown_have_a_paragraph_for_each_turn() -> None:
    lines = talk(timed=True)[1:3]
    assert exported("txt", lines, {1: "Ben"}) == (
        "[1:00] Ben: Is <b>that</b> so & true --> or not? Yes.\n\n[1:03] [12 s of audio lost]\n"
    )
    assert exported("md", lines, {1: "Ben"}) == (
        "# A \\*talk\\*\n\n2026-01-02\n\n"
        "**Ben 1:00** Is \\<b\\>that\\</b\\> so & true --\\> or not? Yes.\n\n**1:03** \\[12 s of audio lost\\]\n"
    )


def test_json_has_the_shape_of_deepgrams_utterances() -> None:
    read = json.loads(exported("json", talk(timed=True), {0: "Anna"}))
    first, _, gap, *_ = read["results"]["utterances"]
    assert first["transcript"] == WORDS["two_cities"]
    assert (first["speaker"], first["name"], first["words"][0]["word"]) == (0, "Anna", "It")
    assert (gap["transcript"], gap["lost"]) == ("", 12)
    assert read["metadata"] == {"title": "A *talk*", "created": "2026-01-02T03:04:05.000Z", "duration": 3716}


def test_an_empty_transcript_is_an_empty_but_valid_file() -> None:
    assert list(srt.parse(exported("srt", []))) == []
    assert webvtt.from_buffer(io.StringIO(exported("vtt", []))).captions == []
    assert json.loads(exported("json", []))["results"]["utterances"] == []
