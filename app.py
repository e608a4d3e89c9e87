"""The web app: settings, routes and what they are wired to."""

from __future__ import annotations

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_sock import Sock
from prometheus_client import CONTENT_TYPE_LATEST
from simple_websocket import Server
from werkzeug.middleware.proxy_fix import ProxyFix

from transcribe import client_socket, headers, logs, metrics, options, sign_in
from transcribe.access import LISTEN_PATHS, OR_TOKEN, Access, PageCookie
from transcribe.client_socket import ClientSocket
from transcribe.clients import address_of
from transcribe.counts import Counts
from transcribe.engine import launcher
from transcribe.failure import Refused
from transcribe.lifecycle import Sessions
from transcribe.meter import Meter
from transcribe.session import Session
from transcribe.settings import Settings, new_secret_key
from transcribe.upstream import Upstream

NO_ENGINE = (
    "This server has nothing to transcribe with: the embedded engine has no build for its machine. "
    "Set DEEPGRAM_API_KEY in its environment or in .env and restart it."
)
METRICS_CLOSED = f"The metrics are open on this machine, not through a proxy. {OR_TOKEN}"


def create_app(settings: Settings | None = None) -> Flask:
    """Makes the app; without settings it reads them from the environment and `.env`."""
    settings = settings or Settings.load()
    logs.configure(settings.log_level)
    app = Flask(__name__)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=min(settings.trusted_proxies, 1))  # type: ignore[method-assign]
    app.config["SOCK_SERVER_OPTIONS"] = client_socket.SERVER_OPTIONS
    sock = Sock(app)
    counts = Counts(settings.state_directory)
    cookie = PageCookie(settings.secret_key or new_secret_key(), settings.access_password)
    access = Access(settings, cookie)
    sessions = app.extensions["sessions"] = Sessions(settings, counts)
    engine = "deepgram" if settings.upstream_url else "embedded"
    url = settings.upstream_url or launcher.url()
    upstream = Upstream(url, settings.deepgram_api_key) if url else None
    headers.add(app, settings.frame_origins)
    if settings.access_password:
        sign_in.add(app, settings.access_password, cookie, counts)

    @app.before_request
    def admit() -> None:
        if request.url_rule and request.path in LISTEN_PATHS:
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

    @app.get("/")
    def page() -> Response:
        price = settings.price_per_minute if engine == "deepgram" else 0
        problem = "" if upstream else NO_ENGINE
        response = make_response(render_template("index.html", engine=engine, price=price, problem=problem))
        response.headers["Cache-Control"] = "no-cache"
        cookie.give(response, secure=request.is_secure)
        return response

    @app.get("/healthz")
    def healthz() -> Response:
        accepting = upstream is not None and sessions.accepting
        status = "draining" if sessions.draining else "ok"
        body = jsonify(status=status, engine=engine, accepting=accepting, sessions=sessions.count)
        body.status_code = 503 if sessions.draining else 200
        return body

    @app.get("/metrics", endpoint="metrics")
    def show_metrics() -> Response:
        if not access.may_read_metrics(request):
            raise Refused(403, "METRICS_CLOSED", METRICS_CLOSED)
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    def listen(server: Server) -> None:
        assert upstream
        who = f"client={address_of(request)} by={'token' if g.by_token else 'page'}"
        session = Session(ClientSocket(server), upstream, g.options, Meter(g.options, settings, counts), who)
        with sessions.holding(session):
            session.run()

    def upgrade_required() -> Response:
        """Answers who may open a session, and did not ask to: the page asks here why it was refused."""
        raise Refused(426, "UPGRADE_REQUIRED", "You may open a session here: ask for a WebSocket.")

    for path in LISTEN_PATHS:
        sock.route(path, endpoint=path)(listen)
        app.get(path, endpoint=f"{path} without upgrade")(upgrade_required)

    return app
