"""The sign-in page that stands before everything where ACCESS_PASSWORD is set."""

from __future__ import annotations

import hmac

from flask import Flask, Request, Response, make_response, redirect, render_template, request

from transcribe.access import LISTEN_PATHS, PageCookie
from transcribe.clients import address_of
from transcribe.counts import Counts

OPEN = ("healthz", "static", "metrics", "sign_in")  # endpoints that answer strangers in their own way
WINDOW_S = 60
ATTEMPTS = 5  # of one address in that time, before it has to wait
FORM_BYTES = 4096


def add(app: Flask, password: str, cookie: PageCookie, counts: Counts) -> None:
    """Adds the page, and lets nothing through but what a browser that signed in asks for."""

    @app.before_request
    def ask_for_password() -> Response | None:
        if request.endpoint in OPEN or request.path in LISTEN_PATHS or cookie.came_with(request):
            return None
        return _page(request)

    @app.post("/sign-in")
    def sign_in() -> Response:
        request.max_content_length = FORM_BYTES
        client = address_of(request)
        tried = request.form.get("password", "").encode()
        if counts.add_attempt(client, WINDOW_S) > ATTEMPTS:
            return _page(request, 429, f"Too many tries: wait {WINDOW_S} seconds and try again.")
        if not hmac.compare_digest(tried, password.encode()):
            return _page(request, 401, "This is not the password. Try again.")
        counts.forget_attempts(client)
        response = make_response(redirect("./", 303))
        cookie.give(response, secure=request.is_secure)
        return response


def _page(request: Request, status: int = 401, problem: str = "") -> Response:
    response = make_response(render_template("sign_in.html", problem=problem), status)
    response.headers["Cache-Control"] = "no-store"
    if status == 429:
        response.headers["Retry-After"] = str(WINDOW_S)
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and request.method == "GET":
        response.headers["Refresh"] = "0"  # a link from elsewhere brings no SameSite=Strict cookie; a reload does
    return response
