"""What others do of the same work: feedparser reads feeds, trafilatura pages, reader keeps feeds in a database."""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.ingest.news import feed_xml, make_news, page_html, today
from benchmarks.ingest.server import bases_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.ingest.news import Item

BASE = "http://127.0.1.1"
PAGES = 60
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Beside:
    """Milliseconds of processor time for one piece by ours and by the other, and ours as a multiple of the other's."""

    what: str
    other: str
    ours_ms: float
    other_ms: float
    ratio: float


def parsing() -> list[Beside]:
    """Feeds and pages alone, on one core, in turn."""
    import feedparser
    import trafilatura

    from summaries.fetch.articles import read_with_variants
    from summaries.fetch.feeds.feeds import read_feed

    news = make_news(20, 50, seed=7, now=today())
    feeds = [feed_xml(BASE, items) for items in news]
    items: list[Item] = [item for feed in news for item in feed][:PAGES]
    pages = [(page_html(BASE, item, size=60_000), f"{BASE}{item.path}") for item in items]
    entries = sum(map(len, news))
    return [
        _beside(
            "an entry of a feed", "feedparser", entries,
            [lambda body=body: read_feed(body, url=BASE) for body in feeds],
            [lambda body=body: feedparser.parse(body) for body in feeds],
        ),
        _beside(
            "a page", "trafilatura", len(pages),
            [
                lambda page=page: read_with_variants(*page, media_type="text/html", charset="utf-8") for page in pages
            ],
            [lambda page=page: trafilatura.extract(page[0], url=page[1]) for page in pages],
        ),
    ]  # fmt: skip


def _beside(
    what: str, other: str, pieces: int, ours: Sequence[Callable[[], object]], theirs: Sequence[Callable[[], object]]
) -> Beside:
    kept = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS + 1)][1:]
    mine, others = (1000 * median(column) / pieces for column in zip(*kept, strict=True))
    return Beside(what, other, mine, others, median(a / b for a, b in kept))


def _seconds(works: Sequence[Callable[[], object]]) -> float:
    began = time.process_time()
    for work in works:
        work()
    return time.process_time() - began


def reader_update(feeds: int, port: int) -> tuple[float, float]:
    """Seconds of two passes of the library reader over the outlets' feeds: it stores entries, and reads no pages."""
    # Its own copy of feedparser asks for the module by the name that it had in Python 2.
    sys.modules.setdefault("sgmllib", importlib.import_module("feedparser_sgmllib"))
    from reader import make_reader

    with tempfile.TemporaryDirectory() as folder:
        library = make_reader(f"{folder}/reader.sqlite")
        for base in bases_of(feeds, port):
            library.add_feed(f"{base}/rss")
        times = []
        for _ in range(2):
            began = time.perf_counter()
            library.update_feeds(workers=8, scheduled=False)
            times.append(time.perf_counter() - began)
        library.close()
    return times[0], times[1]
