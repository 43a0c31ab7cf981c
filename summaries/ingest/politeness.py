"""Polite fetching: few concurrent requests per host, spaced, and none during a back-off that the host requested."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from summaries.errors import TransientFetchError
from summaries.ingest.poll_schedule import find_requested_backoff
from summaries.ports import Clock, Fetched, Fetcher
from summaries.urls import split_url

MAX_CONCURRENT_REQUESTS = 2
SPACING_S = 0.5
# Above this number of hosts, those without waiting requests are dropped.
MAX_HOSTS = 2000
NEVER = datetime.min.replace(tzinfo=UTC)


class HostBackoff(TransientFetchError):
    """The host requested a back-off until then; nothing was sent."""

    def __init__(self, until: datetime, *, now: datetime) -> None:
        super().__init__(
            f"the host asked to be left alone until {until:%Y-%m-%d %H:%M} UTC",
            retry_after_s=(until - now).total_seconds(),
        )
        self.until = until


@dataclass(slots=True)
class _Host:
    """The state of one host. `next_at_s` is on the event loop's clock."""

    slots: asyncio.Semaphore
    users: int = 0
    next_at_s: float = 0.0
    backoff_until: datetime = NEVER


class PoliteFetcher:
    """Fetches through another fetcher, with two concurrent requests per host, half a second apart.

    Implements `ports.Fetcher`. A host that answers 429 or sends Retry-After gets no request before that time:
    `HostBackoff` is raised instead. For one event loop.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        clock: Clock,
        spacing_s: float = SPACING_S,
        at_once: int = MAX_CONCURRENT_REQUESTS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._spacing_s = spacing_s
        self._at_once = at_once
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Implement `ports.Fetcher.fetch`; raise `HostBackoff` during a back-off."""
        async with self._acquire(url) as host:
            try:
                return await self._fetcher.fetch(url, etag=etag, last_modified=last_modified)
            except TransientFetchError as error:
                # A 503 alone may be one broken page.
                is_asked = error.retry_after_s is not None or error.status == HTTPStatus.TOO_MANY_REQUESTS
                if is_asked and (backoff := find_requested_backoff(error)):
                    host.backoff_until = max(host.backoff_until, self._clock() + backoff)
                raise

    @asynccontextmanager
    async def _acquire(self, url: str) -> AsyncIterator[_Host]:
        host = self._get_state(url)
        host.users += 1
        try:
            async with host.slots:
                self._refuse_backoff(host)
                now_s = asyncio.get_running_loop().time()
                wait_s = host.next_at_s - now_s
                host.next_at_s = max(host.next_at_s, now_s) + self._spacing_s
                if wait_s > 0:
                    await self._sleep(wait_s)
                    self._refuse_backoff(host)
                yield host
        finally:
            host.users -= 1

    def _refuse_backoff(self, host: _Host) -> None:
        if host.backoff_until > (now := self._clock()):
            raise HostBackoff(host.backoff_until, now=now)

    def _get_state(self, url: str) -> _Host:
        name = get_host(url)
        if name not in self._hosts:
            if len(self._hosts) >= MAX_HOSTS:
                now = self._clock()
                self._hosts = {
                    name: host for name, host in self._hosts.items() if host.users or host.backoff_until > now
                }
            self._hosts[name] = _Host(asyncio.Semaphore(self._at_once))
        return self._hosts[name]


def get_host(url: str) -> str:
    """Return host and port of the address, in lower case; an invalid address counts as its own host."""
    parts = split_url(url)
    return (parts.netloc.rpartition("@")[2].lower() if parts else "") or url
