"""Access: who may ask, from where. Every request passes here before any route sees it.

A program sends the token as `Authorization: Bearer`. The page swaps `/?token=…` for a cookie that no script can read
and no other site can send. A foreign Host header (DNS rebinding) and a foreign origin are refused; the token never
stands in a log line.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import uuid
from time import perf_counter
from typing import Final
from urllib.parse import parse_qs, urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics
from api.problems import problem
from cim_models import limits

_OPEN: Final = frozenset({"/livez", "/readyz"})
"""What a supervisor may ask without a token; it tells nothing of the network."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_HEAD: Final = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>topogroup</title>'
_SIGNED_IN: Final = f'{_HEAD}<meta http-equiv="refresh" content="0;url=/">'
_SIGN_IN: Final = (
    f"{_HEAD}<h1>Not signed in</h1>"
    "<p>Open the address that <code>topogroup serve</code> printed; it carries the token, which also lies in the file "
    "<code>token</code> of the data directory.</p>"
)

_log = structlog.get_logger("http")


class Access:
    """ASGI middleware: checks, security headers, request id, access log."""

    def __init__(self, app: ASGIApp, token: str, metrics: Metrics) -> None:
        """Keep what to guard."""
        self._app, self._token, self._metrics = app, token.encode(), metrics
        digest = hashlib.sha256(b"topogroup page" + self._token).hexdigest()
        self._cookie, self._cookie_value = f"topogroup_{digest[:8]}", digest[8:]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, began = Headers(scope=scope), perf_counter()
        request_id = _request_id(headers.get("x-request-id", ""))
        scope.setdefault("state", {})["request_id"] = request_id
        seen = {"status": 500}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                answered = MutableHeaders(scope=message)
                answered["X-Request-ID"] = request_id
                answered.setdefault("Cache-Control", "no-store")
                for name, value in _HEADERS.items():
                    answered[name] = value
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            answer = self._answer(scope, headers)
            await (answer or self._app)(scope, receive, send_with_headers)
        finally:
            self._note(scope, seen["status"], perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "page"
        self._metrics.request(scope["method"], route, status, seconds)
        if route not in ("/livez", "/readyz", "/metrics"):
            revision = scope["state"].get("revision")
            more = {} if revision is None else {"revision": revision}
            _log.info(
                "request", method=scope["method"], path=scope["path"], status=status, seconds=round(seconds, 4), **more
            )

    def _answer(self, scope: Scope, headers: Headers) -> Response | None:
        """Return the answer to a request that may not pass, None = it may."""
        host = headers.get("host", "")
        if not _is_loopback(host):
            return problem(421, "foreign_host", f"This service does not answer for the host {host[:80]!r}.", host[:80])
        if scope["path"] in _OPEN and scope["method"] in _SAFE:
            return None
        return self._known(scope, headers, f"{scope['scheme']}://{host}")

    def _known(self, scope: Scope, headers: Headers, own: str) -> Response | None:
        """Return the answer to somebody who has neither token nor cookie, None = it may pass."""
        if given := headers.get("authorization", ""):
            if self._is_token(given.removeprefix("Bearer ").strip()):
                return None
            return _unknown("The token in Authorization is not that of this service; it lies in D/token.")
        visit = scope["path"] == "/" and scope["method"] in _SAFE
        if visit and (asked := parse_qs(scope["query_string"].decode("latin-1")).get("token")):
            return self._swap(asked[-1])
        if self._has_cookie(headers.get("cookie", "")):
            return _foreign(headers, scope["method"], own)
        return HTMLResponse(_SIGN_IN, 401) if visit else _unknown("Send the token: Authorization: Bearer ….")

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self._token)

    def _has_cookie(self, header: str) -> bool:
        values = (part.strip().partition("=") for part in header.split(";"))
        return any(
            name == self._cookie and hmac.compare_digest(value.encode(), self._cookie_value.encode())
            for name, _, value in values
        )

    def _swap(self, token: str) -> Response:
        """Answer the first visit: the token leaves the address bar, a cookie takes its place."""
        if not self._is_token(token):
            return HTMLResponse(_SIGN_IN, 401)
        # a page that leads on, not a redirect: browsers hold strict cookies back in redirects from other sites
        answer = HTMLResponse(_SIGNED_IN)
        answer.set_cookie(self._cookie, self._cookie_value, httponly=True, samesite="strict", path="/")
        return answer


def _unknown(detail: str) -> Response:
    answer = problem(401, "not_signed_in", detail)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _foreign(headers: Headers, method: str, own: str) -> Response | None:
    """Refuse what another site made a browser send; ports of one machine share their cookies."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    visits = method in _SAFE and headers.get("sec-fetch-mode") == "navigate"
    if (origin is not None and origin != own) or (site not in ("same-origin", "none") and not visits):
        return problem(403, "foreign_origin", "The cookie of the page works from the page alone; send the token.")
    if method not in _SAFE and origin is None and site != "same-origin":
        return problem(403, "foreign_origin", "A change needs the token, or the page's own origin.")
    return None


def _is_loopback(host: str) -> bool:
    """Tell whether a Host header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _request_id(given: str) -> str:
    """Return the client's id of a request if it can stand in a log, else a new one."""
    if 0 < len(given) <= limits.REQUEST_ID_CHARACTERS_MAX and given.isascii() and given.isprintable():
        return given
    return str(uuid.uuid4())
