"""What cleaning takes out of articles: counts by rule, and a sample to read.

    python -m benchmarks.removed_text --data DIR [--sample N] [--longer CHARS] [--rule NAME] [--seed N]

DIR holds articles.jsonl with `outlet` and `text`. Without a sample only the counts are printed, as the table of
docs/measurements/text-reading.md; with one, N random pieces that were taken out, and all that are longer than CHARS,
each between what stood before and after it. The output quotes publishers' text: it is to be read, not to be kept.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from summaries.text.cleaning import RemovalRule, clean

AROUND_CHARS = 40


@dataclass(frozen=True, slots=True)
class Taken:
    """One piece that was taken out, with what stood around it."""

    outlet: str
    rule: RemovalRule
    before: str
    text: str
    after: str


def taken_from(outlet: str, text: str) -> list[Taken]:
    """Every piece that cleaning takes out of one article, in order."""
    return [
        Taken(
            outlet=outlet,
            rule=removed.rule,
            before=text[max(0, removed.start - AROUND_CHARS) : removed.start],
            text=text[removed.start : removed.end].strip(),
            after=text[removed.end : removed.end + AROUND_CHARS],
        )
        for removed in clean(text).removed
        if text[removed.start : removed.end].strip()
    ]


def counts(pieces: list[Taken]) -> str:
    """A Markdown table: pieces and characters by rule."""
    number = Counter(piece.rule for piece in pieces)
    chars: Counter[RemovalRule] = Counter()
    for piece in pieces:
        chars[piece.rule] += len(piece.text)
    rows = (
        f"| {rule.value} | {number[rule]} | {chars[rule] / number[rule]:.0f} |" for rule in RemovalRule if number[rule]
    )
    return "\n".join(["| rule | pieces | characters each |", "|---|---|---|", *rows])


def to_html(piece: Taken) -> str:
    before, text, after = (" ".join(part.split()) for part in (piece.before, piece.text, piece.after))
    return f"{piece.outlet} | {piece.rule.name} | …{before} [[{text}]] {after}…"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--longer", type=int)
    parser.add_argument("--rule", choices=[rule.name for rule in RemovalRule])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = (options.data / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    pieces = [piece for article in articles for piece in taken_from(article["outlet"], article["text"])]
    if options.rule:
        pieces = [piece for piece in pieces if piece.rule is RemovalRule[options.rule]]
    print(f"{len(articles)} articles, {len(pieces)} pieces\n\n{counts(pieces)}")
    sample = random.Random(options.seed).sample(pieces, min(options.sample, len(pieces)))
    if options.longer is not None:
        sample += [piece for piece in pieces if len(piece.text) > options.longer]
    for piece in sample:
        print(to_html(piece))


if __name__ == "__main__":
    main()
