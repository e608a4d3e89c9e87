"""What browsers are told about every answer: what the page may load, use and be framed by."""

from __future__ import annotations

from flask import Flask, Response, request

CONTENT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self' blob:",  # a local file that the page plays
    "connect-src": "'self'",  # the WebSocket of the same origin too
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
}
FEATURES = (
    "microphone=(self), display-capture=(self), screen-wake-lock=(self), "
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), midi=(), payment=(), usb=()"
)
HSTS = "max-age=31536000"


def add(app: Flask, frame_origins: frozenset[str]) -> None:
    """Adds the headers; `frame_origins` may frame the captions view."""
    policy = "; ".join(f"{name} {sources}" for name, sources in CONTENT.items())
    captions_framed_by = " ".join(sorted(frame_origins)) or "'none'"

    @app.after_request
    def add_headers(response: Response) -> Response:
        captions = request.path == "/" and request.args.get("view") == "captions"
        framed_by = captions_framed_by if captions else "'none'"
        response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors {framed_by}"
        response.headers["Permissions-Policy"] = FEATURES
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = HSTS
        return response
