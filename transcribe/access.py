"""Who may open a session: a page of an allowed origin that this server gave out, or a client with a token.

Answers before the upgrade. How many sessions there may be is `lifecycle`'s, how a browser gets the cookie of a server
with a password `sign_in`'s.
"""

from __future__ import annotations

import hmac

from flask import Request, Response
from itsdangerous import BadSignature, TimestampSigner

from transcribe.client_socket import TOKEN_SUBPROTOCOLS
from transcribe.failure import Refused
from transcribe.settings import Settings

LISTEN_PATHS = ("/listen", "/v1/listen")
COOKIE = "page"
COOKIE_S = 30 * 86_400  # renewed with each look at the page
OR_TOKEN = "A program sends one of the server's API_TOKENS: Authorization: Token YOUR-TOKEN."
LOOPBACK = ("127.0.0.1", "::1")


class PageCookie:
    """Shows that a browser was given the page; where there is a password, that it was signed in with it."""

    def __init__(self, secret_key: str, password: str | None) -> None:
        self._signer = TimestampSigner(secret_key, salt=f"{COOKIE}:{password or ''}")

    def give(self, response: Response, *, secure: bool) -> None:
        """Sets it on a response."""
        value = self._signer.sign(COOKIE).decode()
        response.set_cookie(COOKIE, value, max_age=COOKIE_S, httponly=True, samesite="Strict", secure=secure)

    def came_with(self, request: Request) -> bool:
        """Whether the request brings one that is valid."""
        try:
            self._signer.unsign(request.cookies.get(COOKIE, ""), max_age=COOKIE_S)
        except BadSignature:
            return False
        return True


class Access:
    """Tells clients apart by origin, token and cookie."""

    def __init__(self, settings: Settings, cookie: PageCookie) -> None:
        self._cookie = cookie
        self._origins = settings.allowed_origins
        self._tokens = [token.encode() for token in settings.api_tokens]
        self._password = settings.access_password is not None

    def check(self, request: Request, *, upgrade: bool) -> bool:
        """Returns whether the client came with a token rather than as a page; raises Refused for who is neither."""
        origin = request.headers.get("Origin", "").lower()
        # Hosts, not schemes: behind a proxy that ends TLS the app itself may see http.
        if origin and origin.partition("://")[2] != request.host.lower() and origin not in self._origins:
            raise Refused(403, "FORBIDDEN_ORIGIN", "Pages of this origin may not open a session: see ALLOWED_ORIGINS.")
        token = _token_of(request)
        if token is not None:
            if not self._knows(token):
                raise Refused(401, "TOKEN_REJECTED", "This token is none of the server's API_TOKENS.")
            return True
        if origin in self._origins and not self._password:
            return False  # SameSite keeps the cookie from pages elsewhere
        if not self._cookie.came_with(request):
            raise self._without_cookie()
        if upgrade and not origin:
            raise Refused(403, "FORBIDDEN_ORIGIN", f"A page's cookie counts with its Origin only. {OR_TOKEN}")
        return False

    def may_read_metrics(self, request: Request) -> bool:
        """Whether this is a scraper: with a token, or on this machine and not through a proxy."""
        token = _token_of(request)
        if token is not None:
            return self._knows(token)
        return request.remote_addr in LOOPBACK and "X-Forwarded-For" not in request.headers

    def _knows(self, token: str) -> bool:
        return sum(hmac.compare_digest(token.encode(), known) for known in self._tokens) > 0  # all are compared

    def _without_cookie(self) -> Refused:
        if self._password:
            return Refused(401, "SIGN_IN_NEEDED", f"Load the page again to sign in. {OR_TOKEN}")
        return Refused(401, "COOKIE_NEEDED", f"Load the page again. {OR_TOKEN}")


def _token_of(request: Request) -> str | None:
    """The token in the Authorization header or, as Deepgram's browser SDK sends it, behind the subprotocol `token`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in TOKEN_SUBPROTOCOLS:
        return token.strip()
    offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if len(offered) == 2 and offered[0].lower() in TOKEN_SUBPROTOCOLS:
        return offered[1]
    return None
