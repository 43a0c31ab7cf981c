"""Measure how fast news comes in, and write its part of docs/measurements/benchmarks.md.

    python -m benchmarks.ingest_speed [--feeds N] [--entries N] [--stored N ...] [--rounds N] [--smoke]

Two hundred made-up outlets on loopback, with fifty new articles each, are read by the bot's own refresh, in a process
of its own: guarded fetcher, robots.txt, pages, summaries, stories, store. Then once more, when nothing is new.
`--stored` names the sizes of archives to do that over. `--smoke` does it once over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.ingest.memory import Watch, processor_s
from benchmarks.ingest.news import TOPICS, make_news, page_html, today
from benchmarks.ingest.peers import parsing, reader_update
from benchmarks.ingest.server import bases_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.ingest.peers import Beside

PART = "News coming in"
FEEDS, ENTRIES = 200, 50
SMALLER_ENTRIES = 10
STORED = (10_000, 100_000, 1_000_000)
BARS = {"articles/s": 60.0, "next pass, s": 3.0, "MiB": 400.0, "slower": 1.3}
STAGE_ARTICLES = 200
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Pass:
    """What one run measured: a pass over new articles, the next pass; of all processes memory and processor time."""

    stored: int
    added: int
    first_s: float
    next_s: float
    peak_mib: float = 0.0
    main_s: float = 0.0
    workers_s: float = 0.0
    server_s: float = 0.0
    load: float = 0.0

    @property
    def per_s(self) -> float:
        return self.added / self.first_s

    @property
    def processor_ms(self) -> float:
        """What an article costs, on one core, with the start of the program and the pass over nothing new."""
        return self.each_ms(self.main_s + self.workers_s)

    def each_ms(self, seconds: float) -> float:
        return 1000 * seconds / self.added


@contextmanager
def outlets(feeds: int, entries: int, seed: int) -> Iterator[tuple[int, int]]:
    """The outlets' server in a process of its own; its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.ingest.server", *map(str, (feeds, entries, seed, port))]
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE) as server:
        try:
            if server.stdout is None or not server.stdout.readline():
                raise SystemExit("the outlets do not serve")
            yield port, server.pid
        finally:
            server.terminate()


def run_pass(database: Path, feeds: int, entries: int, *, stored: int, seed: int) -> Pass:
    """One run in a process of its own over new outlets."""
    with outlets(feeds, entries, seed) as (port, server):
        before_s = processor_s(server)
        command = [
            sys.executable,
            "-m",
            "benchmarks.ingest_speed",
            "--child",
            str(database),
            "--feeds",
            str(feeds),
            "--port",
            str(port),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child, Watch(child.pid) as watch:
            out = child.communicate()[0]
        server_s = processor_s(server) - before_s
    if child.returncode:
        raise SystemExit("the pass failed")
    measured = json.loads(out)
    if measured["added"] != feeds * entries:
        raise SystemExit(f"{measured['added']} of {feeds * entries} articles came in")
    return Pass(
        stored=stored,
        peak_mib=watch.peak_mib,
        main_s=watch.main_s,
        workers_s=watch.others_s,
        server_s=server_s,
        load=os.getloadavg()[0],
        **measured,
    )


async def read_all(database: Path, feeds: int, port: int) -> dict[str, float]:
    """What the child does: two passes of the bot's refresh."""
    # sqlite-utils loads pandas where it is installed: for the product it is not, for other benchmarks it may be.
    sys.modules["pandas"] = None  # type: ignore[assignment]
    from bot.config import load_settings
    from bot.services import open_services
    from summaries.model import Source

    os.environ |= {"DATABASE_URL": f"sqlite:///{database}", "ALLOW_PRIVATE_ADDRESSES": "true"}
    async with open_services(load_settings()) as services:
        sources = [
            Source(f"media-{n}", f"Media {n}", TOPICS[n % len(TOPICS)], f"{base}/rss")
            for n, base in enumerate(bases_of(feeds, port))
        ]
        await services.store.sources.sync(sources, now=services.now())
        start = time.perf_counter()
        report = await services.refresh.refresh_all()
        middle = time.perf_counter()
        again = await services.refresh.refresh_all()
        end = time.perf_counter()
    unchanged = sum(source.is_unchanged for source in again.sources)
    if unchanged != feeds:
        raise SystemExit(f"{unchanged} of {feeds} feeds were unchanged: {[r for r in again.sources if r.error][:3]}")
    return {"added": report.added, "first_s": middle - start, "next_s": end - middle}


def stages_ms() -> dict[str, float]:
    """What each stage costs an article on one core, in milliseconds of processor time, measured alone."""
    from summaries.articles.prepare import STORED_LENGTHS, prepare
    from summaries.fetch.articles import read_with_variants
    from summaries.model import Article
    from summaries.stories import StoryIndex
    from summaries.summarizer import summarize_each

    items = [item for feed in make_news(40, 2 * STAGE_ARTICLES // 40, seed=7, now=today()) for item in feed]
    pages = [(page_html("http://127.0.1.1", item, size=60_000), f"http://127.0.1.1{item.path}") for item in items]
    costs: dict[str, float] = {}

    def timed(name: str, start: float, count: int) -> None:
        costs[name] = 1000 * (time.process_time() - start) / count

    read_with_variants(*pages[0], media_type="text/html", charset="utf-8")
    half = pages[:STAGE_ARTICLES]
    start = time.process_time()
    articles = [read_with_variants(*page, media_type="text/html", charset="utf-8").article for page in half]
    timed("extract", start, len(half))
    read = [article for article in articles if article is not None]
    summarize_each(read[0], STORED_LENGTHS)
    start = time.process_time()
    for article in read:
        summarize_each(article, STORED_LENGTHS)
    timed("summarise", start, len(read))
    start = time.process_time()
    prepared = [prepare(article) for article in read]
    timed("sign", start, len(read))
    costs["sign"] -= costs["summarise"]
    rest = [Article(item.title, "\n\n".join(item.paragraphs), published_at=item.published_at) for item in items]
    index = StoryIndex()
    from summaries.stories import make_signature

    index.add([make_signature(f"alt-{n}", a.title, a.text, published_at=a.published_at) for n, a in enumerate(rest)])
    start = time.process_time()
    for n in range(0, len(prepared), 50):
        index.add([one.signature for one in prepared[n : n + 50]])
    timed("cluster", start, len(prepared))
    costs["store"] = asyncio.run(store_ms(prepared))
    return costs


async def store_ms(prepared: Sequence[object]) -> float:
    """Milliseconds of processor time an article, stored in batches of 50."""
    from summaries.model import Origin
    from summaries.storage import open_store

    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"sqlite:///{folder}/ringkas.db")
        state = (await store.stories.changes(after=0, since=today(), limit=1)).state
        start = time.process_time()
        for n in range(0, len(prepared), 50):
            batch = prepared[n : n + 50]
            stories = {one.key: n + i for i, one in enumerate(batch, 1)}
            _, state = await store.stories.put_many(
                batch, stories, known=state, next_story=n + 51, keep_since=today(), origin=Origin.FEED, now=today()
            )
        taken = time.process_time() - start
        await store.close()
    return 1000 * taken / len(prepared)


def over_archives(folder: Path, sizes: Sequence[int], feeds: int, entries: int, rounds: int) -> list[Pass]:
    """Runs over archives of each size, in turn, so that a slow moment of the machine hits all alike."""
    from benchmarks.ingest.fill import archive

    archives = {size: archive(folder, size) for size in sizes}
    passes = []
    for _ in range(rounds):
        for size, path in archives.items():
            passes.append(run_pass(path, feeds, entries, stored=size, seed=random.randrange(1_000, 9_000)))
            print(to_html(passes[-1]), flush=True)
    return passes


def draw(sizes: Sequence[int], per_s: Sequence[float], next_s: Sequence[float], folder: Path) -> None:
    """Both figures as multiples of those over the smallest archive."""
    from benchmarks.plots import LIGHT_AND_DARK, figure

    for style in LIGHT_AND_DARK:
        with figure(style, folder / "ingest-by-archive") as axes:
            axes.plot(
                sizes, [per_s[0] / value for value in per_s], marker="o", color=style.accent, label="new articles"
            )
            axes.plot(sizes, [v / next_s[0] for v in next_s], "s--", color=style.muted, label="nothing new")
            axes.axhline(BARS["slower"], color=style.muted, linewidth=1, linestyle=":")
            axes.set(xscale="log", ylim=(0, 2), xlabel="articles stored", ylabel="times as long")
            axes.legend(frameon=False)


def report(whole: Pass, stages: dict[str, float], passes: Sequence[Pass], sizes: Sequence[int], entries: int) -> str:
    """The part of the page, in Markdown."""
    from benchmarks.page import machine

    total = sum(stages.values())
    costs = "\n".join(f"| {name} | {ms:.1f} | {ms / total:.0%} |" for name, ms in stages.items())
    rows = "\n".join(
        f"| {size:,} | {middle(passes, size, 'per_s'):.1f} | {middle(passes, size, 'next_s'):.2f} |" for size in sizes
    )
    return f"""\
{machine("httpx", "lxml", "SQLite", "feedparser", "trafilatura", "reader")}
{FEEDS} made-up outlets on loopback with {whole.added:,} new articles in all, 3 to 10 KB of text in pages of 40 to 80
KB; their server runs on the same cores. At the end {whole.load:.1f} processes wanted those cores, three of them or
so of this benchmark: where they are more, only the processor time tells what an article costs.

| | measured | bar |
|---|---|---|
| articles a second, from the feed to the store | {whole.per_s:.1f} | at least {BARS["articles/s"]:g} |
| the next pass, nothing new, s | {whole.next_s:.2f} | under {BARS["next pass, s"]:g} |
| processor time of an article, ms (two cores have 2,000 a second) | {whole.processor_ms:.1f} | |
| … of it the main process: fetching, stories, store | {whole.each_ms(whole.main_s):.1f} | |
| … and worker processes: pages, summaries | {whole.each_ms(whole.workers_s):.1f} | |
| the outlets' server beside that | {whole.each_ms(whole.server_s):.1f} | |
| memory of all processes at most, shared memory once (PSS), MiB | {whole.peak_mib:.0f} | under {BARS["MiB"]:g} |

What an article costs, stage by stage, each measured alone on one core:

| stage | ms | share |
|---|---|---|
{costs}

Over archives, {FEEDS} outlets with {entries} new articles each, medians:

| articles stored | articles a second | next pass, s |
|---|---|---|
{rows}

![time by archive](plots/ingest-by-archive-light.png#gh-light-mode-only)
![time by archive](plots/ingest-by-archive-dark.png#gh-dark-mode-only)
"""


def beside(parsed: Sequence[Beside], reader_s: tuple[float, float], whole: Pass) -> str:
    """What the same work costs others, in Markdown."""
    rows = "\n".join(
        f"| {one.what} | {one.ours_ms:.2f} | {one.other} | {one.other_ms:.2f} | {one.ratio:.2f} |" for one in parsed
    )
    return f"""
Beside, the same bytes on one core in turn, milliseconds of processor time (ours finds more in both: language, dates,
pictures and addresses of an entry; authors, place, date, topic and canonical address of a page):

| | ours | other | its | ours/other |
|---|---|---|---|---|
{rows}

The library reader updates the same {FEEDS} feeds in {reader_s[0]:.1f} s, and in {reader_s[1]:.2f} s when nothing is new
(ours: {whole.first_s:.1f} s with every page read, summarised and told as stories, and {whole.next_s:.2f} s); it stores
what feeds say, and opens no page.
"""


def to_html(one: Pass) -> str:
    return f"{asdict(one)}: {one.per_s:.1f} articles/s, {one.processor_ms:.1f} ms of a core each"


def middle(passes: Sequence[Pass], size: int, figure: str) -> float:
    return median(getattr(one, figure) for one in passes if one.stored == size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--feeds", type=int, default=FEEDS)
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--stored", type=int, nargs="*", default=STORED)
    parser.add_argument("--archives", type=Path, help="keep the archives in this folder, for the next time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--dry", action="store_true", help="measure one pass and the stages, write nothing")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(asyncio.run(read_all(options.child, options.feeds, options.port))))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.smoke:
            over_archives(folder, (50,), feeds=3, entries=4, rounds=1)
            print("the harness works")
            return
        whole = run_pass(folder / "whole.db", options.feeds, options.entries, stored=0, seed=1)
        print(to_html(whole), flush=True)
        stages = stages_ms()
        print({stage: round(ms, 2) for stage, ms in stages.items()}, flush=True)
        if options.dry:
            return
        smaller = min(SMALLER_ENTRIES, options.entries)
        parsed = parsing()
        with outlets(options.feeds, options.entries, 2) as (port, _):
            reader_s = reader_update(options.feeds, port)
        passes = over_archives(options.archives or folder, options.stored, options.feeds, smaller, options.rounds)
    from benchmarks.page import record, write_part

    draw(
        options.stored,
        [middle(passes, size, "per_s") for size in options.stored],
        [middle(passes, size, "next_s") for size in options.stored],
        HERE.parent / "docs/measurements/plots",
    )
    record(article_ms=whole.processor_ms)
    write_part(PART, report(whole, stages, passes, options.stored, smaller) + beside(parsed, reader_s, whole))


if __name__ == "__main__":
    main()
