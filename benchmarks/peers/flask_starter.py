"""The design of Deepgram's Flask starter (deepgram-starters/flask-live-transcription), without its page and tokens.

flask-sock under Flask's own threaded server; a thread a session that polls websocket-client for texts and passes them
on as they are, while the handler's thread sends the audio up.
"""

from __future__ import annotations

import sys
import threading

import websocket
from flask import Flask
from flask_sock import Sock
from simple_websocket import ConnectionClosed, Server
from websocket import WebSocketConnectionClosedException, WebSocketTimeoutException

POLL_S = 1.0


def create_app(upstream_url: str) -> Flask:
    """The starter's server."""
    app = Flask(__name__)
    sock = Sock(app)

    @sock.route("/listen")
    def listen(client: Server) -> None:
        upstream = websocket.create_connection(
            f"{upstream_url}/v1/listen?model=nova-3", header={"Authorization": "Token k"}
        )
        over = threading.Event()

        def down() -> None:
            upstream.settimeout(POLL_S)
            while not over.is_set():
                try:
                    message = upstream.recv()
                    if message:
                        client.send(message)
                except WebSocketTimeoutException:
                    continue
                except (WebSocketConnectionClosedException, ConnectionClosed, OSError):
                    break
            over.set()

        worker = threading.Thread(target=down, daemon=True)
        worker.start()
        try:
            while not over.is_set():
                message = client.receive(timeout=POLL_S)
                if message is not None:
                    upstream.send(message, websocket.ABNF.OPCODE_BINARY)
        except (ConnectionClosed, OSError):
            pass
        finally:
            over.set()
            worker.join()
            upstream.close()

    return app


if __name__ == "__main__":
    create_app(sys.argv[2]).run("127.0.0.1", int(sys.argv[1]), threaded=True)
