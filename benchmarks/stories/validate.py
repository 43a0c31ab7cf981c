"""How good the story model is on stories, outlets and days that it has not seen.

python -m benchmarks.stories.validate --labelled DEV.jsonl --articles ARTICLES.jsonl
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING

from benchmarks.stories.corpus import Article, read_articles
from benchmarks.stories.measures import measure, resampled
from benchmarks.stories.pair_model import JOIN_AT, Pairs, cross_validated, grouped
from benchmarks.stories.train import LABELLED_DAYS, collect_all, read_days

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from benchmarks.stories.measures import Figures

DRAWS = 5
RESAMPLES = 1_000
THRESHOLDS = (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)


@dataclass(frozen=True, slots=True)
class Labels:
    labelled: Sequence[Article]
    days: Mapping[str, Sequence[Article]]
    stories: Mapping[str, str]
    unsure: frozenset[str]
    parts: Sequence[Pairs]

    def gold(self, articles: Iterable[Article]) -> dict[str, str]:
        return {a.id: self.stories[a.id] for a in articles if a.id not in self.unsure}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--articles", type=Path, required=True)
    given = parser.parse_args()
    labelled = read_articles(given.labelled)
    days, stories, unsure = read_days(labelled, read_articles(given.articles))
    labels = Labels(labelled, days, stories, unsure, collect_all(labelled, days, stories, unsure))
    by_story(labels)
    by_outlet(labels)
    by_day(labels)
    other_days(labels)


def by_story(labels: Labels) -> None:
    """Stories are dealt to folds in several ways; how much the figures swing tells what they are worth."""
    alone, among, doubtful, swings = ([] for _ in range(4))
    everything = {article.id: labels.stories[article.id] for article in labels.labelled}
    gold = labels.gold(labels.labelled)
    dense = [article.id for article in labels.days[LABELLED_DAYS]]
    for draw in range(DRAWS):
        own, crowded, *_ = cross_validated(labels.parts, labels.stories, draw=draw)
        by_threshold = {at: grouped(everything, own, at) for at in THRESHOLDS}
        alone.append({at: measure(gold, found) for at, found in by_threshold.items()})
        doubtful.append(measure(everything, by_threshold[JOIN_AT]))
        among.append(measure(gold, grouped(dense, crowded)))
        swings += resampled(gold, by_threshold[JOIN_AT], random.Random(draw), RESAMPLES // DRAWS)
    for at in THRESHOLDS:
        print(f"by story, joined from {at:4.1f}: {spread([figures[at] for figures in alone])}")
    print(f"  with doubtful labels: {spread(doubtful)}")
    print(f"  the same among {len(dense)}: {spread(among)}")
    print(f"  stories drawn anew: {spread(swings)}")


def by_outlet(labels: Labels) -> None:
    """Nothing of one outlet is learnt from, nor any story of the fold."""
    for outlet in sorted({article.outlet for article in labels.labelled}):
        unseen = frozenset(a.id for articles in labels.days.values() for a in articles if a.outlet == outlet)
        print(f"without {outlet}: {spread(unseen_figures(labels, labels.labelled, unseen))}")


def by_day(labels: Labels) -> None:
    """Nothing of one day is learnt from, and it is measured alone."""
    for day in sorted({str(article.published_at.date()) for article in labels.labelled if article.published_at}):
        there = [a for a in labels.labelled if a.published_at and str(a.published_at.date()) == day]
        unseen = frozenset(
            a.id
            for articles in labels.days.values()
            for a in articles
            if a.published_at and str(a.published_at.date()) == day
        )
        print(f"without {day}: {spread(unseen_figures(labels, there, unseen))}")


def other_days(labels: Labels) -> None:
    """Days of other months, of which nothing is learnt; few of their articles tell the same."""
    for place, (name, articles) in enumerate(labels.days.items(), start=1):
        if name != LABELLED_DAYS:
            unseen = frozenset(article.id for article in articles)
            log_odds = cross_validated(labels.parts, labels.stories, unseen=unseen)[place]
            print(f"without {name}: {measure(labels.gold(articles), grouped(unseen, log_odds))}")


def unseen_figures(labels: Labels, articles: Sequence[Article], unseen: frozenset[str]) -> list[Figures]:
    gold, ids = labels.gold(articles), [article.id for article in labels.labelled]
    return [
        measure(gold, grouped(ids, cross_validated(labels.parts, labels.stories, draw=draw, unseen=unseen)[0]))
        for draw in range(DRAWS)
    ]


def spread(figures: Collection[Figures]) -> str:
    """Means and standard deviations."""
    bcubed, pairs = [f.bcubed_f1 for f in figures], [f.pair_f1 for f in figures]
    precision, recall = fmean(f.pair_precision for f in figures), fmean(f.pair_recall for f in figures)
    return (
        f"B-cubed F1 {fmean(bcubed):.3f} ± {pstdev(bcubed):.3f}, pairs F1 {fmean(pairs):.3f} ± {pstdev(pairs):.3f} "
        f"(precision {precision:.2f}, recall {recall:.2f})"
    )


if __name__ == "__main__":
    main()
