"""Measure the chains of stories against labelled affairs.

    python -m benchmarks.quality.chains --data DIR [--list]

DIR holds articles/articles.jsonl, stories/dev.jsonl and modern/articles/*.jsonl. All articles are grouped in the order
of their dates, as a bot would; those of chain_labels.tsv are scored. It has the affairs of articles, without text, and
two halves: `dev` was read during development, `unseen` was not. An affair with one article is a distractor, an article
on the same topic. Precision and recall are B-cubed, over the articles of the affairs; distractors in their chains count
against the precision. `--list` prints how each affair was divided. Exits with 1 if the F1 of the chains of
half `unseen` is less than .80.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import table
from summaries.stories import Signature, make_signature
from summaries.stories.chains import build_chains
from summaries.text.cleaning import clean
from summaries.text.dates import parse_date

MIN_F1 = 0.8
LABELS = Path(__file__).with_name("chain_labels.tsv")


@dataclass(frozen=True, slots=True)
class Scores:
    """B-cubed figures over `articles` articles of affairs. `others` is the number of unlabelled articles in the chains
    of an affair's article, on average: some of them belong there."""

    articles: int
    precision: float
    recall: float
    others: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def read_labels() -> dict[str, dict[str, str]]:
    """Return for each half the affair of each article."""
    halves: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for line in LABELS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            article_id, affair, half = line.split("\t")
            halves[half][article_id] = affair
    return halves


def read_articles(data: Path) -> Iterator[tuple[Signature, int]]:
    """Yield the signature and the number of words of each article."""
    # The articles without a date in the first file are of the same two days as the others there.
    paths = (
        data / "stories" / "dev.jsonl",
        *sorted((data / "modern" / "articles").glob("*.jsonl")),
        data / "articles" / "articles.jsonl",
    )
    seen: set[str] = set()
    for path in paths:
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            if row["id"] in seen:
                continue
            seen.add(row["id"])
            text, date = clean(row.get("text") or row.get("deck") or "").text, parse_date(row.get("date") or "")
            signature = make_signature(row["id"], row["title"], text, outlet=row["outlet"], published_at=date)
            yield signature, len(text.split())


def measure(affairs: Mapping[str, str], chains: Mapping[str, str], labelled: frozenset[str]) -> Scores:
    """Compare the chains with the affairs of some articles; articles that are not `labelled` count as others."""
    sizes, others = Counter(affairs.values()), Counter(chains[one] for one in chains.keys() - labelled)
    in_chain = Counter(chains[article_id] for article_id in affairs)
    shared = Counter((affair, chains[article_id]) for article_id, affair in affairs.items())
    scored = [(affair, chains[article_id]) for article_id, affair in affairs.items() if sizes[affair] > 1]
    count = len(scored)
    return Scores(
        count,
        sum(shared[pair] / in_chain[pair[1]] for pair in scored) / count,
        sum(shared[pair] / sizes[pair[0]] for pair in scored) / count,
        sum(others[chain] for _, chain in scored) / count,
    )


def list_affairs(affairs: Mapping[str, str], chains: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each affair: the number of its articles in each chain, and of distractors in these chains."""
    in_chain = Counter(chains[article_id] for article_id in affairs)
    for affair, size in Counter(affairs.values()).most_common():
        parts = Counter(chains[article_id] for article_id, name in affairs.items() if name == affair)
        others = sum(in_chain[chain] for chain in parts) - size
        if size > 1:
            yield f"{affair}: {' + '.join(map(str, sorted(parts.values(), reverse=True)))}, with {others} others"


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the chains of stories.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    halves = read_labels()
    stories, chains = build_chains(read_articles(options.data))
    labelled = frozenset(article_id for affairs in halves.values() for article_id in affairs)
    rows, scores = [], {}
    for half, affairs in sorted(halves.items()):
        for name, groups in (("stories alone", stories), ("chains", chains)):
            one = scores[half, name] = measure(affairs, groups, labelled)
            figures = (f"{figure:.3f}" for figure in (one.precision, one.recall, one.f1))
            rows.append((half, name, f"{one.articles}", *figures, f"{one.others:.1f}"))
        if options.list:
            print("\n".join(list_affairs(affairs, chains)))
    print(table(("half", "groups", "articles", "precision", "recall", "F1", "unlabelled articles in them"), rows))
    counts = (len(set(groups.values())) for groups in (stories, chains))
    print("{:,} articles in {:,} stories and {:,} chains".format(len(chains), *counts))
    return int(scores["unseen", "chains"].f1 < MIN_F1)


if __name__ == "__main__":
    sys.exit(main())
