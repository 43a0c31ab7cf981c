"""Train the sentence ranker on IndoSum-like data and write summaries/summarizer/model/ranker.json.

    train_ranker.py TRAIN.jsonl [MORE.jsonl …] [--output PATH]

Each line holds `title`, `source`, `paragraphs` (lists of sentences) and `summary` (list of sentences). The articles are
read as running text through our own cleaning and splitting, once with the outlet and its line breaks and once without
either, so that both may be missing later. The target of a sentence is how much of it the editors' summary kept. Needs
the extra `train`. The same input gives the same file.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from rouge_text import bigrams, tokens

from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.features import NAMES, features
from summaries.text.cleaning import clean

MODEL = Path(__file__).parent.parent / "summaries" / "summarizer" / "model" / "ranker.json"
ROUNDS = 110
PARAMETERS = {
    "objective": "regression",
    "learning_rate": 0.09,
    "num_leaves": 12,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "verbose": -1,
    "num_threads": 2,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
}


def as_article(line: dict[str, Any], *, is_flat: bool, has_outlet: bool = True) -> Article:
    """The line's article as it reaches the product: running text, cleaned by us."""
    joint = " " if is_flat else "\n"
    text = joint.join(" ".join(sentences) for sentences in line["paragraphs"])
    return Article(
        title=line.get("title") or "", text=clean(text).text, outlet=line.get("source") if has_outlet else None
    )


def kept_share(sentence: str, summary: str) -> float:
    """How much of the sentence the summary kept: half its share of bigrams, half whether that is most of them."""
    have, kept = Counter(bigrams(tokens(sentence))), Counter(bigrams(tokens(summary)))
    share = sum((have & kept).values()) / max(1, sum(have.values()))
    return 0.5 * share + 0.5 * (share > 0.5)


def rows_of(line: dict[str, Any], article: Article) -> tuple[list[list[float]], list[float]]:
    """Features and targets of every sentence."""
    document = read_document(article, "id")
    summary = "\n".join(line["summary"])
    return features(document), [kept_share(sentence.text, summary) for sentence in document.sentences]


def fit(rows: list[list[float]], targets: list[float]) -> dict[str, Any]:
    """Train, and give the forest in the form that `summaries.summarizer.forest` reads."""
    import lightgbm
    import numpy as np

    data = lightgbm.Dataset(np.array(rows, dtype=float), np.array(targets))
    dump = lightgbm.train(PARAMETERS, data, ROUNDS).dump_model()
    return {"features": list(NAMES), "trees": [_node(tree["tree_structure"]) for tree in dump["tree_info"]]}


def _node(node: dict[str, Any]) -> Any:
    if "leaf_value" in node:
        return float(f"{node['leaf_value']:.5g}")
    return [
        node["split_feature"],
        float(f"{node['threshold']:.7g}"),
        _node(node["left_child"]),
        _node(node["right_child"]),
    ]


def train(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """A forest from articles with editors' summaries."""
    rows: list[list[float]] = []
    targets: list[float] = []
    for line in lines:
        for is_flat in (True, False):
            # Both forms know the outlet in most articles; every fourth article's broken form does not.
            has_outlet = is_flat or sum(map(ord, line["id"])) % 4 != 0
            more_rows, more_targets = rows_of(line, as_article(line, is_flat=is_flat, has_outlet=has_outlet))
            rows += more_rows
            targets += more_targets
    return fit(rows, targets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, default=MODEL)
    arguments = parser.parse_args()
    lines = [json.loads(line) for path in arguments.data for line in path.read_text(encoding="utf-8").splitlines()]
    forest = train(lines)
    arguments.output.write_text(json.dumps(forest, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{len(lines)} articles, {len(forest['trees'])} trees, {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
