"""Requests to the Bot API over a connection pool, without httpx's client.

The client's redirects, cookies and authentication, which the Bot API does not use, and its byte-wise quoting were a
third of the cost of a message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote_plus

import httpx
from telegram.error import InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.config import Settings
from bot.transport.connection_pool import create_pool, is_local, is_proxied
from bot.transport.evidence import UnansweredCall, classify_response
from summaries.errors import InvalidSettings

log = logging.getLogger(__name__)

# More than the number of concurrent digest senders, so that a reply finds a free one.
CONNECTIONS = 256
# Seconds, by httpx's names.
TIMEOUTS_S = {"connect": 10.0, "read": 20.0, "write": 20.0, "pool": 30.0}
HEADERS = httpx.Headers(
    {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "keep-alive",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": HTTPXRequest.USER_AGENT,
    }
)
# Texts of digests go to many chats, so quoting is cached. Short values are cheap, and would evict them.
_LONG_CHARS = 200
_MOST_QUOTED = 256
LONGEST_RETRY_S = 60.0
UNKNOWN_TOKEN = "TELEGRAM_BOT_TOKEN is not known to Telegram: copy it again from BotFather"  # noqa: S105


class ApiRequest(HTTPXRequest):
    """Calls `heard` for each result or refusal of Telegram, and raises UnansweredCall for other responses.

    Requests without files use `connections` if given, others python-telegram-bot's client.
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
            given = {name: seconds for name, seconds in asked.items() if seconds is not BaseRequest.DEFAULT_NONE}
            request = httpx.Request(
                method,
                parse_url(url),
                headers=HEADERS,
                content=encode_form(request_data.json_parameters) if request_data is not None else b"",
                extensions={"timeout": TIMEOUTS_S | given},
            )
            status, payload = await send(self._connections, request)
        if method == "POST":  # GET downloads a file, which can contain anything
            evidence = classify_response(status, payload)
            if evidence is not None:
                raise UnansweredCall(evidence, status)
            if self.heard is not None:
                self.heard()
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        return trim_response(HTTPXRequest.parse_json_payload(payload))


Client = TypeVar("Client", bound=ApiRequest)


def http_client(settings: Settings, kind: type[Client]) -> Client:
    """Return a client for Telegram. A server on this machine is never reached through a proxy."""
    server = settings.telegram_api_url
    is_straight = is_local(server) or not is_proxied(server)
    return kind(
        connections=create_pool(server, CONNECTIONS) if is_straight else None,
        connection_pool_size=CONNECTIONS,
        **{f"{name}_timeout": seconds for name, seconds in TIMEOUTS_S.items()},
    )


async def send(connections: httpx.AsyncBaseTransport, request: httpx.Request) -> tuple[int, bytes]:
    """Send the request and return status and body. Raise TimedOut or NetworkError as python-telegram-bot's client does;
    the cause shows whether the request was sent."""
    try:
        response = await connections.handle_async_request(request)
        try:
            payload = await read_body(response)
        finally:
            await response.aclose()
    except httpx.TimeoutException as error:
        raise TimedOut from error
    except httpx.HTTPError as error:
        raise NetworkError(f"httpx.{type(error).__name__}: {error}") from error
    return response.status_code, payload


async def read_body(response: httpx.Response) -> bytes:
    """Return the body, decompressed."""
    # httpx's decoders cost more than reading the body.
    if "content-encoding" not in response.headers and isinstance(response.stream, httpx.AsyncByteStream):
        return b"".join([part async for part in response.stream])
    return await response.aread()


def encode_form(parameters: Mapping[str, str]) -> bytes:
    """Return the parameters as application/x-www-form-urlencoded."""
    return "&".join([f"{name}={quote(value)}" for name, value in parameters.items()]).encode("ascii")


def quote(value: str) -> str:
    return quote_long(value) if len(value) > _LONG_CHARS else quote_plus(value)


@lru_cache(maxsize=_MOST_QUOTED)
def quote_long(text: str) -> str:
    return quote_plus(text)


@lru_cache(maxsize=_MOST_QUOTED)
def parse_url(url: str) -> httpx.URL:
    """Parse the URL of a method. There are a few dozen different ones."""
    return httpx.URL(url)


# python-telegram-bot requires these fields to build a Message.
KEPT = ("message_id", "date", "chat")

_is_brief: ContextVar[bool] = ContextVar("_is_brief", default=False)


@contextmanager
def message_id_only() -> Iterator[None]:
    """In this task, reduce messages that are sent in the block to the fields that python-telegram-bot requires.

    A caller that needs only the `message_id` skips parsing the rest.
    """
    before = _is_brief.set(True)
    try:
        yield
    finally:
        _is_brief.reset(before)


def trim_response(answer: dict[str, Any]) -> dict[str, Any]:
    """Return Telegram's response, reduced inside a `message_id_only` block."""
    result = answer.get("result")
    if _is_brief.get() and isinstance(result, dict) and "message_id" in result:
        return {**answer, "result": {key: result[key] for key in KEPT if key in result}}
    return answer


async def retry_until_reachable(
    call: Callable[[], Awaitable[None]], stop: asyncio.Event, unknown: str = UNKNOWN_TOKEN
) -> bool:
    """Call Telegram until it answers, and return True; return False after a stop. `unknown` is the message of the
    InvalidSettings that is raised if Telegram does not know the token."""
    attempts = 0
    while not stop.is_set():
        try:
            await call()
        except InvalidToken as error:
            raise InvalidSettings((unknown,)) from error
        except RetryAfter as error:
            await wait(stop, seconds(error))
        except NetworkError as error:
            # The operator is watching the start: retry soon at first, then once a minute.
            delay_s = min(LONGEST_RETRY_S, 2.0**attempts)
            if not attempts:
                log.warning("Telegram can't be reached; it is tried again until it answers: %s", error)
            attempts += 1
            await wait(stop, delay_s)
        else:
            if attempts:
                log.info("Telegram answers again")
            return True
    return False


async def wait(stop: asyncio.Event, delay_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(delay_s):
            await stop.wait()


def seconds(failure: RetryAfter) -> float:
    """Return the delay that Telegram asked for."""
    wait = failure.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
