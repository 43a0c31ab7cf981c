"""How the stories hold when the input is worse or other: scores on labelled days, changed in one way at a time.

python -m benchmarks.stories.robustness --labelled DEV.jsonl
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.stories.corpus import Article, read_articles
from benchmarks.stories.measures import Figures, measure
from summaries.stories import StoryIndex, cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

LEAD_WORDS = 40
ORDERS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", type=Path, required=True)
    articles = read_articles(parser.parse_args().labelled)
    print(f"as it is: {batch(articles)}")
    for name, change in CHANGES.items():
        print(f"{name}: {batch([change(article) for article in articles])}")
    for outlet in sorted({article.outlet for article in articles}):
        print(f"without {outlet}: {batch([article for article in articles if article.outlet != outlet])}")
    for count in (50, 100, 200):
        print(f"only {count} of them: {batch(random.Random(count).sample(articles, min(count, len(articles))))}")
    for seed in range(ORDERS):
        shuffled = random.Random(seed).sample(articles, len(articles))
        print(f"one by one in order {seed}: {one_by_one(shuffled)}")
    in_time = sorted(articles, key=lambda a: (a.published_at is None, str(a.published_at)))
    print(f"one by one in order of time: {one_by_one(in_time)}")


def lead(article: Article) -> Article:
    return replace(article, text=" ".join(article.text.split()[:LEAD_WORDS]))


def midnight(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(hour=0, minute=0, second=0, microsecond=0)


CHANGES: Mapping[str, Callable[[Article], Article]] = {
    "titles alone": lambda article: replace(article, text=""),
    f"the first {LEAD_WORDS} words": lead,
    "without the first sentence": lambda article: replace(article, text=article.text.partition(". ")[2]),
    "without titles": lambda article: replace(article, title=""),
    "without times": lambda article: replace(article, published_at=None),
    "days without hours": lambda article: replace(article, published_at=midnight(article.published_at)),
    "without outlets": lambda article: replace(article, outlet=""),
    "titles in capitals": lambda article: replace(article, title=article.title.upper()),
}


def batch(articles: Sequence[Article]) -> Figures:
    return _figures(articles, cluster([article.sign() for article in articles]))


def one_by_one(articles: Sequence[Article]) -> str:
    """Figures of the final state, and how far it agrees with the batch."""
    index = StoryIndex()
    for article in articles:
        index.add([article.sign()])
    found = {article_id: str(story) for article_id, story in index.stories().items()}
    alike = measure(cluster([article.sign() for article in articles]), found)
    return f"{_figures(articles, found)}; against the batch {alike.bcubed_f1:.3f}"


def _figures(articles: Sequence[Article], found: Mapping[str, str]) -> Figures:
    return measure({article.id: article.story or article.id for article in articles if not article.is_doubtful}, found)


if __name__ == "__main__":
    main()
