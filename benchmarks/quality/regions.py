"""Measure the regions that are found for articles.

    python -m benchmarks.quality.regions --data DIR

DIR holds modern/articles/*.jsonl. region_labels.tsv has the regions that a reader found, without text, in two halves;
the rules were written for the half "dev". Exits with 1 if F1 for the provinces of a half is below 0.90.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from csv import DictReader
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import table
from summaries.regions import find_regions, load_regions
from summaries.text.cleaning import clean

LABELS = Path(__file__).with_name("region_labels.tsv")
TARGET = 0.90
MIN_LABELS = 3  # of a province that is listed
PROVINCES = frozenset(one.name for one in load_regions().values() if one.is_province)
REGENCIES = frozenset(one.name for one in load_regions().values() if not one.is_province)


class Result(NamedTuple):
    half: str
    labelled: frozenset[str]  # names of regions
    found: frozenset[str]


def read_results(data: Path) -> Iterator[Result]:
    lines = [line for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    labels = {row["id"]: row for row in DictReader(lines, delimiter="\t")}
    for path in sorted((data / "modern" / "articles").glob("*.jsonl")):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            if label := labels.pop(row["id"], None):
                text = clean(row.get("text") or row.get("deck") or "").text
                found = frozenset(one.name for one in find_regions(row["title"] or "", text))
                names = frozenset(filter(None, f"{label['provinces']};{label['regencies']}".split(";")))
                yield Result(label["half"], names, found)


def score(results: Sequence[Result], names: Set[str]) -> tuple[str | float, ...]:
    """Return the labelled, wrong and missed regions with these names; precision, recall and F1."""
    right = sum(len(one.labelled & one.found & names) for one in results)
    wrong = sum(len((one.found - one.labelled) & names) for one in results)
    missed = sum(len((one.labelled - one.found) & names) for one in results)
    shares = (right / max(1, right + wrong), right / max(1, right + missed), 2 * right / (2 * right + wrong + missed))
    return right + missed, wrong, missed, *(round(share, 3) for share in shares)


def measure_half(half: str, results: Sequence[Result]) -> float:
    """Print the figures of one half; return F1 for its provinces."""
    counts = Counter(name for one in results for name in one.labelled & PROVINCES)
    levels = {"provinces": PROVINCES, "regencies and cities": REGENCIES}
    named = levels | {name: {name} for name in sorted(counts) if counts[name] >= MIN_LABELS}
    rows = [(name, *score(results, names)) for name, names in named.items()]
    print(table((half, "labelled", "wrong", "missed", "precision", "recall", "F1"), rows))
    for level, names in levels.items():
        without = [one for one in results if not one.labelled & names]
        print(
            f"articles without {level}: {len(without)}; with a wrong one: {sum(bool(x.found & names) for x in without)}"
        )
    return float(rows[0][-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    results = list(read_results(parser.parse_args().data))
    halves = {one.half: [other for other in results if other.half == one.half] for one in results}
    f1 = [measure_half(half, found) for half, found in sorted(halves.items())]
    return min(f1) < TARGET


if __name__ == "__main__":
    sys.exit(main())
