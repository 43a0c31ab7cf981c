"""Requests to the Bot API, straight over connections of our own.

python-telegram-bot asks through httpx's client. Its redirects, cookies and authentication, of which the Bot API has
none, and its way of quoting a text byte by byte, were a third of what a message cost.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote_plus

import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest

from bot.transport.connection_pool import connections_to, is_here, is_proxied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from telegram.request import RequestData

    from bot.config import Settings


# More than there are senders of digests: an answer finds a free one.
CONNECTIONS = 256
# Seconds, by httpx's names.
PATIENCE = {"connect": 10.0, "read": 20.0, "write": 20.0, "pool": 30.0}
HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": HTTPXRequest.USER_AGENT,
}
# A digest's text goes to many chats, and is quoted once. What is short costs little, and would push texts out.
_LONG_CHARS = 200
_MOST_QUOTED = 256


class ApiRequest(HTTPXRequest):
    """Tells when Telegram answered. What is 5xx is an answer of something that stands before it.

    What holds no file goes straight over `connections`, where they are given; the rest as python-telegram-bot does it.
    """

    heard: Callable[[], None] | None = None

    def __init__(self, *, connections: httpx.AsyncBaseTransport | None = None, **settings: Any) -> None:
        if connections is not None:
            settings["httpx_kwargs"] = {**settings.get("httpx_kwargs", {}), "transport": connections}
        super().__init__(**settings)
        self._connections = connections

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        if self._connections is None or (request_data is not None and request_data.contains_files):
            status, payload = await super().do_request(
                url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
            )
        else:
            asked = {"connect": connect_timeout, "read": read_timeout, "write": write_timeout, "pool": pool_timeout}
            request = httpx.Request(
                method,
                parsed(url),
                headers=HEADERS,
                content=as_form(request_data.json_parameters) if request_data is not None else b"",
                extensions={"timeout": {name: patience(name, seconds) for name, seconds in asked.items()}},
            )
            status, payload = await answer_of(self._connections, request)
        if self.heard is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.heard()
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        return as_wanted(HTTPXRequest.parse_json_payload(payload))


Client = TypeVar("Client", bound=ApiRequest)


def http_client(settings: Settings, kind: type[Client]) -> Client:
    """Telegram's client. A proxy from the environment is never asked for a server on this machine."""
    server = settings.telegram_api_url
    is_straight = is_here(server) or not is_proxied(server)
    return kind(
        connections=connections_to(server, CONNECTIONS) if is_straight else None,
        connection_pool_size=CONNECTIONS,
        **{f"{name}_timeout": seconds for name, seconds in PATIENCE.items()},
    )


async def answer_of(connections: httpx.AsyncBaseTransport, request: httpx.Request) -> tuple[int, bytes]:
    """Status and body.

    Raises:
        TimedOut, NetworkError: as python-telegram-bot's own; the cause tells whether the request left.
    """
    try:
        response = await connections.handle_async_request(request)
        try:
            payload = await response.aread()
        finally:
            await response.aclose()
    except httpx.TimeoutException as error:
        raise TimedOut from error
    except httpx.HTTPError as error:
        raise NetworkError(f"httpx.{type(error).__name__}: {error}") from error
    return response.status_code, payload


def as_form(parameters: Mapping[str, str]) -> bytes:
    """The parameters as application/x-www-form-urlencoded."""
    return "&".join([f"{name}={quoted(value)}" for name, value in parameters.items()]).encode("ascii")


def quoted(value: str) -> str:
    return quoted_text(value) if len(value) > _LONG_CHARS else quote_plus(value)


@lru_cache(maxsize=_MOST_QUOTED)
def quoted_text(text: str) -> str:
    return quote_plus(text)


@lru_cache(maxsize=_MOST_QUOTED)
def parsed(url: str) -> httpx.URL:
    """The address of a method; there are a few dozen."""
    return httpx.URL(url)


def patience(name: str, seconds: Any) -> float | None:
    """What was asked for, or else the usual."""
    return PATIENCE[name] if seconds is BaseRequest.DEFAULT_NONE else seconds


# What python-telegram-bot makes no message without.
KEPT = ("message_id", "date", "chat")

_is_brief: ContextVar[bool] = ContextVar("_is_brief", default=False)


@contextmanager
def number_alone() -> Iterator[None]:
    """Of messages that are sent within the block, in this task, the number alone is wanted."""
    before = _is_brief.set(True)
    try:
        yield
    finally:
        _is_brief.reset(before)


def as_wanted(answer: dict[str, Any]) -> dict[str, Any]:
    """Telegram's answer, or what is wanted of it."""
    result = answer.get("result")
    if _is_brief.get() and isinstance(result, dict) and "message_id" in result:
        return {**answer, "result": {key: result[key] for key in KEPT if key in result}}
    return answer
