"""Measure the story model on stories, outlets and days that it was not trained on.

    python -m benchmarks.stories.validate --labelled DEV.jsonl --articles ARTICLES.jsonl

Figures are B-cubed (Bagga & Baldwin 1998) and pairwise, over articles whose story is certain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from zlib import crc32

import numpy as np

from benchmarks.stories.train import JOIN_AT, LABELLED_DAYS, LabelledArticle, Labels, Pairs, fit, parse_arguments
from summaries.stories.grouping import group
from summaries.stories.pair_model import LIMIT

FOLDS = 5
DRAWS = 5
LogOdds = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision and recall of a clustering by article (B-cubed) and by pair."""

    bcubed_precision: float
    bcubed_recall: float
    pair_precision: float
    pair_recall: float

    @property
    def bcubed_f1(self) -> float:
        return _f1(self.bcubed_precision, self.bcubed_recall)

    @property
    def pair_f1(self) -> float:
        return _f1(self.pair_precision, self.pair_recall)


def measure(gold: Mapping[str, str], found: Mapping[str, str]) -> Figures:
    """Compare the stories found for the articles in `gold` with their labels."""
    both = Counter((gold[i], found[i]) for i in gold)
    labels, groups = Counter(gold.values()), Counter(found[i] for i in gold)
    right = sum(map(_count_pairs, both.values()))
    return Figures(
        sum(n * n / groups[name] for (_, name), n in both.items()) / len(gold),
        sum(n * n / labels[story] for (story, _), n in both.items()) / len(gold),
        right / max(1, sum(map(_count_pairs, groups.values()))),
        right / max(1, sum(map(_count_pairs, labels.values()))),
    )


def _count_pairs(n: int) -> int:
    return n * (n - 1) // 2


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def cross_validate(
    parts: Sequence[Pairs], stories: Mapping[str, str], *, draw: int = 0, unseen: frozenset[str] = frozenset()
) -> list[LogOdds]:
    """Return each pair's log-odds, per part, by a model that saw no pair of either article's fold of stories.

    `draw` changes the assignment of stories to folds; pairs with an article of `unseen` are never trained on.
    """
    pairs = Pairs.join(parts)
    folds = np.array([sorted(crc32(f"{stories[i]}/{draw}".encode()) % FOLDS for i in pair) for pair in pairs.ids])
    is_usable = pairs.is_certain & np.array([unseen.isdisjoint(pair) for pair in pairs.ids])
    log_odds = np.zeros(len(pairs.ids))
    for low in range(FOLDS):
        for high in range(low, FOLDS):
            held = (folds[:, 0] == low) & (folds[:, 1] == high)
            train = is_usable & ~np.isin(folds, [low, high]).any(1)
            if held.any():
                scorer = fit(pairs.features[train], pairs.is_same[train])
                raw = scorer.bias + pairs.features[held] @ np.array(scorer.weights)
                log_odds[held] = np.clip(raw, -LIMIT, LIMIT)
    ends = np.cumsum([len(part.ids) for part in parts])
    return [
        dict(zip(part.ids, map(float, log_odds[end - len(part.ids) : end]), strict=True))
        for part, end in zip(parts, ends, strict=True)
    ]


def group_articles(ids: Sequence[str], log_odds: LogOdds) -> dict[str, str]:
    """Return the first article of its group for each article."""

    def score(a: str, b: str) -> float:
        return log_odds.get((min(a, b), max(a, b)), -LIMIT)

    return {i: articles[0] for articles in group(sorted(ids), score, JOIN_AT) for i in articles}


def describe(figures: Sequence[Figures]) -> str:
    """Return means and standard deviations."""
    bcubed, pairs = [one.bcubed_f1 for one in figures], [one.pair_f1 for one in figures]
    precision, recall = fmean(one.pair_precision for one in figures), fmean(one.pair_recall for one in figures)
    return (
        f"B-cubed F1 {fmean(bcubed):.3f} ± {pstdev(bcubed):.3f}, pairs F1 {fmean(pairs):.3f} ± {pstdev(pairs):.3f} "
        f"(precision {precision:.2f}, recall {recall:.2f})"
    )


def main() -> None:
    labels = parse_arguments(__doc__)
    parts = labels.collect_pairs()
    ids = [article.id for article in labels.labelled]

    def validate(articles: Sequence[LabelledArticle], unseen: frozenset[str] = frozenset()) -> str:
        gold = certain_stories(labels, articles)
        return describe(
            [
                measure(gold, group_articles(ids, cross_validate(parts, labels.stories, draw=draw, unseen=unseen)[0]))
                for draw in range(DRAWS)
            ]
        )

    print(f"by story: {validate(labels.labelled)}")
    dense = [article.id for article in labels.days[LABELLED_DAYS]]
    gold = certain_stories(labels, labels.labelled)
    among = [
        measure(gold, group_articles(dense, cross_validate(parts, labels.stories, draw=draw)[1]))
        for draw in range(DRAWS)
    ]
    print(f"  the same among {len(dense)}: {describe(among)}")
    everything = [article for articles in labels.days.values() for article in articles]
    for outlet in sorted({article.outlet for article in labels.labelled}):
        unseen = frozenset(article.id for article in everything if article.outlet == outlet)
        print(f"without {outlet}: {validate(labels.labelled, unseen)}")
    for day in sorted({day_of(article) for article in labels.labelled} - {""}):
        unseen = frozenset(article.id for article in everything if day_of(article) == day)
        print(f"without {day}: {validate([one for one in labels.labelled if day_of(one) == day], unseen)}")
    for position, (name, other_days) in enumerate(labels.days.items(), start=1):
        if name != LABELLED_DAYS:
            unseen = frozenset(article.id for article in other_days)
            log_odds = cross_validate(parts, labels.stories, unseen=unseen)[position]
            found = group_articles(sorted(unseen), log_odds)
            print(f"without {name}: {describe([measure(certain_stories(labels, other_days), found)])}")


def certain_stories(labels: Labels, articles: Sequence[LabelledArticle]) -> dict[str, str]:
    return {article.id: labels.stories[article.id] for article in articles if article.id not in labels.doubtful}


def day_of(article: LabelledArticle) -> str:
    return str(article.published_at.date()) if article.published_at else ""


if __name__ == "__main__":
    main()
