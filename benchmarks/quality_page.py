"""docs/quality.md from what `quality.py` measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a person saw in ten summaries: written by hand, kept when the figures are measured anew.
READING = Path(__file__).with_name("quality_reading.md")
_TOP = """\
# How good the summaries are

Written by `benchmarks/quality.py`; do not edit by hand. Plain ROUGE F1 in percent, without stemming, against editors'
summaries of {n} articles of IndoSum (CC BY-SA 4.0, arXiv:1810.05334). The articles were read as running text through
Ringkas's own cleaning and splitting. *ringkas* is measured by 5-fold cross-validation: no article was summarised by a
forest that had seen it; the few constants of the choice (wanted length, penalty) were set on the same articles. The
spread is the standard deviation of R1 over the folds; RL is rougeLsum.
"""
_HEADS = {
    "words": "## About 60 words",
    "three": "## Exactly 3 sentences",
    "ablation": "## What the features are worth\n\nOne fold, about 60 words, trained on the other four.",
    "curve": "## What more training data would bring\n\nOne fold, about 60 words, trained on so many articles.",
}


def write(path: Path, tables: Mapping[str, Mapping[str, Any]], sentences: Mapping[str, float], n: int) -> None:
    parts = [_TOP.format(n=n)]
    for key, head in _HEADS.items():
        parts.append(f"{head}\n\n{_table(tables[key])}")
    if sentences:
        rows = "\n".join(f"| {name} | {100 * value:.2f} |" for name, value in sentences.items())
        parts.append(
            "## Sentence boundaries\n\nF1 in percent on paragraphs of five sentences of Indonesian treebanks.\n\n"
            f"| treebank | F1 |\n|---|---|\n{rows}\n"
        )
    parts.append(READING.read_text(encoding="utf-8"))
    path.write_text("\n".join(parts), encoding="utf-8")


def _table(rows: Mapping[str, Any]) -> str:
    lines = ["| | R1 | spread | R2 | RL | words | sentences |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {name} | {s.r1:.2f} | {s.spread:.2f} | {s.r2:.2f} | {s.rl:.2f} | {s.words:.1f} | {s.sentences:.2f} |"
        for name, s in rows.items()
    ]
    return "\n".join(lines) + "\n"
