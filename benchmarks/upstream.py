"""The far side of the relay's wire, a process of its own: answers each chunk with 900 B of Results.

`python -m benchmarks.upstream PORT`. It speaks as much of Deepgram's live protocol as a relay under load sees.
"""

from __future__ import annotations

import json
import sys

import uvloop
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from benchmarks.load import STAMP_BYTES, let_open_many_files

RESULTS_BYTES = 900  # an interim of an English sentence with word times, as Deepgram sends it


def results(transcript: str) -> bytes:
    """Results of RESULTS_BYTES, an interim, with word times and the given start of the transcript."""
    words: list[dict[str, object]] = []
    message = {
        "type": "Results",
        "channel_index": [0, 1],
        "duration": 0.25,
        "start": 0.0,
        "is_final": False,
        "speech_final": False,
        "channel": {"alternatives": [{"transcript": transcript, "confidence": 0.998, "words": words}]},
        "metadata": {
            "request_id": "aa5a6a0f-6c2b-4f5c-9a55-7d5e0cbbe91c",
            "model_info": {"name": "general-nova-3", "version": "2026-01-01.0", "arch": "nova-3"},
            "model_uuid": "30089e05-99d1-4376-b32e-c263170674af",
        },
        "from_finalize": False,
    }
    while len(json.dumps(message)) < RESULTS_BYTES:
        words.append({"word": "word", "start": 0.08, "end": 0.32, "confidence": 0.998, "punctuated_word": "Word,"})
    return json.dumps(message).encode()


class Call(WSListener):  # type: ignore[misc]
    """One relayed session."""

    before, after = results("#STAMP# a word").split(b"#STAMP#")

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Answers audio at once, CloseStream with Metadata and a close; KeepAlive needs no answer."""
        payload = frame.get_payload_as_bytes()
        if frame.msg_type == WSMsgType.BINARY:
            transport.send(WSMsgType.TEXT, self.before + payload[:STAMP_BYTES] + self.after)
        elif frame.msg_type == WSMsgType.TEXT and b"CloseStream" in payload:
            transport.send(WSMsgType.TEXT, b'{"type": "Metadata", "duration": 1.0, "channels": 1}')
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()


async def main(port: int) -> None:
    """Serves until the process is ended."""

    def call(request: WSUpgradeRequest) -> Call:
        return Call()

    server = await ws_create_server(call, "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    let_open_many_files()
    uvloop.run(main(int(sys.argv[1])))
