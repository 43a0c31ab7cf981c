"""Measure fact-checks: shown verdicts, false alarms on news, and messages and news that match claims.

    python -m benchmarks.quality.fact_checks --data DIR [--stored N]

The fact-checks are the invented ones of the tests, and those among the articles of DIR. Exits with 1 if a verdict is
missing, or if news matches a claim. With `--stored`, N fact-checks made of news are stored with them in SQLite and in
PostgreSQL, and 200 messages of 20 to 4,000 characters are looked up there instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import ParamSpec, TypeVar

from benchmarks.report import table
from summaries.articles.read import ReadingService
from summaries.errors import NothingToSummarize
from summaries.fact_checks import mark_fact_check
from summaries.fetch.client.http import GuardedFetcher
from summaries.model import LONG, MEDIUM, SHORT, Article, FactCheck, Origin, Verdict
from summaries.storage import open_store
from summaries.summarizer import summarize
from summaries.text.cleaning import clean
from summaries.text.sentences import split_sentences
from tests.postgres_server import server_url
from tests.summaries.fact_checks.cases import MESSAGES, load_rows, look_up, make_article, store_checks, surround

P = ParamSpec("P")
T = TypeVar("T")
NOW = datetime(2026, 11, 30, tzinfo=UTC)
LOOKUPS = 200
# A message as it is, and at these lengths.
MESSAGE_CHARS = (0, 300, 1_000, 4_000)


def read_articles(data: Path) -> Iterator[Article]:
    for path in (data / "articles" / "articles.jsonl", *sorted((data / "modern" / "articles").glob("*.jsonl"))):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield mark_fact_check(Article(row["title"] or "", clean(row.get("text") or "").text, url=row.get("url")))


def count_verdicts(checks: list[Article]) -> Iterator[tuple[str, int, int]]:
    """Yield per length the fact-checks with a verdict sentence and a summary, and how many summaries begin with it."""
    for name, length in ("short", SHORT), ("medium", MEDIUM), ("long", LONG):
        shown = []
        for article in checks:
            try:
                first = next(iter(summarize(article, length).sentences), None)
            except NothingToSummarize:
                continue
            if article.fact_check and (sentence := article.fact_check.sentence):
                shown.append(first is not None and first.start <= sentence.start < first.end)
        yield f"verdict first, {name}", sum(shown), len(shown)


def make_stand_ins(news: list[Article], count: int) -> Iterator[Article]:
    """Yield fact-checks of the headlines, each with the text of other news as claim and research."""
    texts = cycle([split_sentences(article.text)[:12] for article in reversed(news) if article.text])
    for number, (article, text) in enumerate(islice(zip(cycle(news), texts, strict=False), count)):
        claim, research = " ".join(text[:4]), " ".join(text[4:])
        yield Article(
            title=f"Cek Fakta: {article.title}",
            text=f"Beredar narasi: “{claim}”\n\nHasil penelusuran: klaim itu salah.\n\n{research}",
            url=f"https://cek.example/{number}",
            fact_check=FactCheck(Verdict.FALSE, article.title, None),
        )


async def run_here(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


async def time_lookups(url: str, checks: list[Article]) -> tuple[str, ...]:
    """Return the figures of the lookups: the median and the longest time in milliseconds the first time and the second,
    with warm caches, and the numbers of right and wrong fact-checks."""
    own = [message for message in MESSAGES if not message.get("is_missed")]
    figures: list[str] = []
    right = wrong = 0
    store = await open_store(url)
    try:
        for check in checks:
            await store.articles.put(check, (), origin=Origin.FEED, now=NOW)
        service = ReadingService(articles=store.articles, fetcher=GuardedFetcher(), offload=run_here, clock=lambda: NOW)
        for _ in range(2):
            times, right, wrong = [], 0, 0
            for number, message in enumerate(islice(cycle(own), LOOKUPS)):
                size = MESSAGE_CHARS[number % len(MESSAGE_CHARS)]
                began = time.perf_counter()
                found = await service.find_debunking(surround(message["text"], size, number % 3))
                times.append(1_000 * (time.perf_counter() - began))
                checked = found.article.fact_check if found else None
                right += checked is not None and checked.claim == message["claim"]
                wrong += checked is not None and checked.claim != message["claim"]
            figures += [f"{median(times):.0f}", f"{max(times):.0f}"]
    finally:
        await store.close()
    return *figures, str(right), str(wrong)


def measure_lookups(checks: list[Article]) -> int:
    """Print the figures of both databases; return 1 if a message has a wrong fact-check."""
    with TemporaryDirectory() as folder, server_url(Path(folder) / "postgres") as postgres:
        rows = [
            (name, *asyncio.run(time_lookups(url, checks)))
            for name, url in (("SQLite", f"sqlite:///{folder}/ringkas.db"), ("PostgreSQL", postgres))
        ]
    print(f"{LOOKUPS} messages, {len(checks):,} fact-checks\n")
    print(table(("", "first: median ms", "worst ms", "again: median ms", "worst ms", "right", "wrong"), rows))
    return any(row[-1] != "0" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stored", type=int, metavar="N")
    options = parser.parse_args()
    articles = list(read_articles(options.data))
    news = [article for article in articles if article.fact_check is None]
    checks = [mark_fact_check(make_article(row)) for row in load_rows("fact_checks.toml")]
    checks += [article for article in articles if article.fact_check]
    if options.stored is not None:
        return measure_lookups([*checks, *make_stand_ins(news, options.stored)])
    stored = store_checks(checks)
    verdicts = list(count_verdicts(checks))
    rows = list(verdicts)
    for part in ("dev", "test"):
        own = [message for message in MESSAGES if message["set"] == part]
        found = [(message["claim"], look_up(message["text"], stored)) for message in own]
        right = sum(one.article.fact_check.claim == claim for claim, one in found if one and one.article.fact_check)
        wrong = sum(one is not None for _, one in found) - right
        rows += [(f"messages, {part}: right", right, len(own)), (f"messages, {part}: wrong", wrong, len(own))]
    texts = [f"{article.title}\n{article.text}" for article in news if article.text]
    matched = [text for text in (*texts, *(article.title for article in news)) if look_up(text, stored)]
    in_texts = len(set(matched).intersection(texts))
    rows.append(("news texts that match", in_texts, len(texts)))
    rows.append(("headlines that match", len(matched) - in_texts, len(news)))
    print(table(("", "count", "of"), rows))
    print("\nArticles that count as fact-checks:", *(f"  {one.title}" for one in articles if one.fact_check), sep="\n")
    print(*(f"matches: {text[:90]!r}" for text in matched), sep="\n", file=sys.stderr)
    return bool(matched) or any(count < total for _, count, total in verdicts)


if __name__ == "__main__":
    sys.exit(main())
