"""The engine's server side: the handshake, with Deepgram's refusals, and one thread a stream."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from transcribe.engine.options import OptionError, StreamOptions
from transcribe.engine.recognition import Moonshine, Recogniser
from transcribe.engine.stream import Stream

PATH = "/v1/listen"
STREAMS_PER_CORE = 10  # with 14 of continuous speech, some finals come 2 s after it
MAX_MESSAGE_BYTES = 1024 * 1024


def make_server(listener: socket.socket, limit: int | None = None, recogniser: Recogniser | None = None) -> Server:
    """Returns a server of at most `limit` streams on `listener`; its models load while it already answers."""
    cores = os.cpu_count() or 1
    limit = limit or STREAMS_PER_CORE * cores
    recogniser = recogniser or Recogniser(min(cores, 2), Moonshine)  # each takes 110 MB
    streams: set[Stream] = set()

    def check(connection: ServerConnection, request: Request) -> Response | None:
        url = urlsplit(request.path)
        if url.path != PATH:
            return _refuse(connection, 404, f"the path is {PATH}")
        try:
            StreamOptions.from_query(url.query)
        except OptionError as error:
            return _refuse(connection, 400, str(error))
        if len(streams) >= limit:
            return _refuse(connection, 429, f"all {limit} streams of the embedded engine are taken")
        return None

    def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        options = StreamOptions.from_query(urlsplit(connection.request.path).query)
        stream = Stream(connection, options, recogniser)
        streams.add(stream)
        try:
            stream.run()
        finally:
            streams.remove(stream)

    return serve(
        handle, sock=listener, process_request=check, compression=None, max_size=MAX_MESSAGE_BYTES, close_timeout=2
    )


def _refuse(connection: ServerConnection, status: int, reason: str) -> Response:
    response = connection.respond(status, f"{reason}\n")
    response.headers["dg-error"] = reason
    return response
