"""Measure the text extracted from real pages, and write docs/measurements/extraction.md.

    python -m benchmarks.quality.extraction --data DIR

DIR holds pages/ and modern/pages/, each with gold.json (`file`, `url`, `title`, `content`, `date` in milliseconds), and
pages without an article. Exits with 1 if a line is not on its page as rendered. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import readability
import trafilatura

from benchmarks.report import DOCS, describe_machine, table
from summaries.errors import NothingToSummarize
from summaries.fetch.html.html_tree import decode_page
from summaries.fetch.html.markup import strip_markup
from summaries.fetch.html.pages import read_page
from summaries.model import Article
from summaries.summarizer import summarize
from summaries.text.dates import JAKARTA
from tests.rendering import normalize, render_text

SETS = {"2015-17": ("pages", "pages/not-articles"), "2019-26": ("modern/pages", "modern/not-articles")}
METHODS: dict[str, Callable[[str], str | None]] = {
    "trafilatura": trafilatura.extract,
    "trafilatura, for precision": partial(trafilatura.extract, favor_precision=True),
    "trafilatura, for recall": partial(trafilatura.extract, favor_recall=True),
    "readability": lambda page: strip_markup(readability.Document(page).summary()),
}
TEXT = """\
# Text from pages

Written by `make quality`. {machine}

Token F1 (bags of lower-cased words) of extracted texts against gold texts that one reader made of whole pages of
Indonesian outlets. The gold keeps datelines, which *ringkas* removes. The times are of the processor.

{rows}

*ringkas* has the exact title on {titles} of {pages} pages and the day that the page shows on {days}. It accepted
{accepted} of {others} pages without an article: fronts, indexes, galleries, a paywall.

A second reading, which shares no code with the extractor, renders each page's visible text. Of {lines} paragraphs and
sentences of summaries, {lost} do not occur in it word by word.
"""


def score_tokens(wanted: str, found: str) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the words."""
    want, got = (Counter(re.findall(r"\w+", text.lower())) for text in (wanted, found))
    common = (want & got).total()
    precision, recall = common / max(1, got.total()), common / max(1, want.total())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def find_lines(article: Article) -> list[str]:
    try:
        return [*article.paragraphs, *(sentence.text for sentence in summarize(article).sentences)]
    except NothingToSummarize:
        return list(article.paragraphs)


def is_accepted(path: Path) -> bool:
    urls = path.with_name("urls.json")
    url = json.loads(urls.read_text(encoding="utf-8")).get(path.stem, "") if urls.exists() else ""
    try:
        return bool(read_page(path.read_bytes(), url=url))
    except NothingToSummarize:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data: Path = parser.parse_args().data
    rows: list[Sequence[object]] = []
    lines: list[tuple[str, bool]] = []
    titles, days, accepted = list[bool](), list[bool](), list[bool]()
    for name, (folder, others) in SETS.items():
        gold: list[dict[str, Any]] = json.loads((data / folder / "gold.json").read_text(encoding="utf-8"))
        bodies = [(data / folder / one["file"]).read_bytes() for one in gold]
        articles: list[Article] = []
        for method, extract in ("ringkas", None), *METHODS.items():
            # The first page loads models and compiles expressions.
            _ = read_page(bodies[0], url=gold[0]["url"]) if extract is None else extract(decode_page(bodies[0]))
            started = time.process_time()
            if extract is None:
                articles = [read_page(body, url=one["url"]) for body, one in zip(bodies, gold, strict=True)]
                texts = [article.text for article in articles]
            else:
                texts = [extract(decode_page(body)) or "" for body in bodies]
            cost = f"{1000 * (time.process_time() - started) / len(gold):.0f} ms"
            scores = [score_tokens(one["content"], text) for one, text in zip(gold, texts, strict=True)]
            means = (f"{fmean(column):.3f}" for column in zip(*scores, strict=True))
            rows.append((name, len(gold), method, *means, f"{min(f1 for *_, f1 in scores):.3f}", cost))
        for one, body, article in zip(gold, bodies, articles, strict=True):
            shown = datetime.fromtimestamp(one["date"] / 1000, JAKARTA).date()
            titles.append(article.title.casefold().split() == one["title"].casefold().split())
            days.append(article.published_at is not None and article.published_at.astimezone(JAKARTA).date() == shown)
            seen = render_text(decode_page(body))
            lines += [(line, normalize(line) in seen) for line in find_lines(article)]
        accepted += map(is_accepted, (data / others).glob("*.html"))
    lost = [line for line, is_there in lines if not is_there]
    text = TEXT.format(
        machine=describe_machine("trafilatura", "readability-lxml", "lxml"),
        rows=table(("years", "pages", "", "precision", "recall", "F1", "worst page", "a page"), rows),
        titles=sum(titles), pages=len(titles), days=sum(days), accepted=sum(accepted), others=len(accepted),
        lines=len(lines), lost=len(lost),
    )  # fmt: skip
    (DOCS / "extraction.md").write_text(text, encoding="utf-8")
    print(*lost, sep="\n", file=sys.stderr)
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main())
