"""`/listen` and `/v1/listen`: who may not pass is refused before the upgrade, who may gets a session after it."""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_sock import Sock
from simple_websocket import Server
from wsproto.utilities import RemoteProtocolError

from transcribe import client_socket, logs, options
from transcribe.access import LISTEN_PATHS, Access
from transcribe.client_socket import ClientSocket
from transcribe.clients import address_of
from transcribe.counts import Counts
from transcribe.failure import Refused
from transcribe.lifecycle import Sessions
from transcribe.meter import Meter
from transcribe.session import Session
from transcribe.settings import Settings
from transcribe.upstream import Upstream

NO_ENGINE = (
    "This server has nothing to transcribe with: the embedded engine has no build for its machine. "
    "Set DEEPGRAM_API_KEY in its environment or in .env and restart it."
)


def add(
    app: Flask, settings: Settings, access: Access, sessions: Sessions, counts: Counts, upstream: Upstream | None
) -> None:
    """Adds both addresses, each for the upgrade and for a look at what it would be answered with."""
    app.config["SOCK_SERVER_OPTIONS"] = client_socket.SERVER_OPTIONS
    sock = Sock(app)

    @app.before_request
    def admit() -> None:
        if request.url_rule and request.path in LISTEN_PATHS:
            if not settings.trusted_proxies and "X-Forwarded-For" in request.headers:
                logs.unknown_proxy()
            upgrade = request.url_rule.websocket
            g.by_token = access.check(request, upgrade=upgrade)
            if upstream is None:
                raise Refused(503, "NO_ENGINE", NO_ENGINE)
            g.options = options.parse(request.args.to_dict(flat=False))
            g.place = sessions.enter(None if g.by_token else address_of(request))
            if upgrade:
                client_socket.prepare(request.environ)

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if "place" in g:
            sessions.leave(g.pop("place"))

    @app.errorhandler(Refused)
    def refuse(refused: Refused) -> Response:
        if request.url_rule and request.url_rule.websocket:
            logs.refused(address_of(request), refused)
        return refused.response()

    @app.errorhandler(RemoteProtocolError)
    @app.errorhandler(UnicodeError)  # wsproto decodes the host's name
    def refuse_handshake(_: Exception) -> Response:
        return refuse(Refused(400, "BAD_HANDSHAKE", "This is no handshake of a WebSocket (RFC 6455, section 4.2.1)."))

    def listen(server: Server) -> None:
        assert upstream
        who = f"client={address_of(request)} by={'token' if g.by_token else 'page'}"
        session = Session(ClientSocket(server), upstream, g.options, Meter(g.options, settings, counts), who)
        with sessions.holding(session):
            session.run()

    def upgrade_required() -> Response:
        """Answers who may open a session and did not ask to: the page looks here why it was refused."""
        raise Refused(426, "UPGRADE_REQUIRED", "You may open a session here: ask for a WebSocket.")

    for path in LISTEN_PATHS:
        sock.route(path, endpoint=path)(listen)
        app.get(path, endpoint=f"{path} without upgrade")(upgrade_required)
