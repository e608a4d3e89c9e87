"""What a client is told when its session fails: one `Error` message and a close code, the same for every cause."""

from __future__ import annotations

import json
from enum import IntEnum


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
