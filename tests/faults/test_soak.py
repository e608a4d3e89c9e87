"""An hour of recording, at 20 times its speed: neither the page nor the server grows with it."""

from __future__ import annotations

import io
import urllib.request
from pathlib import Path

import av
import pytest
from playwright.sync_api import CDPSession, Page, Route, expect

from tests.browsing import MICROPHONE, OpenPage, expect_status, press
from tests.fakes.deepgram import Call, FakeDeepgram, results
from tests.fakes.tones import RATE, Audio, write_tones
from tests.running import RunningApp
from transcribe.engine.decoding import decode_container

SPEED = 20
HOUR_S = 3600
FINAL_S = 5
PAGE_GROWTH_BYTES = 3_000_000  # the text itself is in it; the audio would be 14 MB
SERVER_GROWTH_BYTES = 2_000_000

# A clock that runs SPEED times as fast, and a recorder that plays a file by it in chunks of 100 ms.
HURRY = """async () => {
const file = new Uint8Array(await (await fetch("recording.webm")).arrayBuffer());
const now = performance.now.bind(performance);
performance.now = () => SPEED * now();
MediaRecorder = class extends EventTarget {
  static isTypeSupported = () => true;
  state = "recording";
  start(timeslice) {
    const chunk = Math.ceil((file.length * timeslice) / (HOUR_S * 1000));
    const started = performance.now();
    let at = 0;
    this.timer = setInterval(() => {
      const due = Math.floor((performance.now() - started) / timeslice) * chunk;
      for (; at < due && at < file.length; at += chunk) this.hand(file.slice(at, at + chunk));
    }, timeslice);
  }
  hand(bytes) {
    this.dispatchEvent(Object.assign(new Event("dataavailable"), { data: new Blob([bytes]) }));
  }
  stop() {
    clearInterval(this.timer);
    this.state = "inactive";
    this.dispatchEvent(new Event("stop"));
  }
};
}""".replace("SPEED", str(SPEED)).replace("HOUR_S", str(HOUR_S))


@pytest.fixture(scope="session")
def hour(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An hour of webm: the packets of some tones, again and again."""
    wav = tmp_path_factory.mktemp("hour") / "tones.wav"
    write_tones(wav, 20)
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as target:
        stream = target.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = 32_000
        packets = list(encoded(stream, wav))
        length = packets[-1].pts + packets[-1].duration
        for loop in range(HOUR_S * 48_000 // length):
            for packet in packets:
                copy = av.Packet(bytes(packet))
                copy.pts = copy.dts = packet.pts + loop * length
                copy.time_base, copy.stream = packet.time_base, stream
                target.mux(copy)
    return file.getvalue()


def encoded(stream: av.AudioStream, wav: Path):
    with av.open(str(wav)) as source:
        for frame in source.decode(audio=0):
            yield from stream.encode(frame)
        yield from stream.encode(None)


def hear_time(call: Call) -> None:
    """Plays a far side with an interim for each second of audio and a final for each FINAL_S."""
    heard = said = 0
    for samples in decode_container(Audio(call)):
        heard += len(samples)
        for second in range(said + 1, heard // RATE + 1):
            start = (second - 1) // FINAL_S * FINAL_S
            is_final = second == start + FINAL_S
            call.send(**results(f"up to {second} of some words.", start, second - start, is_final=is_final))
            said = second
    call.send(type="Metadata", request_id="r", duration=heard / RATE, channels=1)


def heap_bytes(devtools: CDPSession) -> float:
    devtools.send("HeapProfiler.collectGarbage")
    metrics = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"])


def wait_for_final(page: Page, second: int, timeout_s: float) -> None:
    final = page.locator("#transcript .final").get_by_text(f"up to {second} of", exact=False)
    expect(final.last).to_be_attached(timeout=timeout_s * 1000)


@pytest.mark.long
def test_an_hour_leaves_the_memory_of_page_and_server_flat(
    open_page: OpenPage, deepgram: FakeDeepgram, hour: bytes
) -> None:
    def serve_hour(route: Route) -> None:
        route.fulfill(body=hour)

    deepgram.script = hear_time
    app = RunningApp("probed", DEEPGRAM_URL=deepgram.url)
    page = open_page(app.url, None, MICROPHONE)
    page.route("**/recording.webm", serve_hour)
    page.evaluate(HURRY)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    [*_, worker] = app.processes()
    press(page, "Start")
    wait_for_final(page, FINAL_S, 10)
    urllib.request.urlopen(f"{app.url}hurry?speed={SPEED}").close()
    wait_for_final(page, HOUR_S // 6, 60)
    page_before, server_before = heap_bytes(devtools), worker.memory_info().rss
    wait_for_final(page, HOUR_S - 2 * FINAL_S, HOUR_S / SPEED + 60)
    page_after, server_after = heap_bytes(devtools), worker.memory_info().rss
    press(page, "Stop")
    expect_status(page, "Ready", 30)
    app.stop()
    assert len(deepgram.calls) == 1
    assert page_after - page_before < PAGE_GROWTH_BYTES
    assert server_after - server_before < SERVER_GROWTH_BYTES
