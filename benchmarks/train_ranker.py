"""Train the sentence ranker on IndoSum-like data and write summaries/summarizer/model/ranker.json.

    python -m benchmarks.train_ranker --data DIR

DIR holds train.jsonl, and optionally dev.jsonl. Each line has `id`, `title`, `source`, `paragraphs` (lists of
sentences) and `summary` (list of sentences). Each article is read twice through our own cleaning and splitting, as
running text and with line breaks; every fourth article's second form lacks the outlet, so that the model copes without.
The target of a sentence is the part of it that the editors' summary kept. Deterministic. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality.scores import tokens
from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.features import NAMES, extract_features
from summaries.text.cleaning import clean

MODEL = Path(__file__).parent.parent / "summaries" / "summarizer" / "model" / "ranker.json"
FILES = ("train.jsonl", "dev.jsonl")
PARAMETERS: dict[str, Any] = {
    "iterations": 400,
    "depth": 5,
    "learning_rate": 0.05,
    "l2_leaf_reg": 5,
    "random_seed": 1,
    "thread_count": 2,
    "allow_writing_files": False,
    "verbose": 0,
}


def as_article(line: dict[str, Any], *, is_flat: bool, has_outlet: bool = True) -> Article:
    """Return the article as the product reads it: cleaned, running text or one paragraph per line."""
    text = (" " if is_flat else "\n").join(" ".join(sentences) for sentences in line["paragraphs"])
    outlet = line.get("source") if has_outlet else None
    return Article(title=line.get("title") or "", text=clean(text).text, outlet=outlet)


def kept_share(sentence: str, summary: str) -> float:
    """Return how much of the sentence was kept, from 0 to 1: half its share of bigrams, half whether that is most."""
    have, kept = Counter(pairwise(tokens(sentence))), Counter(pairwise(tokens(summary)))
    share = sum((have & kept).values()) / max(1, sum(have.values()))
    return 0.5 * share + 0.5 * (share > 0.5)


def rows_from(line: dict[str, Any]) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Return the features of the sentences of both forms, and the targets of all of them."""
    has_outlet = sum(map(ord, line["id"])) % 4 != 0
    articles = (as_article(line, is_flat=True), as_article(line, is_flat=False, has_outlet=has_outlet))
    documents = [read_document(article, "id") for article in articles]
    summary = "\n".join(line["summary"])
    targets = [kept_share(sentence.text, summary) for document in documents for sentence in document.sentences]
    return [extract_features(document) for document in documents], targets


def fit(rows: NDArray[np.float64], targets: Sequence[float]) -> dict[str, Any]:
    """Train a forest, and return it in the format of `summaries.summarizer.ranker`."""
    from catboost import CatBoostRegressor

    model = CatBoostRegressor(**PARAMETERS)
    model.fit(rows, targets)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        raw = json.loads(path.read_text(encoding="utf-8"))
    scale, (bias,) = raw["scale_and_bias"]
    return {
        "features": list(NAMES),
        "bias": float(f"{bias:.7g}"),
        "trees": [_tree(tree, scale) for tree in raw["oblivious_trees"]],
    }


def _tree(tree: dict[str, Any], scale: float) -> dict[str, Any]:
    """Convert a tree; one that stopped early is padded to full depth with splits that always go one way."""
    splits = [[split["float_feature_index"], float(f"{split['border']:.7g}")] for split in tree["splits"]]
    leaves = [float(f"{scale * value:.4g}") for value in tree["leaf_values"]]
    while len(splits) < PARAMETERS["depth"]:
        splits.append([0, 1e9])
        leaves += [0.0] * len(leaves)
    return {"splits": splits, "leaves": leaves}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    paths = [path for name in FILES if (path := arguments.data / name).exists()]
    lines = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    forms = [rows_from(line) for line in lines]
    forest = fit(np.vstack([part for parts, _ in forms for part in parts]), [one for _, some in forms for one in some])
    MODEL.write_text(json.dumps(forest, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(lines)} articles, {len(forest['trees'])} trees, {MODEL.stat().st_size} bytes")


if __name__ == "__main__":
    main()
