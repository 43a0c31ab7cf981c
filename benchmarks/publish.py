"""Measure how long the public site takes, and write the section of docs/measurements/benchmark-details.md.

    python -m benchmarks.publish [--stories N] [--smoke]

The stories are those of the sample articles, repeated at other addresses over two weeks: half of them have one outlet,
the others two to four. The text of another sample follows each text, so that it is as long as usual, 2.7 KB. They are
stored without being grouped again.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from benchmarks.report import DETAILS, describe_machine, publish, table
from bot.cli.sample_news import make_article, read_samples
from summaries.articles.prepare import prepare
from summaries.model import Origin
from summaries.ports import StoryState
from summaries.ports.stories import PreparedArticle
from summaries.publishing.plan import Site
from summaries.publishing.publisher import MAX_STORIES, Publisher, PublishReport
from summaries.storage import Store, open_store
from summaries.stories import cluster
from summaries.workers.pools import WorkerPool

SECTION = "The public site"
SMOKE_STORIES = 60
# Samples this far apart in the list are about different events.
DISTANCE = 7
SPAN = timedelta(days=14)
BATCH = 250
# Stories that refreshes add within the minute between two passes: more than all outlets publish.
ADDED = 60
MAX_FULL_S = 60


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of the publisher: its time, and the processor time of all processes."""

    name: str
    report: PublishReport | None
    seconds: float
    processor_s: float


def read_events() -> list[list[PreparedArticle]]:
    """Return the stories of the samples, each with the prepared articles of its outlets."""
    articles = [make_article(sample, timedelta(), "https://media.example") for sample in read_samples()]
    prepared = []
    for number, article in enumerate(articles):
        text = f"{article.text}\n\n{articles[number - DISTANCE].text}"
        prepared.append(prepare(replace(article, text=text, fact_check=None)))
    # Grouped by their own texts.
    stories = cluster([prepare(article).signature for article in articles])
    events: dict[str, list[PreparedArticle]] = defaultdict(list)
    for report in prepared:
        events[stories[report.key]].append(report)
    return list(events.values())


def repeat_event(reports: Sequence[PreparedArticle], number: int, at: datetime) -> list[PreparedArticle]:
    """Return the articles of an event at other addresses, so that they are another story."""
    copies = []
    for outlet, report in enumerate(reports):
        article = replace(
            report.article,
            # Figures are kept by title and text; those of other stories would be found again.
            title=f"{report.article.title} {number}",
            url=f"{report.article.url}-{number}",
            published_at=at + timedelta(minutes=7 * outlet),
        )
        signature = replace(report.signature, id=f"{report.key}-{number}")
        copies.append(replace(report, article=article, signature=signature))
    return copies


async def fill(store: Store, count: int, now: datetime) -> None:
    """Store `count` stories."""
    events = read_events()
    state = StoryState()
    for first in range(1, count + 1, BATCH):
        numbers = range(first, min(first + BATCH, count + 1))
        stories = {n: repeat_event(events[n % len(events)], n, now - SPAN * (1 - n / count)) for n in numbers}
        _, state = await store.stories.put_many(
            [report for reports in stories.values() for report in reports],
            {report.key: n for n, reports in stories.items() for report in reports},
            known=state,
            next_story=count + 1,
            keep_since=now,
            origin=Origin.FEED,
            now=now,
        )


async def add_stories(store: Store, count: int, now: datetime) -> None:
    """Store further stories with the texts of the newest ones, as a refresh does."""
    heads = await store.public_news.list_heads(limit=count)
    for story in await store.public_news.read_stories([head.id for head in heads], most=1):
        shown = next(stored.article for stored, _ in story.articles if stored.id == story.article_id)
        article = replace(shown, url=f"https://lain.example/{story.id}", outlet="Media Lain")
        await store.articles.put(article, [story.summaries[story.article_id]], origin=Origin.FEED, now=now)


def read_processor_s() -> float:
    """Return the processor time of this process and its workers until now."""
    process = psutil.Process()
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


async def measure(url: str, folder: Path, count: int) -> list[Pass]:
    now = datetime.now(UTC).replace(microsecond=0)
    store, workers = await open_store(url), WorkerPool()
    passes = []

    async def run(name: str, publisher: Publisher) -> Publisher:
        start, before_s = time.monotonic(), read_processor_s()
        report = await publisher.publish()
        passes.append(Pass(name, report, time.monotonic() - start, read_processor_s() - before_s))
        return publisher

    def start_publisher() -> Publisher:
        return Publisher(
            news=store.public_news,
            offload=workers.urgent,
            clock=lambda: now,
            folder=folder,
            site=Site("https://a.example"),
        )

    try:
        await fill(store, count, now)
        await workers.start()
        publisher = await run("everything", start_publisher())
        await run("nothing new, another process", start_publisher())
        await run("nothing new, the same process", publisher)
        await add_stories(store, min(ADDED, count // 2), now)
        await run(f"{min(ADDED, count // 2)} more stories", publisher)
    finally:
        await workers.close()
        await store.close()
    return passes


def describe(passes: Sequence[Pass], count: int, size: int) -> str:
    """Return the text of the section."""
    bars = [f"under {MAX_FULL_S}", *[""] * len(passes)]
    rows = [
        (one.name, f"{one.report.written if one.report else 0:,}", f"{one.seconds:.2f}", bar, f"{one.processor_s:.2f}")
        for one, bar in zip(passes, bars, strict=False)
    ]
    return f"""{describe_machine("jinja2", "lxml", "SQLite")}
`ringkas publish` with {count:,} stories: the samples again and again, half of them of one outlet, the others of two to
four, 2.7 KB of text each, over two weeks. Two worker processes render. The site has {size / 2**20:.0f} MiB. Under a
higher load only the processor time shows the cost, of which two idle cores do half each.

{table(("pass", "files written", "s", "bar, s", "processor time, s"), rows)}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, default=MAX_STORIES)
    parser.add_argument("--smoke", action="store_true", help="publish a few stories, and write nothing")
    options = parser.parse_args()
    count = SMOKE_STORIES if options.smoke else options.stories
    with TemporaryDirectory(prefix="ringkas-") as name:
        folder = Path(name) / "site"
        passes = asyncio.run(measure(f"sqlite:///{name}/ringkas.db", folder, count))
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    publish(SECTION, describe(passes, count, size), is_trial=options.smoke, page=DETAILS)
    return int(passes[0].seconds > MAX_FULL_S)


if __name__ == "__main__":
    raise SystemExit(main())
