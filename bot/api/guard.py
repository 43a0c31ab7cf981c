"""Access to the API: the checks of a request before anything else reads it."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.api.problems import Problem
from bot.config import Listen

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Requests that are answered at the same time; SQLite reads for one of them at a time.
MAX_AT_ONCE = 32
# Anybody may read how the API works.
OPEN_PATHS = frozenset({"/openapi.json"})
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Authorization",
}


class Guard:
    """Passes a request on to `app` if it has the `key`, and if its Host and Origin headers name this server.

    A web page can reach this machine by a name that it makes resolve to it (DNS rebinding), but its requests then have
    that name as host. The names of loopback and `hosts` are this server's, and off loopback any IP address.
    """

    def __init__(self, app: ASGIApp, listen: Listen, key: str | None, hosts: Collection[str] = ()) -> None:
        self._app = app
        self._listen = listen
        self._authorization = None if key is None else f"Bearer {key}".encode()
        self._hosts = frozenset(hosts)
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        if (problem := self._refuse(scope["path"], headers)) is not None:
            await problem.to_response()(scope, receive, send_on)
            return
        if (
            self._authorization is not None
            and "authorization" in headers
            and (trust := scope.get("state", {}).get("trust"))
        ):
            trust()
        self._count += 1
        try:
            await self._app(scope, receive, send_on)
        finally:
            self._count -= 1

    def _refuse(self, path: str, headers: Headers) -> Problem | None:
        if not self._is_own(read_host(f"//{headers.get('host', '')}")):
            detail = "the Host header names another server: add its name to SERVE_HOSTS if it is a name of this one"
            return Problem(HTTPStatus.MISDIRECTED_REQUEST, "unknown-host", detail)
        origin = headers.get("origin")
        if origin is not None and not self._is_own(read_host(origin)):
            return Problem(HTTPStatus.FORBIDDEN, "foreign-origin", "web pages of other sites may not call this API")
        given = headers.get("authorization", "").encode("latin-1")
        is_open = self._authorization is None or (path in OPEN_PATHS and not given)
        if not is_open and not hmac.compare_digest(normalize_scheme(given), self._authorization or b""):
            return Problem(
                HTTPStatus.UNAUTHORIZED,
                "no-key",
                "send the header Authorization: Bearer with the key that SERVE_KEY holds",
                headers={"WWW-Authenticate": 'Bearer realm="Ringkas"'},
            )
        if self._count >= MAX_AT_ONCE:
            detail = f"{MAX_AT_ONCE} requests are being answered"
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", detail, headers={"Retry-After": "1"})
        return None

    def _is_own(self, host: str | None) -> bool:
        if host is None:
            return False
        if host in self._hosts or host == self._listen.host:
            return True
        return host in LOOPBACK_NAMES or (not self._listen.is_loopback and is_address(host))


def read_host(address: str) -> str | None:
    """Return the host in lower case without its port, or None if there is none."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def normalize_scheme(authorization: bytes) -> bytes:
    """Return the header with its scheme, which matches in any case, as "Bearer"."""
    scheme, _, rest = authorization.partition(b" ")
    return b"Bearer " + rest.strip() if scheme.lower() == b"bearer" else b""
