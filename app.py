"""The web app: settings, routes and what they are wired to."""

from __future__ import annotations

from flask import Flask, Response, jsonify, make_response, render_template, request
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.middleware.proxy_fix import ProxyFix

from transcribe import assets, headers, listen, logs, metrics, sign_in
from transcribe.access import OR_TOKEN, Access, PageCookie
from transcribe.counts import Counts
from transcribe.engine import launcher
from transcribe.failure import Refused
from transcribe.lifecycle import Sessions
from transcribe.settings import Settings, new_secret_key
from transcribe.upstream import Upstream

METRICS_CLOSED = f"The metrics are open on this machine, not through a proxy. {OR_TOKEN}"


def create_app(settings: Settings | None = None) -> Flask:
    """Makes the app; without settings it reads them from the environment and `.env`."""
    settings = settings or Settings.load()
    logs.configure(settings.log_level)
    app = assets.App(__name__)
    proxies = settings.trusted_proxies
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=min(proxies, 1))  # type: ignore[method-assign]
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
    listen.add(app, settings, access, sessions, counts, upstream)

    @app.get("/")
    def page() -> Response:
        price = settings.price_per_minute if engine == "deepgram" else 0
        problem = "" if upstream else listen.NO_ENGINE
        response = make_response(render_template("index.html", engine=engine, price=price, problem=problem))
        response.headers["Cache-Control"] = "no-cache"
        cookie.give(response, secure=request.is_secure)
        return response

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

    @app.get("/metrics", endpoint="metrics")
    def show_metrics() -> Response:
        if not access.may_read_metrics(request):
            raise Refused(403, "METRICS_CLOSED", METRICS_CLOSED)
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return app
