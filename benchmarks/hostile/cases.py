"""Every hostile input by group: its name, and a function that passes it to the code that must handle it.

Most inputs come from the tests' tables; here are those that matter only at full size, and odd inputs that must be read.
To add a group, add a mapping of names to functions to `groups`.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import ParamSpec

from benchmarks.hostile import servers
from bot.sandbox.entities import Marked, with_found
from bot.telegram_text import unlink
from summaries.errors import RingkasError
from summaries.fetch.client.http import GuardedFetcher
from summaries.fetch.feeds.feeds import read_feed
from summaries.fetch.html.outlets import name_outlet
from summaries.fetch.html.pages import read_page
from summaries.fetch.pdfs import read_pdf
from summaries.workers.pools import WorkerPool
from tests.bot import test_telegram_text
from tests.summaries.fetch import test_hostile_pages, test_pdfs
from tests.summaries.fetch.client import test_address_policy
from tests.summaries.fetch.client.test_http import FOR_GOOD, FOR_NOW
from tests.summaries.fetch.feeds import test_feeds
from tests.summaries.fetch.feeds.test_feeds import LINK, make_rss
from tests.summaries.fetch.html import test_outlets, test_page_kind, test_pages

Case = Callable[[], str]
P = ParamSpec("P")
FEED_URL = "https://outlet.example/rss"
# The size limit that the tests' tables of servers are made for.
SMALL_BOUND = 100_000

_ENTITIES = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 9))
_DECLARATION = f'<!DOCTYPE rss [<!ENTITY a0 "{"a" * 100}">{_ENTITIES}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
_TITLE = "<title>Panen Raya di Kediri</title>"
ODD_FEEDS = {
    "entity bomb and an entity of a file": make_rss(LINK + "<title>&a8; &f;</title>", declaration=_DECLARATION),
    "a blank line before the XML declaration": b"\n \n" + make_rss(LINK + _TITLE),
    "windows-1252 that claims to be UTF-8": make_rss(LINK + "<title>Kafé “baru”</title>").decode().encode("cp1252"),
    "neither date nor id": make_rss(LINK + _TITLE),
    "a date in the future": make_rss(LINK + _TITLE + "<pubDate>Mon, 01 Jan 2099 00:00:00 GMT</pubDate>"),
    "local time with GMT behind it": make_rss(LINK + _TITLE + "<pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate>"),
    "a date in words": make_rss(LINK + _TITLE + "<pubDate>Selasa, 24 Nov 2026 07:00 WIB</pubDate>"),
    "HTML in a title": make_rss(
        LINK + "<title>&lt;script&gt;alert(1)&lt;/script&gt;Harga &lt;b&gt;Beras&lt;/b&gt;</title>"
    ),
    "a title of 1 MB": make_rss(LINK + f"<title>{'a' * 1_000_000}</title>"),
    "an entry that leads to javascript:": make_rss("<link>javascript:alert(1)</link>" + _TITLE),
    "10,000 entries": make_rss(*[LINK + _TITLE] * 10_000),
}


def loop() -> None:
    """Compute for ever."""
    while True:
        pass


def fill_memory() -> int:
    """Ask for four gigabytes in small pieces."""
    return len([bytes(2**20) for _ in range(4096)])


COSTLY: dict[str, Callable[[], object]] = {
    # Matching holds the interpreter's lock.
    "an expression that takes exponential time": partial(re.fullmatch, r"(?:a|a)*b", "a" * 80),
    "a loop without an end": loop,
    "4 GiB of memory": fill_memory,
    "a process that ends itself": partial(os._exit, 3),
}


def groups(now: datetime) -> dict[str, dict[str, Case]]:
    return {
        "Addresses": {name: _run(_fetch, url) for name, url in test_address_policy.REFUSED.items()},
        "Names": {name: _run(servers.ask, servers.ELSEWHERE, addresses=found) for name, found in servers.NAMES.items()},
        "Servers": {
            **{name: _run(servers.ask, response) for name, response in servers.SERVERS.items()},
            **{name: _run(servers.ask, response, SMALL_BOUND) for name, response in (FOR_GOOD | FOR_NOW).items()},
            "robots.txt of 13,000 agents and 13,000 rules": _run(servers.obey_robots, now),
        },
        "Feeds that are none, or too much": {
            name: partial(_feed, body, now) for name, body in test_feeds.NO_FEED.items()
        },
        "Feeds that are odd": {name: partial(_feed, body, now) for name, body in ODD_FEEDS.items()},
        "Pages made to keep a reader busy": {
            name: partial(_page, body, test_hostile_pages.URL) for name, body in test_hostile_pages.HOSTILE.items()
        },
        "Pages that are no article": {
            **{name: partial(_page, body, url) for name, (url, body) in test_pages.NO_ARTICLE.items()},
            **{name: partial(_page, body.encode(), url) for name, (url, body) in test_page_kind.NONE.items()},
        },
        "PDFs": {
            **{name: partial(_pdf, make()) for name, make in test_pdfs.REFUSED.items()},
            "a thousand pages": partial(_pdf, test_pdfs.make_pdf(pages=1000)),
        },
        "Work without an end": {name: _run(run_in_pool, work) for name, work in COSTLY.items()},
        # As ASCII: some of their letters are invisible.
        "Names of others": {ascii(name): partial(_name, name) for name in test_outlets.IMPOSTORS},
        "Words that Telegram makes links of": {
            ascii(words): partial(_words, words) for words in test_telegram_text.LINKS
        },
    }


def _run(work: Callable[P, Coroutine[None, None, str]], *args: P.args, **kwargs: P.kwargs) -> Case:
    return lambda: asyncio.run(work(*args, **kwargs))


async def _fetch(url: str) -> str:
    async with aclosing(GuardedFetcher()) as fetcher:
        return f"read: {len((await fetcher.fetch(url)).body):,} bytes"


def _feed(body: bytes, now: datetime) -> str:
    feed = read_feed(body, url=FEED_URL, now=now)
    if not feed.entries:
        return "read: no entry"
    first = feed.entries[0]
    when = first.published_at.isoformat(timespec="minutes") if first.published_at else "no date"
    return f"read: {len(feed.entries)} of it, the first “{first.title[:40]}”, {when}"


def _page(body: bytes, url: str) -> str:
    return f"read: {len(read_page(body, url=url).text.split())} words"


def _name(name: str) -> str:
    return f"shown as {name_outlet(test_outlets.EVIL, [name])}"


def _words(words: str) -> str:
    left = with_found(Marked(unlink(words))).entities
    return f"{len(left)} links" if left else "no link"


def _pdf(body: bytes) -> str:
    return f"read: {len(read_pdf(body).text.split())} words"


async def run_in_pool(work: Callable[[], object]) -> str:
    """Run the work in the bot's worker pool, and return the longest wait of small jobs beside it.

    Raises:
        RingkasError: the pool stopped the work.
    """
    pool = WorkerPool()
    try:
        await pool.start()
        costly = asyncio.create_task(pool(work))
        longest_s = 0.0
        while not costly.done():
            began_s = time.monotonic()
            await pool.urgent(abs, -1)
            longest_s = max(longest_s, time.monotonic() - began_s)
            await asyncio.sleep(0.05)
        waited = f"other work waited {longest_s:.2f} s at most"
        try:
            await costly
        except RingkasError as error:
            raise type(error)(f"{error}; {waited}") from error
        return f"read: {waited}"
    finally:
        await pool.close()
