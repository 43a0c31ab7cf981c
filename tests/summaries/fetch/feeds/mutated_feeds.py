"""Read thousands of mutated feeds, and count the entries that survive.

The feeds are real ones if there are any (never committed), and those of `healthy_feeds`.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import statistics
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.report import table
from bot.locale import load_translations
from bot.views.html import render_published
from summaries.errors import NothingToSummarize, RingkasError
from summaries.fetch.feeds.feed_entries import read_excerpt
from summaries.fetch.feeds.feeds import read_feed
from summaries.ingest.entries import UNDATED, make_listing, prepare_excerpt
from summaries.ingest.poll_schedule import measure_rate
from summaries.ingest.sources import describe_source
from summaries.model import PollState
from summaries.urls import make_url_key
from tests.summaries.fetch.feeds.healthy_feeds import SITE
from tests.summaries.fetch.feeds.mutations import Mutant, mutate, mutate_entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from summaries.fetch.feeds.feed_entries import Feed

CHUNK = 250
# The first and the last time zone, in which dates of the first and the last year overflow.
ZONES = ("Etc/GMT+12", "Pacific/Kiritimati")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=2)


@dataclass(slots=True)
class Tally:
    """The results of reading mutated feeds.

    `kept` has the share of the healthy feed's entries that each gave; `lost` counts changes within one entry by how
    many other entries they cost.
    """

    mutated: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kept: list[float] = field(default_factory=list)
    one_entry: int = 0
    lost: Counter[int] = field(default_factory=Counter)
    uncaught: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def add(self, other: Tally) -> None:
        self.mutated += other.mutated
        self.read += other.read
        self.refused += other.refused
        self.kept += other.kept
        self.one_entry += other.one_entry
        self.lost += other.lost
        self.uncaught += other.uncaught
        self.slowest_s = max(self.slowest_s, other.slowest_s)


def survey_all(feeds: Mapping[str, bytes], *, count: int, seed: int, now: datetime) -> Tally:
    """Run `survey` in one process per processor; the result depends on the seed alone."""
    counts = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    tally = Tally()
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        parts = [
            pool.submit(survey, feeds, count=chunk, seed=seed + number, now=now) for number, chunk in enumerate(counts)
        ]
        for part in parts:
            tally.add(part.result())
    return tally


def survey(feeds: Mapping[str, bytes], *, count: int, seed: int, now: datetime) -> Tally:
    """Read `count` mutated feeds, one half of them with all changes within one entry."""
    rng = random.Random(seed)
    names = list(feeds)
    healthy = {name: [entry.url for entry in read(Mutant(body, None, ()), now).entries] for name, body in feeds.items()}
    tally = Tally()
    for number in range(count):
        name = names[number % len(names)]
        if number // len(names) % 2:
            mutant, changed = mutate_entry(feeds[name], rng)
        else:
            mutant, changed = mutate(feeds[name], rng), None
        tally.mutated += 1
        tally.one_entry += changed is not None
        start = time.process_time()
        try:
            feed = read(mutant, now)
        except RingkasError as error:
            tally.refused[f"{type(error).__name__}: {str(error).partition(' is ')[2] or error}"] += 1
            urls: set[str] = set()
        except Exception as error:  # noqa: BLE001 - the report lists it
            tally.uncaught.append(f"{name}, {', '.join(mutant.changes)}, seed {seed}, number {number}: {error!r}")
            urls = set()
        else:
            tally.read += 1
            urls = {entry.url for entry in feed.entries}
        tally.slowest_s = max(tally.slowest_s, time.process_time() - start)
        expected = healthy[name]
        tally.kept.append(len(urls.intersection(expected)) / len(expected))
        if changed is not None:
            others = set(expected[:changed] + expected[changed + 1 :])
            tally.lost[len(others - urls)] += 1
    return tally


def read(mutant: Mutant, now: datetime) -> Feed:
    """Read the feed, then pass its values to all code that handles them: keys, stories, JSON and views.

    Raises:
        AssertionError: a value should have been refused.
    """
    feed = read_feed(mutant.body, url=f"{SITE}/rss", charset=mutant.charset, now=now)
    source = describe_source(f"{SITE}/rss", feed.title)
    source.key.encode("ascii")
    measure_rate(PollState(), (entry.published_at for entry in feed.entries), now=now)
    for entry in sorted(feed.entries, key=lambda entry: entry.published_at or UNDATED):
        listing = make_listing(entry, read_excerpt(entry))
        json.dumps([asdict(entry), asdict(listing), make_url_key(entry.url)], default=str, ensure_ascii=False).encode()
        if "\0" in f"{entry.title}{entry.summary_text}{entry.url}":
            raise AssertionError("a NUL in an entry")
        if entry.published_at is not None:
            if not EARLIEST <= entry.published_at <= now + LATEST_AHEAD:
                raise AssertionError(f"{entry.published_at} is out of range")
            for zone in ZONES:
                render_published(load_translations(), entry.published_at, zone)
    for entry in feed.entries[:1]:
        try:
            prepare_excerpt(source, entry).signature.to_bytes()
        except NothingToSummarize:
            continue
    return feed


def report(tally: Tally, *, origin: str) -> str:
    """Return the tally as a Markdown table."""
    refused = ", ".join(f"{reason} {count:,}" for reason, count in tally.refused.most_common()) or "none"
    within = sum(count for lost, count in tally.lost.items() if lost == 0)
    quantiles = statistics.quantiles(tally.kept, n=20)
    rows = (
        ("feeds", origin),
        ("mutated", f"{tally.mutated:,}"),
        ("read", f"{tally.read:,}"),
        ("refused, by type", refused),
        (
            "entries kept, of those of the healthy feed",
            f"median {quantiles[9]:.0%}, of the worst twentieth {quantiles[0]:.0%} or less",
        ),
        (
            "changes within one entry",
            f"{tally.one_entry:,}; {within / max(1, tally.one_entry):.1%} cost no other entry",
        ),
        ("uncaught errors", f"{len(tally.uncaught):,}"),
        ("slowest, s of processor time", f"{tally.slowest_s:.2f}"),
    )
    return table(("", ""), rows)


def real_feeds(data: Path) -> dict[str, bytes]:
    """Return the feeds in folders named "feeds" under `data`, by file name."""
    return {path.name: path.read_bytes() for path in sorted(data.glob("**/feeds/*.xml"))}
