"""The engine over its socket, with real speech: Deepgram's protocol, server side."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import threading
from typing import Any

import pytest
from deepgram import DeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from deepgram.transport import restore_transport
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.engine.conftest import serving
from tests.speech import RATE, encoded, pcm, word_error_rate
from transcribe.engine.endpointing import Samples
from transcribe.engine.recognition import Recogniser
from transcribe.engine.server import STREAMS_PER_CORE

RAW = f"encoding=linear16&sample_rate={RATE}&punctuate=true"
CLOSE_STREAM = json.dumps({"type": "CloseStream"})
FINALIZE = json.dumps({"type": "Finalize"})


def listen(engine: str, query: str = RAW) -> ClientConnection:
    return connect(f"{engine}/v1/listen?{query}", legacy=True)


def send(client: ClientConnection, audio: bytes, size: int = 8_000) -> None:
    for start in range(0, len(audio), size):
        client.send(audio[start : start + size])


def receive_all(client: ClientConnection) -> list[dict[str, Any]]:
    messages = []
    try:
        while True:
            messages.append(json.loads(client.recv(timeout=30)))
    except ConnectionClosed:
        return messages


def transcribe(engine: str, audio: bytes, query: str = RAW) -> tuple[list[dict[str, Any]], int | None]:
    with listen(engine, query) as client:

        def speak() -> None:
            with contextlib.suppress(ConnectionClosed):  # the engine may end it earlier
                send(client, audio)
                client.send(CLOSE_STREAM)

        sender = threading.Thread(target=speak)
        sender.start()
        messages = receive_all(client)
        sender.join()
        return messages, client.close_code


def text(messages: list[dict[str, Any]]) -> str:
    finals = [m for m in messages if m["type"] == "Results" and m["is_final"]]
    return " ".join(m["channel"]["alternatives"][0]["transcript"] for m in finals)


def test_transcribes_known_speech_and_closes_with_metadata_and_1000(engine: str) -> None:
    audio = pcm("two_cities")
    messages, code = transcribe(engine, audio)
    metadata = messages[-1]
    assert word_error_rate(text(messages), "two_cities") <= 0.06
    assert code == 1000
    assert (metadata["type"], metadata["channels"]) == ("Metadata", 1)
    assert metadata["duration"] == pytest.approx(len(audio) / 2 / RATE, abs=0.001)
    assert metadata["sha256"] == hashlib.sha256(audio).hexdigest()


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("webm", "libopus", 48_000),
        ("ogg", "libopus", 48_000),
        ("mp4", "aac", 48_000),
        ("wav", "pcm_s16le", 44_100),
        ("flac", "flac", 16_000),
        ("mp3", "libmp3lame", 44_100),
    ],
)
def test_containers_are_recognised_by_their_first_bytes(engine: str, container: str, codec: str, rate: int) -> None:
    messages, code = transcribe(engine, encoded("beckett", container, codec, rate), "punctuate=true")
    assert word_error_rate(text(messages), "beckett") <= 0.17
    assert code == 1000


@pytest.mark.parametrize(
    ("encoding", "codec", "container", "rate"),
    [
        ("mulaw", "pcm_mulaw", "mulaw", 8_000),
        ("alaw", "pcm_alaw", "alaw", 8_000),
        ("linear32", "pcm_f32le", "f32le", 16_000),
    ],
)
def test_raw_encodings_are_decoded_as_named(engine: str, encoding: str, codec: str, container: str, rate: int) -> None:
    audio = encoded("beckett", container, codec, rate)
    messages, code = transcribe(engine, audio, f"encoding={encoding}&sample_rate={rate}")
    assert word_error_rate(text(messages), "beckett") <= 0.25
    assert code == 1000


def test_samples_cut_by_chunks_are_put_together(engine: str) -> None:
    with listen(engine) as client:
        sender = threading.Thread(target=lambda: (send(client, pcm("beckett"), 4_001), client.send(CLOSE_STREAM)))
        sender.start()
        messages = receive_all(client)
        sender.join()
    assert word_error_rate(text(messages), "beckett") <= 0.17


def test_finals_cover_the_audio_without_holes(engine: str) -> None:
    audio = pcm("beckett")
    messages, _ = transcribe(engine, audio)
    finals = [m for m in messages if m["type"] == "Results"]
    end = 0.0
    for final in finals:
        assert final["start"] == pytest.approx(end, abs=1e-6)
        end = final["start"] + final["duration"]
    assert end == pytest.approx(len(audio) / 2 / RATE, abs=0.001)


def test_word_times_and_confidence_are_not_invented(engine: str) -> None:
    messages, _ = transcribe(engine, pcm("beckett"))
    alternatives = [m["channel"]["alternatives"][0] for m in messages if m["type"] == "Results"]
    assert all(a["words"] == [] and a["confidence"] is None for a in alternatives)


def test_without_punctuate_the_text_is_plain(engine: str) -> None:
    messages, _ = transcribe(engine, pcm("beckett"), f"encoding=linear16&sample_rate={RATE}")
    assert "ever tried" in text(messages)
    assert text(messages) == text(messages).lower().replace(".", "")


def test_interims_come_only_when_asked_for(engine: str) -> None:
    messages, _ = transcribe(engine, pcm("beckett"))
    assert all(m["is_final"] for m in messages if m["type"] == "Results")
    with listen(engine, RAW + "&interim_results=true") as client:
        send(client, pcm("beckett")[: 2 * RATE])
        interim = json.loads(client.recv(timeout=5))
        while interim["is_final"]:
            interim = json.loads(client.recv(timeout=5))
    assert interim["channel"]["alternatives"][0]["transcript"]
    assert interim["speech_final"] is False


def test_vad_events_and_utterance_end_come_when_asked_for(engine: str) -> None:
    audio = bytes(2 * RATE) + pcm("beckett") + bytes(6 * RATE)
    messages, _ = transcribe(engine, audio, RAW + "&vad_events=true&utterance_end_ms=1000")
    started = next(m for m in messages if m["type"] == "SpeechStarted")
    ended = [m for m in messages if m["type"] == "UtteranceEnd"][-1]
    assert 1 < started["timestamp"] < 2
    assert 9 < ended["last_word_end"] < 11
    plain, _ = transcribe(engine, audio)
    assert {m["type"] for m in plain} == {"Results", "Metadata"}


def test_finalize_flushes_what_is_pending(engine: str) -> None:
    with listen(engine) as client:
        send(client, pcm("beckett")[: int(1.5 * 2 * RATE)])
        client.send(FINALIZE)
        while not (message := json.loads(client.recv(timeout=5)))["from_finalize"]:
            pass
        assert "tried" in message["channel"]["alternatives"][0]["transcript"].lower()
        assert message["is_final"] is True
        assert message["start"] + message["duration"] == pytest.approx(1.5, abs=0.01)


def test_keep_alive_and_unknown_texts_are_taken(engine: str) -> None:
    with listen(engine) as client:
        client.send('{"type": "KeepAlive"}')
        client.send("whatever")
        client.send(CLOSE_STREAM)
        [final, metadata] = receive_all(client)
        assert (final["duration"], metadata["duration"], client.close_code) == (0, 0, 1000)


@pytest.mark.parametrize(
    "audio",
    [
        b"this is no audio at all, but long enough to be looked at" * 100,
        b"\x1a\x45\xdf\xa3" + b"a webm header and then nothing that is webm" * 300,
        b"OggS" + bytes(range(256)) * 40,
        b"RIFF" + bytes(range(256)) * 40,
        b"....ftyp" + bytes(range(256)) * 40,
    ],
    ids=["text", "webm", "ogg", "wav", "mp4"],
)
def test_what_is_no_audio_ends_with_1008_data_0000(engine: str, audio: bytes) -> None:
    messages, code = transcribe(engine, audio, "")
    assert code == 1008
    assert not [m for m in messages if m["type"] == "Metadata"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("language=de", "English"),
        ("language=multi", "English"),
        ("encoding=g729&sample_rate=8000", "encoding"),
        ("encoding=linear16&sample_rate=x", "sample_rate"),
        ("utterance_end_ms=1", "utterance_end_ms"),
        ("endpointing=soon", "endpointing"),
    ],
)
def test_what_it_cannot_honour_is_refused_with_400_and_a_reason(engine: str, query: str, named: str) -> None:
    with pytest.raises(InvalidStatus) as error:
        listen(engine, query)
    assert error.value.response.status_code == 400
    assert named in error.value.response.headers["dg-error"]


@pytest.mark.parametrize("query", ["language=en-GB", "model=nova-3", "keyterm=a&keyterm=b&diarize=true"])
def test_options_that_it_can_do_without_are_taken(engine: str, query: str) -> None:
    listen(engine, query).close()


def test_another_path_is_refused_with_404(engine: str) -> None:
    with pytest.raises(InvalidStatus) as error:
        connect(engine + "/v2/listen", legacy=True)
    assert error.value.response.status_code == 404


def test_streams_at_once_keep_their_own_words(engine: str) -> None:
    heard: dict[str, list[dict[str, Any]]] = {}

    def run(name: str) -> None:
        heard[name], _ = transcribe(engine, pcm(name))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("beckett", "two_cities")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert word_error_rate(text(heard["beckett"]), "beckett") <= 0.17
    assert word_error_rate(text(heard["two_cities"]), "two_cities") <= 0.06


def test_more_streams_than_it_can_carry_are_refused_with_429(engine: str) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(STREAMS_PER_CORE * (os.cpu_count() or 1)):
            client = stack.enter_context(listen(engine))
            client.send(FINALIZE)
            client.recv(timeout=5)  # it has its place
        with pytest.raises(InvalidStatus) as error:
            listen(engine)
    assert error.value.response.status_code == 429
    assert "taken" in error.value.response.headers["dg-error"]


def test_the_number_of_streams_can_be_set() -> None:
    with serving(limit=1) as engine, listen(engine) as client:
        client.send(FINALIZE)
        client.recv(timeout=5)
        with pytest.raises(InvalidStatus, match="429"):
            listen(engine)


class Counting:
    """A model that says how many segments it has been given."""

    def __init__(self) -> None:
        self._calls = itertools.count(1)

    def transcribe(self, speech: Samples) -> str:
        return str(next(self._calls))


@pytest.mark.parametrize(("goes_on_with", "final"), [(bytes(RATE), "1"), (pcm("beckett")[-3 * RATE :], "2")])
def test_a_final_has_the_text_of_the_interim_in_its_pause_unless_speech_goes_on(
    goes_on_with: bytes, final: str
) -> None:
    with (
        serving(recogniser=Recogniser(1, Counting)) as engine,
        listen(engine, RAW + "&interim_results=true&endpointing=2000") as client,
    ):
        client.send(pcm("beckett")[: int(1.6 * RATE) * 2])  # two words and 0.3 s of a pause
        while not (interim := json.loads(client.recv(timeout=5)))["channel"]["alternatives"][0]["transcript"]:
            pass
        client.send(goes_on_with)
        client.send(CLOSE_STREAM)
        messages = [interim, *receive_all(client)]
    texts = [(m["is_final"], m["channel"]["alternatives"][0]["transcript"]) for m in messages if m["type"] == "Results"]
    assert texts[0] == (False, "1")
    assert texts[-1] == (True, final)


def test_the_deepgram_sdk_reads_its_messages(engine: str) -> None:
    restore_transport()  # the SDK's is one for the process, and the app's own may have been made in it
    http = engine.replace("ws", "http")
    environment = DeepgramClientEnvironment(base=http, production=engine, agent=engine, agent_rest=http)
    client = DeepgramClient(api_key="none", environment=environment)
    with client.listen.v1.connect(model="nova-3", encoding="linear16", sample_rate=RATE) as live:
        live.send_media(pcm("beckett"))
        live.send_close_stream()
        messages = list(live)
    assert messages[-1].type == "Metadata"
    assert "try again" in " ".join(m.channel.alternatives[0].transcript for m in messages if m.type == "Results")
