"""Measure the regions that are found for articles.

    python -m benchmarks.quality.regions --data DIR [--errors]

DIR holds modern/articles/*.jsonl. region_labels.tsv has the regions that a reader found, without text, in two halves;
the rules were written for the half "dev". Exits with 1 if F1 for the provinces of a half is below 0.90. `--errors`
prints the headlines of articles with other regions.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from csv import DictReader
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.report import table
from summaries.regions import find_regions, load_regions
from summaries.text.cleaning import clean

LABELS = Path(__file__).with_name("region_labels.tsv")
TARGET = 0.90
# Provinces with fewer labels are not listed.
MIN_LABELS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """The labelled and the found regions of an article, by name."""

    title: str
    half: str
    labelled: frozenset[str]
    found: frozenset[str]
    seconds: float

    def select(self, names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        return self.labelled & names, self.found & names


@dataclass(frozen=True, slots=True)
class Score:
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong or 1)

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed or 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed or 1)

    @property
    def cells(self) -> tuple[str, ...]:
        counts = (str(self.right + self.missed), str(self.wrong), str(self.missed))
        return *counts, f"{self.precision:.3f}", f"{self.recall:.3f}", f"{self.f1:.3f}"


def compute_score(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Score:
    right = wrong = missed = 0
    for labelled, found in pairs:
        right += len(labelled & found)
        wrong += len(found - labelled)
        missed += len(labelled - found)
    return Score(right, wrong, missed)


def read_results(data: Path) -> Iterator[Result]:
    lines = [line for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    labels = {row["id"]: row for row in DictReader(lines, delimiter="\t")}
    for path in sorted((data / "modern" / "articles").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            label = labels.pop(row["id"], None)
            if label is None:
                continue
            title, text = row["title"] or "", clean(row.get("text") or row.get("deck") or "").text
            began = time.perf_counter()
            found = find_regions(title, text)
            seconds = time.perf_counter() - began
            names = frozenset(name for key in ("provinces", "regencies") for name in label[key].split(";") if name)
            yield Result(title, label["half"], names, frozenset(one.name for one in found), seconds)
    if labels:
        raise SystemExit(f"{len(labels)} labelled articles are not in {data}.")


def print_half(name: str, results: Sequence[Result]) -> float:
    """Print the figures of one half; return F1 for its provinces."""
    levels = {
        level: frozenset(one.name for one in load_regions().values() if one.is_province == (level == "provinces"))
        for level in ("provinces", "regencies and cities")
    }
    scores = {level: compute_score(one.select(names) for one in results) for level, names in levels.items()}
    head = (f"{name}: {len(results)} articles", "labelled", "wrong", "missed", "precision", "recall", "F1")
    print(table(head, [(level, *score.cells) for level, score in scores.items()]))
    for level, names in levels.items():
        without = [found for labelled, found in (one.select(names) for one in results) if not labelled]
        print(f"\nwithout {level}: {len(without)} articles, with a wrong one: {sum(map(bool, without))}")
    counts = Counter(province for one in results for province in one.labelled & levels["provinces"])
    listed = sorted(province for province, count in counts.items() if count >= MIN_LABELS)
    by_province = [
        (one, *compute_score(result.select(frozenset((one,))) for result in results).cells) for one in listed
    ]
    print(f"\n{table(('province', *head[1:]), by_province)}\n")
    return scores["provinces"].f1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--errors", action="store_true", help="print the articles with other regions")
    options = parser.parse_args()
    find_regions("", "")  # loads the data
    results = list(read_results(options.data))
    halves = sorted({result.half for result in results})
    f1 = [print_half(half, [one for one in results if one.half == half]) for half in halves]
    times = [1e6 * one.seconds for one in results]
    print(f"{median(times):.0f} µs per article (median), at most {max(times):,.0f}")
    if options.errors:
        for one in results:
            if one.labelled != one.found:
                print(
                    f"{one.half} {one.title!r}: wrong {set(one.found - one.labelled)}, missed "
                    f"{set(one.labelled - one.found)}"
                )
    return min(f1) < TARGET


if __name__ == "__main__":
    sys.exit(main())
