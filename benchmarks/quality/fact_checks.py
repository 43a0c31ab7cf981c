"""Measure fact-checks: shown verdicts, false alarms on news, and messages and news that match claims.

    python -m benchmarks.quality.fact_checks --data DIR

The fact-checks are the invented ones of the tests, and those among the articles of DIR. Exits with 1 if a verdict is
missing, or if news matches a claim.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import table
from summaries.errors import NothingToSummarize
from summaries.fact_checks import mark_fact_check
from summaries.model import LONG, MEDIUM, SHORT, Article
from summaries.summarizer import summarize
from summaries.text.cleaning import clean
from tests.summaries.fact_checks.cases import MESSAGES, load_rows, look_up, make_article, store_checks


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    articles = list(read_articles(parser.parse_args().data))
    news = [article for article in articles if article.fact_check is None]
    checks = [mark_fact_check(make_article(row)) for row in load_rows("fact_checks.toml")]
    checks += [article for article in articles if article.fact_check]
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
