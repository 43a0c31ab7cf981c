"""Fit the story model and write summaries/stories/data/pairs.json.

    python -m benchmarks.train_stories --labelled DEV.jsonl --articles ARTICLES.jsonl FEED_ITEMS.jsonl

Each line has id, outlet, date, title and text (or a deck); labelled articles also have story and doubt. Deterministic.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summaries.stories.pair_model import NAMES, Density, Scorer, compare_with_surroundings
from summaries.stories.signature import Signature, make_signature
from summaries.stories.vectors import load_background
from summaries.stories.window import Window
from summaries.text.cleaning import clean
from summaries.text.dates import parse_date

# Stories of articles that are not in the repository, by hashes of their ids.
LABELS = Path(__file__).with_name("story_labels.tsv")
LABELLED_DAYS = "2025-07-02"
# The log-odds from which groups are joined, on a plateau of the cross-validated scores (0 to 0.4).
JOIN_AT = 0.1
RIDGE = 10.0
NEWTON_STEPS = 30
Row = dict[str, Any]
# The features of two articles, and whether both belong to one story.
Pair = tuple[list[float], bool]


def read_rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def sign(row: Row) -> Signature:
    text = row["text"] if "text" in row else row["deck"]
    moment = parse_date(row.get("date") or "")
    return make_signature(row["id"], row["title"], clean(text or "").text, outlet=row["outlet"], published_at=moment)


def collect_all(labelled: Sequence[Row], articles: Sequence[Row]) -> Iterator[Pair]:
    """Yield the pairs of the labelled articles alone, then those of each set of days in story_labels.tsv."""
    by_hash = {hash_name(row["id"]): row for row in articles}
    stories: dict[str, str] = {row["id"]: row.get("story") or row["id"] for row in labelled}
    named = {f"labelled:{hash_name(story)}": story for story in stories.values()}
    doubtful: set[str] = {row["id"] for row in labelled if row.get("doubt")}
    days = {LABELLED_DAYS: list(labelled)}
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        name, key, story = line.split("\t")
        article = by_hash.get(key)
        if article is None or article["id"] in stories:
            continue
        days.setdefault(name, []).append(article)
        stories[article["id"]] = article["id"] if story in "-?" else named.get(story, story)
        if story == "?":
            doubtful.add(article["id"])
    for part in (labelled, *days.values()):
        yield from collect([sign(row) for row in part], stories, doubtful)


def hash_name(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:12]


def collect(signatures: Sequence[Signature], stories: Mapping[str, str], doubtful: Set[str]) -> Iterator[Pair]:
    """Yield all pairs without doubt that the index would score among articles of the same days."""
    window = Window(load_background(), Scorer(0.0, (0.0,) * len(NAMES), 0.0))
    window.insert(signatures)
    for article_id in window:
        window.neighbours(article_id)
    crowds = {i: Density.measure(window.neighbours(i).values()) for i in window}
    candidates = sorted((a, b) for a in window for b in window.neighbours(a) if a < b)
    for a, b in candidates:
        if doubtful.isdisjoint((a, b)):
            likeness = window.compare(a, b)
            surroundings = compare_with_surroundings(likeness, crowds[a], crowds[b])
            yield [*likeness.numbers, *surroundings], stories[a] == stories[b]


def fit(features: NDArray[np.float64], is_same: NDArray[np.float64]) -> Scorer:
    """Fit a logistic regression by Newton's method, with ridge on standardised features."""
    mean, spread = features.mean(0), features.std(0) + 1e-9
    x = np.c_[(features - mean) / spread, np.ones(len(features))]
    ridge = np.eye(x.shape[1]) * RIDGE
    ridge[-1, -1] = 1e-6
    w = np.zeros(x.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (is_same - p) - ridge @ w
        w += np.linalg.solve((x * (p * (1 - p) + 1e-9)[:, None]).T @ x + ridge, slope)
    weights = w[:-1] / spread
    return Scorer(float(w[-1] - weights @ mean), tuple(float(value) for value in weights), JOIN_AT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--articles", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    articles = [row for path in options.articles for row in read_rows(path)]
    features, is_same = zip(*collect_all(read_rows(options.labelled), articles), strict=True)
    scorer = fit(np.array(features), np.array(is_same, float))
    weights = {name: round(weight, 4) for name, weight in zip(NAMES, scorer.weights, strict=True)}
    model = {"bias": round(scorer.bias, 4), "weights": weights, "join_at": scorer.join_at}
    path = Path(str(files("summaries.stories").joinpath("data", "pairs.json")))
    path.write_text(json.dumps(model, indent=2) + "\n", encoding="utf-8")
    print(f"{len(is_same)} pairs -> {path.name}: {model}")


if __name__ == "__main__":
    main()
