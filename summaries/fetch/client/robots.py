"""robots.txt (RFC 9309), checked before a page is fetched."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from summaries.errors import AddressRefused, Fault, FetchError, NetworkDown, PermanentFetchError, TransientFetchError
from summaries.ports import Clock, Fetched, Fetcher

CACHE_TIME = timedelta(hours=24)
RETRY_DELAY = timedelta(minutes=10)
MAX_HOSTS = 1000
MAX_ROBOTS_BYTES = 500 * 1024  # the minimum that RFC 9309 (2.5) requires
MAX_RULES, MAX_RULE_CHARS = 1000, 500

_AGENT = frozenset(("user-agent", "useragent", "user agent"))
_RULES = frozenset(("allow", "disallow"))


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a host until then. Without a parser everything is allowed, unless a failure hides the rules."""

    until: datetime
    parser: Protego | None = None
    failure: str | None = None


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: _Rules | None = None


class RobotsFetcher:
    """Fetches through another fetcher the pages that robots.txt allows for `product`; implements `ports.Fetcher`.

    For pages only, because feeds are published to be fetched. Rules are cached for a day. A host without readable rules
    allows everything; a host whose server fails to return them allows nothing for now (RFC 9309, 2.3.1).
    """

    def __init__(self, fetcher: Fetcher, *, product: str, clock: Clock) -> None:
        """`product` is the first word of the User-Agent, as used in robots.txt ("RingkasBot")."""
        self._fetcher = fetcher
        self._product = product
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Implement `ports.Fetcher.fetch`; raise PermanentFetchError for an address that robots.txt forbids, also after
        redirects."""
        await self._check(url)
        document = await self._fetcher.fetch(url, etag=etag, last_modified=last_modified)
        if _get_origin(document.url) != _get_origin(url):
            await self._check(document.url)
        return document

    async def _check(self, url: str) -> None:
        rules = await self._get_rules(_get_origin(url))
        if rules.failure is not None:
            raise TransientFetchError(f"{url}: robots.txt could not be had: {rules.failure}")
        if rules.parser is not None and not rules.parser.can_fetch(url, self._product):
            raise PermanentFetchError(f"{url}: robots.txt asks {self._product} not to fetch it", fault=Fault.ROBOTS)

    async def _get_rules(self, origin: str) -> _Rules:
        host = self._hosts.setdefault(origin, _Host())
        try:
            async with host.lock:
                if host.rules is None or host.rules.until <= self._clock():
                    host.rules = await self._fetch_rules(origin)
                    self._hosts.pop(origin, None)
                    self._hosts[origin] = host
                    while len(self._hosts) > MAX_HOSTS:  # the host whose rules are oldest
                        del self._hosts[next(iter(self._hosts))]
                return host.rules
        finally:
            # Keep nothing for hosts that are refused.
            if host.rules is None and not host.lock.locked():
                self._hosts.pop(origin, None)

    async def _fetch_rules(self, origin: str) -> _Rules:
        try:
            document = await self._fetcher.fetch(f"{origin}/robots.txt")
        except NetworkDown:
            # Not a fault of the host: nothing about it is remembered.
            raise
        except TransientFetchError as failure:
            return _Rules(self._clock() + RETRY_DELAY, failure=str(failure))
        except FetchError:  # missing or unreadable
            return _Rules(self._clock() + CACHE_TIME)
        text = document.body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace")
        if document.media_type == "text/html" or text.lstrip().startswith("<"):  # an HTML page in its place
            return _Rules(self._clock() + CACHE_TIME)
        return _Rules(self._clock() + CACHE_TIME, parser=Protego.parse(select_rules(text, self._product)))


def select_rules(text: str, product: str) -> str:
    """Return the lines of a robots.txt for `product`, or else those for all agents; at most a thousand.

    Protego copies each rule to each of its agents, which takes minutes for a file of only agents and rules.
    """
    ours: list[str] = []
    everybodys: list[str] = []
    is_named = is_for_ours = is_for_all = False
    is_ours_there = False
    for line in text.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name in _AGENT:
            agent = value.partition("/")[0].strip().lower()
            is_for_ours = agent == product.lower() or (is_named and is_for_ours)
            is_for_all = agent == "*" or (is_named and is_for_all)
            is_ours_there = is_ours_there or is_for_ours
            is_named = True
        elif name in _RULES:
            is_named = False
            if len(value) <= MAX_RULE_CHARS:
                rules = ours if is_for_ours else everybodys if is_for_all else None
                if rules is not None and len(rules) < MAX_RULES:
                    rules.append(f"{name}: {value}")
    return "\n".join(["User-agent: *", *(ours if is_ours_there else everybodys)])


def _get_origin(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise AddressRefused(f"not a web address: {error}") from error
    return f"{parts.scheme}://{parts.netloc}".lower()
