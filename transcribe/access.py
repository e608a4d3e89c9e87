"""May this request open a session? Everything that refuses one is here, and answers before the upgrade."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, Response, jsonify

from transcribe.lifecycle import Sessions
from transcribe.options import OptionError, Options, parse


class Refused(Exception):
    """An HTTP refusal in Deepgram's shape: status, error code and what to do about it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> Response:
        """The HTTP answer; Deepgram's clients look for the reason in the `dg-error` header."""
        response = jsonify(err_code=self.code, err_msg=self.message)
        response.status_code = self.status
        response.headers["dg-error"] = self.message
        return response


def admit(request: Request, allowed_origins: frozenset[str], sessions: Sessions) -> Options:
    """Returns the options of a request that may open a session; raises Refused."""
    origin = request.headers.get("Origin", "").lower()
    # Hosts, not schemes: behind a proxy that ends TLS the app itself sees http.
    if origin and urlsplit(origin).netloc != request.host.lower() and origin not in allowed_origins:
        raise Refused(403, "FORBIDDEN_ORIGIN", "Pages of this origin may not open a session: see ALLOWED_ORIGINS.")
    try:
        options = parse(request.args.to_dict(flat=False))
    except OptionError as error:
        raise Refused(400, "BAD_REQUEST", str(error)) from None
    if sessions.draining:
        raise Refused(503, "RESTARTING", "The server restarts: try again in a moment.")
    if not sessions.accepting:
        raise Refused(503, "FULL", "All sessions of this server are taken: try again in a moment.")
    return options
