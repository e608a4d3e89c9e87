"""What a client is told: by HTTP when its session is refused, by one `Error` and a close code when it fails."""

from __future__ import annotations

import json
from enum import IntEnum

from flask import Response, jsonify


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
        response.headers["Cache-Control"] = "no-store"
        if self.status == 401:
            response.headers["WWW-Authenticate"] = "Token"
        return response


class CloseCode(IntEnum):
    """The WebSocket close codes of `/listen` (RFC 6455, section 7.4, and the IANA registry)."""

    DONE = 1000
    POLICY = 1008
    UPSTREAM_FAILED = 1011
    RESTARTING = 1012
    TRY_LATER = 1013


class SessionFailure(Exception):
    """Ends a session. `message` says what happened and what to do, `variant` is Deepgram's error code or like one."""

    def __init__(self, code: CloseCode, variant: str, message: str, description: str = "") -> None:
        super().__init__(f"{variant}: {message}")
        self.code = code
        self.variant = variant
        self.message = message
        self.description = description or message

    def as_text(self) -> str:
        """The `Error` message of Deepgram's live protocol."""
        fields = {
            "type": "Error",
            "variant": self.variant,
            "description": self.description,
            "message": self.message,
        }
        return json.dumps(fields)
