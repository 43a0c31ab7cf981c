"""The guarded fetcher: the only way to reach an address that does not ship with the project.

`address_policy` judges every address, including redirects, before anything is sent; `guarded_network` opens the
connections. It uses httpcore, which has no cookies, environment proxies or automatic redirects.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime

import httpcore
import httpx

from summaries.errors import AddressRefused, Fault, PermanentFetchError, TransientFetchError
from summaries.fetch.client import decoding
from summaries.fetch.client.address_policy import check_url
from summaries.fetch.client.decoding import ACCEPTED_ENCODINGS, BodyDecoder
from summaries.fetch.client.guarded_network import KEEP_ALIVE_S, GuardedBackend, HostPools, Resolver, resolve
from summaries.ports import Clock, Fetched

DEFAULT_USER_AGENT = "RingkasBot/0.1 (news summaries on Telegram; operator has set no contact)"
DEFAULT_TIMEOUT_S = 10.0
DEFAULT_MAX_BYTES = 5 * 1024 * 1024
MAX_REDIRECTS = 5

# Per host.
_MAX_CONNECTIONS = 8
_MAX_IDLE_CONNECTIONS = 2
_REDIRECT_STATUSES = {301, 302, 303, 307, 308}
_TRANSIENT_STATUSES = {408, 425, 429}
_ACCEPT = "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.5"


class GuardedFetcher:
    """Fetches documents under the rules of `address_policy`; implements `ports.Fetcher`. Close it with `aclose`.

    Args:
        user_agent: identifies the bot and a contact, in printable ASCII.
        timeout_s: limits one whole `fetch`, including redirects and the body.
        max_bytes: limits a body, before and after decompression.
        allow_private_addresses: for tests only: accept loopback, other private hosts and any port.
        clock: the present moment, for a Retry-After with a date.
        resolver, network, tls: name resolution, connections and trusted certificates.
    """

    def __init__(
        self,
        *,
        user_agent: str = DEFAULT_USER_AGENT,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        max_bytes: int = DEFAULT_MAX_BYTES,
        allow_private_addresses: bool = False,
        clock: Clock = lambda: datetime.now(UTC),
        resolver: Resolver = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not (user_agent.isascii() and user_agent.isprintable() and user_agent.strip()):
            raise ValueError("a user agent is printable ASCII")
        self._user_agent = user_agent
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._allow_private = allow_private_addresses
        self._clock = clock
        tls = tls or httpx.create_ssl_context(trust_env=False)
        backend = GuardedBackend(network or httpcore.AnyIOBackend(), resolver, allow_private=allow_private_addresses)
        self._pools = HostPools(
            lambda: httpcore.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=_MAX_CONNECTIONS,
                max_keepalive_connections=_MAX_IDLE_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_S,
                network_backend=backend,
            )
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pools.aclose()

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Fetch the document at `url`. Given the validators of an earlier response, return an empty 304 if it is
        unchanged.

        Raises:
            AddressRefused: the address or a redirect target must not be opened.
            TransientFetchError: time-out, no connection, 408, 425, 429 or 5xx; with the server's Retry-After.
            PermanentFetchError: another status, an unsupported type, too large, too many redirects.
        """
        conditions = [
            (name, value.encode())
            for name, value in ((b"If-None-Match", etag), (b"If-Modified-Since", last_modified))
            if value and value.isascii() and value.isprintable()
        ]
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(url, conditions)
        except TimeoutError as error:
            raise TransientFetchError(f"{url} took longer than {self._timeout_s:g} s", fault=Fault.TIMEOUT) from error
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise TransientFetchError(f"{url} could not be had: {type(error).__name__} {error}".rstrip()) from error
        except httpcore.UnsupportedProtocol as error:
            raise AddressRefused(f"{url}: {error}") from error

    async def _follow(self, url: str, conditions: list[tuple[bytes, bytes]]) -> Fetched:
        here = check_url(url, allow_private=self._allow_private)
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._request(here, conditions)
            if isinstance(answer, Fetched):
                return answer
            here = check_url(answer, allow_private=self._allow_private)
        raise PermanentFetchError(f"{url} redirects more than {MAX_REDIRECTS} times")

    async def _request(self, url: httpx.URL, conditions: list[tuple[bytes, bytes]]) -> Fetched | str:
        """Return the document, or the target of a redirect."""
        request = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers = [
            (b"Host", url.netloc),
            (b"User-Agent", self._user_agent.encode()),
            (b"Accept", _ACCEPT.encode()),
            (b"Accept-Language", b"id,en;q=0.5"),
            (b"Accept-Encoding", ACCEPTED_ENCODINGS.encode()),
            *conditions,
        ]
        async with (
            self._pools.acquire(url.raw_scheme + b"://" + url.netloc) as pool,
            pool.stream("GET", request, headers=headers) as response,
        ):
            answer = decoding.parse_headers(response.headers)
            if response.status in _REDIRECT_STATUSES:
                return _redirect_target(url, answer)
            if response.status == 304 and conditions:
                return Fetched(
                    str(url), 304, etag=answer.get("etag") or None, last_modified=answer.get("last-modified") or None
                )
            self._check_status(url, response.status, answer)
            return await self._read(url, response, answer)

    def _check_status(self, url: httpx.URL, status: int, headers: Mapping[str, str]) -> None:
        if status == 200:
            return
        message = f"{url} answered {status}"
        if status in _TRANSIENT_STATUSES or status >= 500:
            wait = decoding.parse_retry_after(headers.get("retry-after", ""), now=self._clock())
            raise TransientFetchError(message, status=status, retry_after_s=wait)
        raise PermanentFetchError(message, status=status)

    async def _read(self, url: httpx.URL, response: httpcore.Response, headers: Mapping[str, str]) -> Fetched:
        content_type = headers.get("content-type", "")
        media_type = decoding.parse_media_type(content_type)
        if media_type and not decoding.is_readable(media_type):
            raise PermanentFetchError(f"{url} is {media_type[:80]!r}, which is not read", status=response.status)
        decoder = BodyDecoder(str(url), headers.get("content-encoding", ""), max_bytes=self._max_bytes)
        decoder.check_length(decoding.parse_length(headers.get("content-length", "")) or 0)
        async for piece in response.aiter_stream():
            decoder.feed(piece)
        body = decoder.finish()
        media_type = media_type or decoding.sniff_media_type(body)
        if not media_type:
            raise PermanentFetchError(f"{url} does not say what it is", status=response.status)
        return Fetched(
            url=str(url),
            status=response.status,
            media_type=media_type,
            charset=decoding.parse_charset(content_type),
            body=body,
            etag=headers.get("etag") or None,
            last_modified=headers.get("last-modified") or None,
        )


def _redirect_target(url: httpx.URL, headers: Mapping[str, str]) -> str:
    # Header bytes beyond ASCII are UTF-8 in practice, but were decoded as Latin-1.
    location = headers.get("location", "").encode("latin-1").decode("utf-8", "replace")
    if not location:
        raise PermanentFetchError(f"{url} redirects nowhere")
    try:
        return str(url.join(location))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AddressRefused(f"{url} redirects to what is not a web address: {error}") from error
