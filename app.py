"""The web app: settings, routes and what they are wired to."""

from __future__ import annotations

from flask import Flask, Response, g, jsonify, render_template, request
from flask_sock import Sock
from simple_websocket import Server

from transcribe import access, client_socket, logs
from transcribe.client_socket import ClientSocket
from transcribe.engine import launcher
from transcribe.lifecycle import Sessions
from transcribe.session import Session
from transcribe.settings import Settings
from transcribe.upstream import Upstream

NO_ENGINE = (
    "This server has nothing to transcribe with: the embedded engine has no build for its machine. "
    "Set DEEPGRAM_API_KEY in its environment or in .env and restart it."
)


def create_app(settings: Settings | None = None) -> Flask:
    """Makes the app; without settings it reads them from the environment and `.env`."""
    settings = settings or Settings.load()
    logs.configure(settings.log_level)
    app = Flask(__name__)
    app.config["SOCK_SERVER_OPTIONS"] = client_socket.SERVER_OPTIONS
    sock = Sock(app)
    sessions = app.extensions["sessions"] = Sessions(settings.max_sessions)
    engine = "deepgram" if settings.upstream_url else "embedded"
    url = settings.upstream_url or launcher.url()
    upstream = Upstream(url, settings.deepgram_api_key) if url else None

    @app.before_request
    def admit() -> None:
        if request.url_rule and request.url_rule.websocket:
            if upstream is None:
                raise access.Refused(503, "NO_ENGINE", NO_ENGINE)
            g.options = access.admit(request, settings.allowed_origins, sessions)
            client_socket.prepare(request.environ)

    @app.errorhandler(access.Refused)
    def refuse(refused: access.Refused) -> Response:
        return refused.response()

    @app.get("/")
    def page() -> str:
        price = settings.price_per_minute if engine == "deepgram" else 0
        return render_template("index.html", engine=engine, price=price, problem="" if upstream else NO_ENGINE)

    @app.get("/worker.js")
    def worker() -> Response:
        return app.send_static_file("worker.js")  # from the root, whose pages it is for

    @app.get("/healthz")
    def healthz() -> Response:
        accepting = upstream is not None and sessions.accepting
        status = "draining" if sessions.draining else "ok"
        body = jsonify(status=status, engine=engine, accepting=accepting, sessions=sessions.count)
        body.status_code = 503 if sessions.draining else 200
        return body

    def listen(server: Server) -> None:
        assert upstream
        session = Session(ClientSocket(server), upstream, g.options)
        with sessions.holding(session):
            session.run()

    for path in ("/listen", "/v1/listen"):
        sock.route(path, endpoint=path)(listen)

    return app
