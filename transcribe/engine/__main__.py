"""`python -m transcribe.engine`: serves the engine on an address of one's own or on a socket that the app opened."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading

from transcribe.engine.server import STREAMS_PER_CORE, make_server

NICENESS = 5  # recognition may take both cores: the web process goes first


def main() -> None:
    """Serves until it is stopped; with --fd until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m transcribe.engine", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8765, help="port to listen on (default: %(default)s)")
    parser.add_argument("--fd", type=int, help="listening socket to inherit; the engine then ends with its parent")
    parser.add_argument("--streams", type=int, help=f"streams at once (default: {STREAMS_PER_CORE} a core)")
    arguments = parser.parse_args()
    if arguments.fd is not None:
        for number in (signal.SIGINT, signal.SIGTERM):  # sent to all processes at once; sessions still drain
            signal.signal(number, signal.SIG_IGN)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        listener = socket.socket(fileno=arguments.fd)
    else:
        listener = socket.create_server((arguments.host, arguments.port))
        print(f"ws://{arguments.host}:{arguments.port}/v1/listen", file=sys.stderr)
    os.nice(NICENESS)
    with contextlib.suppress(KeyboardInterrupt):
        make_server(listener, arguments.streams).serve_forever()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
