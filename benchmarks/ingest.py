"""Measure how fast news comes in, and write the section of docs/measurements/benchmarks.md.

    python -m benchmarks.ingest [--feeds N] [--entries N] [--rounds N] [--stored N ...] [--archives DIR] [--smoke]

The bot's own refresh reads made-up outlets on loopback, in a process of its own: guarded fetcher, robots.txt, pages,
summaries, stories, store. A second pass finds nothing new. Then the feeds are polled as on any day: a few at a time,
each with one new entry. The passes are repeated over archives of old articles. `--smoke` runs once over very little
and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import exp
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import ParamSpec, TypeVar

import psutil

from benchmarks.archive import open_archive
from benchmarks.news import TOPICS, common_words, make_event
from benchmarks.outlets import base_urls, run_outlets
from benchmarks.processes import peak_mib, processor_s
from benchmarks.report import DETAILS, describe_machine, publish, table
from benchmarks.scene import run_isolated
from bot.config import load_settings
from bot.services import Services, open_services
from summaries.ingest.study import StudyService, compare_all
from summaries.model import Source
from summaries.stories import WINDOW, Entry, Signature, StoryIndex
from tests.ports import free_port

P = ParamSpec("P")
T = TypeVar("T")
SECTION, GROWN_SECTION = "News coming in", "News coming in, over archives"
FEEDS, ENTRIES = 200, 50
ARCHIVE_ENTRIES = 10
STORED: tuple[int, ...] = (10_000, 100_000, 1_000_000)
WINDOWS: tuple[int, ...] = (700, 3_500, 15_000)
ROUNDS = 3
# A minute's checks at 5,000 articles a day and one new entry per check.
POLLED_TOGETHER = 4
RATE_BAR, NEXT_PASS_BAR_S, MEMORY_BAR_MIB, SLOWER_BAR, LINK_BAR = 60.0, 3.0, 400.0, 1.3, 0.05
POLLED_BAR_MS = 35.0


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass over new articles and one over nothing new, with peak memory and processor time.

    The main process has its peak memory, the largest worker that at the end. `link_s` is the processor time of linking
    the new stories to chains, `compare_s` that of comparing their outlets; the other times do not contain them.
    `polled` articles came in by steady polling, with the processor times `polled_main_s` and `polled_workers_s`.
    """

    stored: int
    added: int
    first_s: float
    next_s: float
    main_mib: float
    worker_mib: float
    main_s: float
    workers_s: float
    server_s: float
    link_s: float
    compare_s: float
    polled: int
    polled_main_s: float
    polled_workers_s: float

    @property
    def per_s(self) -> float:
        return self.added / self.first_s

    def share(self, seconds: float) -> float:
        """Return the time as a share of the time for the articles."""
        return seconds / (self.main_s + self.workers_s)

    def ms_per_article(self, seconds: float) -> float:
        return 1000 * seconds / self.added

    def ms_polled(self, seconds: float) -> float:
        return 1000 * seconds / self.polled


def run_pass(database: Path, feeds: int, entries: int, *, stored: int, seed: int, polls: int = 0) -> Pass:
    """Refresh from new outlets in a process of its own; then poll each of them `polls` times.

    Raises:
        SystemExit: an article is missing, or the process failed.
    """
    port = free_port()
    with run_outlets(feeds, entries, seed, port, more=polls) as server:
        before_s = processor_s(psutil.Process(server))
        done = run_isolated(
            *("benchmarks.ingest", "--refresh", database, "--feeds", feeds, "--port", port, "--polls", polls)
        )
        server_s = processor_s(psutil.Process(server)) - before_s
    one = Pass(**done, stored=stored, server_s=server_s)
    for count, wanted in ((one.added, feeds * entries), (one.polled, feeds * polls)):
        if count != wanted:
            raise SystemExit(f"{count} of {wanted} articles came in")
    return one


async def refresh(database: Path, feeds: int, port: int, polls: int) -> dict[str, float]:
    """Refresh twice, then poll each feed `polls` times, and return the figures of a `Pass` that this process knows.

    Raises:
        SystemExit: a feed was not unchanged in the second pass.
    """
    settings = load_settings(database_url=f"sqlite:///{database}", allow_private_addresses=True)
    async with open_services(settings) as services:
        sources = [
            Source(f"media-{n}", f"Media {n}", TOPICS[n % len(TOPICS)], f"{base}/rss")
            for n, base in enumerate(base_urls(feeds, port))
        ]
        await services.store.sources.sync(sources, now=services.now())
        await services.workers.start()
        began = time.perf_counter()
        report = await services.refresh.refresh_all()
        middle = time.perf_counter()
        again = await services.refresh.refresh_all()
        end = time.perf_counter()
        main_s, workers_s = time.process_time(), measure_workers_s()
        compare_s = await study_stories(services)
        link_s = time.process_time() - main_s - compare_s
        polled, polled_main_s, polled_workers_s = 0, time.process_time(), measure_workers_s()
        for _ in range(polls):
            polled += await poll_each(services, f"{base_urls(feeds, port)[0]}/next")
        polled_main_s, polled_workers_s = time.process_time() - polled_main_s, measure_workers_s() - polled_workers_s
        worker_mib = max(one.memory_info().rss for one in psutil.Process().children(recursive=True)) / 2**20
    if changed := [source for source in again.sources if not source.is_unchanged]:
        raise SystemExit(f"{len(changed)} of {feeds} feeds were not unchanged: {changed[:3]}")
    return {
        "added": report.added,
        "first_s": middle - began,
        "next_s": end - middle,
        "main_mib": peak_mib(),
        "worker_mib": worker_mib,
        "main_s": main_s,
        "link_s": link_s,
        "compare_s": compare_s,
        "workers_s": workers_s,
        "polled": polled,
        "polled_main_s": polled_main_s,
        "polled_workers_s": polled_workers_s,
    }


def measure_workers_s() -> float:
    """Return the processor time of the workers: children of a fork server, whose times `getrusage` does not contain."""
    return sum(map(processor_s, psutil.Process().children(recursive=True)))


async def poll_each(services: Services, publish_url: str) -> int:
    """Let every outlet publish one entry, check the feeds a few at a time, and return how many articles came in."""
    await services.web.feeds.fetch(publish_url)
    added = 0
    stored = await services.store.sources.all()
    for start in range(0, len(stored), POLLED_TOGETHER):
        for one in stored[start : start + POLLED_TOGETHER]:
            await services._store.sources.record_result(  # noqa: SLF001 - as the background jobs
                one.source, replace(one.state, next_check_at=services.now())
            )
        added += (await services.refresh.refresh_due()).added
    return added


async def study_stories(services: Services) -> float:
    """Study the new stories, and return the processor time of comparing their outlets."""
    spent_s = [0.0]

    async def offload(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        def run() -> T:
            began = time.thread_time()
            done = work(*args, **kwargs)
            if work is compare_all:
                spent_s.append(time.thread_time() - began)
            return done

        return await services.offload(run)

    store = services._store  # noqa: SLF001 - as the background jobs
    await StudyService(studies=store.studies, offload=offload, clock=services.now).study()
    return sum(spent_s)


def run_over_archives(folder: Path, sizes: Sequence[int], feeds: int, entries: int, rounds: int) -> list[Pass]:
    """Run passes over archives of each size in turn."""
    archives = {size: open_archive(folder, size) for size in sizes}
    passes = []
    for _ in range(rounds):
        for size, path in archives.items():
            passes.append(run_pass(path, feeds, entries, stored=size, seed=random.randrange(1_000, 9_000)))
            print(passes[-1], flush=True)
    return passes


def measure_windows(sizes: Sequence[int], more: int) -> dict[int, tuple[float, float]]:
    """Return the processor time to restore a window of each size, in s, and of each of `more` articles, in ms."""
    rng, end, signatures = random.Random(1), datetime.now(UTC), []
    events = [make_event(rng) for _ in range(max(sizes))]
    for n in range(max(sizes) + more):
        event = events[n // 2]
        terms = [*event.names, *event.words, *common_words(rng, 60)]
        weights = {term: exp(-place / 40) for place, term in enumerate(terms)}
        signatures.append(Signature(str(n), f"{n % 200}", end, tuple(terms[:8]), weights, frozenset(event.names)))
    times = {}
    for size in sizes:
        stored = [(signature.to_bytes(), n) for n, signature in enumerate(signatures[-more - size : -more], 1)]
        began = time.process_time()
        index = StoryIndex([Entry(Signature.from_bytes(signature), story) for signature, story in stored])
        index.expire(end - WINDOW)
        middle = time.process_time()
        for signature in signatures[-more:]:
            index.add([signature])
        times[size] = middle - began, 1000 * (time.process_time() - middle) / more
    return times


def render(whole: Pass, feeds: int) -> str:
    rows = [
        ("articles a second, from the feed to the store", f"{whole.per_s:.1f}", f"at least {RATE_BAR:g}"),
        ("the next pass, nothing new, s", f"{whole.next_s:.2f}", f"under {NEXT_PASS_BAR_S:g}"),
        (
            "processor time of an article, ms: main process · workers · the outlets' server",
            " · ".join(f"{whole.ms_per_article(s):.1f}" for s in (whole.main_s, whole.workers_s, whole.server_s)),
            "",
        ),
        (
            "the same when the feeds are polled, one new entry per check",
            " · ".join(f"{whole.ms_polled(s):.1f}" for s in (whole.polled_main_s, whole.polled_workers_s)),
            f"together under {POLLED_BAR_MS:g}",
        ),
        (
            "peak memory of the main process · memory of the largest worker, MiB",
            f"{whole.main_mib:.0f} · {whole.worker_mib:.0f}",
            f"together under {MEMORY_BAR_MIB:g}",
        ),
    ]
    return f"""\
{describe_machine("httpx", "lxml", "SQLite", "feedparser")}
{feeds} made-up outlets on loopback with {whole.added:,} new articles in all, 1.5 to 5 KB of text in pages of 60 to
110 KB and 850 elements; their server runs on the same cores. Then {whole.polled:,} more by polling: {POLLED_TOGETHER}
feeds at a time list one new entry each.

{table(("", "measured", "bar"), rows)}"""


def render_grown(passes: Sequence[Pass], feeds: int, entries: int, windows: Mapping[int, tuple[float, float]]) -> str:
    by_window = [(f"{size:,}", f"{restore_s:.2f}", f"{ms:.2f}") for size, (restore_s, ms) in windows.items()]
    by_size = [
        (
            f"{size:,}",
            f"{median(one.per_s for one in passes if one.stored == size):.1f}",
            f"{median(one.next_s for one in passes if one.stored == size):.2f}",
            f"{median(one.share(one.link_s) for one in passes if one.stored == size):.1%}",
            f"{median(one.share(one.compare_s) for one in passes if one.stored == size):.1%}",
        )
        for size in sorted({one.stored for one in passes})
    ]
    return f"""\
{describe_machine("httpx", "lxml", "SQLite", "feedparser")}
Over archives, {feeds} outlets with {entries} new articles each, medians; the bar is {SLOWER_BAR:g} times the smallest.
The newest 50,000 stories have terms by which new stories find their chains; the bar for that is {LINK_BAR:.0%} of an
article's processor time:

{table(("articles stored", "articles a second", "next pass, s", "linking to chains", "comparing outlets"), by_size)}

The story of one more article among those of the last three days; the bars are 2 s, and twice the smallest:

{table(("articles in the window", "restoring it after a start, s", "finding a story, ms"), by_window)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=FEEDS)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--stored", type=int, nargs="+", default=STORED, help="articles in each archive")
    parser.add_argument("--archives", type=Path, help="keep the archives in this folder, for the next time")
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--refresh", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--polls", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.refresh:
        print(json.dumps(asyncio.run(refresh(options.refresh, options.feeds, options.port, options.polls))))
        return
    feeds, entries, stored, rounds = options.feeds, options.entries, options.stored, options.rounds
    if options.smoke:
        feeds, entries, stored, rounds = 3, 4, (50,), 1
    with TemporaryDirectory(prefix="ringkas-") as name:
        whole = run_pass(Path(name) / "whole.db", feeds, entries, stored=0, seed=1, polls=1)
        fewer = min(ARCHIVE_ENTRIES, entries)
        passes = run_over_archives(options.archives or Path(name), stored, feeds, fewer, rounds)
    windows = measure_windows(*((50,), 5) if options.smoke else (WINDOWS, 600))
    publish(SECTION, render(whole, feeds), is_trial=options.smoke)
    publish(GROWN_SECTION, render_grown(passes, feeds, fewer, windows), is_trial=options.smoke, page=DETAILS)


if __name__ == "__main__":
    main()
