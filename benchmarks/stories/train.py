"""Fits the story model and writes summaries/stories/data/pairs.json. `validate` tells how good it is.

python -m benchmarks.stories.train --labelled DEV.jsonl --articles ARTICLES.jsonl
"""

from __future__ import annotations

import argparse
import json
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.stories.corpus import Article, read_articles
from benchmarks.stories.pair_model import Pairs, collect, fit, together
from summaries.stories.pair_model import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LABELS = Path(__file__).with_name("labels.tsv")
LABELLED_DAYS = "2025-07-02"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--articles", type=Path, required=True)
    given = parser.parse_args()
    labelled = read_articles(given.labelled)
    days, stories, unsure = read_days(labelled, read_articles(given.articles))
    write(collect_all(labelled, days, stories, unsure))


def collect_all(
    labelled: Sequence[Article],
    days: Mapping[str, Sequence[Article]],
    stories: Mapping[str, str],
    unsure: frozenset[str],
) -> list[Pairs]:
    """The pairs of the labelled articles alone, and of each set of days."""
    return [collect([a.sign() for a in articles], stories, unsure) for articles in (labelled, *days.values())]


def read_days(
    labelled: Sequence[Article], articles: Sequence[Article]
) -> tuple[dict[str, list[Article]], dict[str, str], frozenset[str]]:
    """Sets of days, each article's story, and the articles that are not judged."""
    by_key = {digest(article.id): article for article in articles}
    stories = {article.id: article.story or article.id for article in labelled}
    named = {f"labelled:{digest(story)}": story for story in stories.values()}
    unsure = {article.id for article in labelled if article.is_doubtful}
    days: dict[str, list[Article]] = {LABELLED_DAYS: list(labelled)}
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, key, story = line.split("\t")
        article = by_key.get(key)
        if article is None or article.id in stories:
            continue
        days.setdefault(name, []).append(article)
        stories[article.id] = article.id if story in "-?" else named.get(story, story)
        if story == "?":
            unsure.add(article.id)
    return days, stories, frozenset(unsure)


def digest(name: str) -> str:
    """How ids and names of data that is not part of the project stand in the labels."""
    return sha256(name.encode()).hexdigest()[:12]


def write(parts: Sequence[Pairs]) -> None:
    pairs = together(parts)
    judged = pairs.judged
    scorer = fit(pairs.numbers[judged], pairs.same[judged])
    weights = {name: round(weight, 4) for name, weight in zip(NAMES, scorer.weights, strict=True)}
    model = {"bias": round(scorer.bias, 4), "weights": weights, "join_at": scorer.join_at}
    path = Path(str(files("summaries.stories").joinpath("data", "pairs.json")))
    path.write_text(json.dumps(model, indent=2) + "\n", encoding="utf-8")
    print(f"{int(judged.sum())} pairs -> {path.name}: {model}")


if __name__ == "__main__":
    main()
