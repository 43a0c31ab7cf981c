"""Measure the summariser on one core: throughput beside sumy's LexRank, tail, and cost against length.

    summarizer_speed.py ARTICLES.jsonl [--limit N]

Each line holds `title` and `text`. LexRank gets the same documents through the same tokenizer in the same run. One
JSON line is printed; times are milliseconds of processor time.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from pathlib import Path
from statistics import fmean, quantiles
from typing import TYPE_CHECKING

from summaries.errors import NothingToSummarize
from summaries.model import Article
from summaries.summarizer import summarize
from summaries.summarizer.document import read_document
from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LENGTHS = (5_000, 20_000, 50_000, 100_000, 200_000)


def times_ms(run: Callable[[Article], object], articles: Sequence[Article]) -> list[float]:
    found = []
    for article in articles:
        started = time.process_time()
        run(article)
        found.append(1_000 * (time.process_time() - started))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the summariser's speed.")
    parser.add_argument("articles", type=Path)
    parser.add_argument("--limit", type=int, default=500)
    arguments = parser.parse_args()
    articles = []
    for line in arguments.articles.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        article = Article(title=raw.get("title") or "", text=clean(raw["text"]).text)
        try:
            summarize(article)
        except NothingToSummarize:
            continue
        articles.append(article)
        if len(articles) == arguments.limit:
            break
    summarize(articles[0], method="lexrank")
    gc.disable()
    ours = times_ms(summarize, articles)
    reading = times_ms(lambda article: read_document(article, "id"), articles)
    lexrank = times_ms(lambda article: summarize(article, method="lexrank"), articles)
    body = "\n\n".join(article.text for article in articles)
    long = {n: min(times_ms(summarize, [Article(title="", text=body[:n])] * 3)) for n in _LENGTHS if n <= len(body)}
    print(
        json.dumps(
            {
                "articles": len(articles),
                "ours_ms": round(fmean(ours), 2),
                "p99_ms": round(quantiles(ours, n=100)[-1], 2),
                "reading_ms": round(fmean(reading), 2),
                "lexrank_ms": round(fmean(lexrank), 2),
                "times_lexrank": round(fmean(lexrank) / fmean(ours), 2),
                "times_reading": round(fmean(ours) / fmean(reading), 2),
                "ms_by_length": {n: round(ms, 1) for n, ms in long.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
