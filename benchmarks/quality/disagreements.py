"""Measure the disagreements that are found between the outlets of labelled stories.

    python -m benchmarks.quality.disagreements --data DIR [--half a|b|c|d|s|t] [--list]

DIR holds stories/dev.jsonl, articles/articles.jsonl and modern/articles/*.jsonl. disagreement_labels.tsv has the real
disagreements and disagreement_stories.tsv the stories of the halves c to t, without text. Halves d and t were not used
for the rules. Since real disagreements are few, numbers that two outlets share are also changed in one of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.planted_disagreements import plant
from benchmarks.report import table
from benchmarks.train_stories import LABELS, hash_name
from summaries.model import Article, Origin, StoredArticle
from summaries.stories.disagreements import SHOWN_KINDS, Disagreement, Statement, find_disagreements
from summaries.stories.figures import Kind
from summaries.text.cleaning import clean
from summaries.text.dates import parse_date

REAL = Path(__file__).with_name("disagreement_labels.tsv")
STORIES = Path(__file__).with_name("disagreement_stories.tsv")
HALVES = ("a", "b", "c", "d", "s", "t")
# Halves whose stories have one outlet: their articles are taken as outlets of their own.
ALIKE = ("s", "t")
# Halves that nobody had read with the results of the rules when the figures in docs/measurements were taken.
NEW = ("d", "t")
UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
# A value, and the articles with it.
Side = tuple[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Label:
    """A real disagreement and its two sides. One that is not wanted may be shown but need not."""

    kind: Kind
    is_wanted: bool
    sides: tuple[Side, Side]


def read_rows(data: Path, *paths: str) -> dict[str, Row]:
    lines = (line for path in paths for line in (data / path).read_text("utf-8").splitlines())
    return {row["id"]: row for row in map(json.loads, lines)}


def read_halves(data: Path) -> dict[str, dict[str, list[Row]]]:
    """Return the stories by half and name: of dev.jsonl and story_labels.tsv, then of disagreement_stories.tsv."""
    modern = sorted(f"modern/articles/{path.name}" for path in (data / "modern" / "articles").glob("*.jsonl"))
    rows = read_rows(data, *modern, "stories/dev.jsonl")
    stories: dict[str, list[Row]] = defaultdict(list)
    for row in rows.values():
        if row.get("story"):
            stories[f"dev:{row['story']}"].append(row)
    by_hash = {hash_name(name): row for name, row in rows.items()}
    for line in LABELS.read_text("utf-8").splitlines():
        day, _, rest = line.partition("\t")
        key, _, story = rest.partition("\t")
        if key in by_hash and story.startswith("own"):
            stories[f"{day}:{story}"].append(by_hash[key])
    halves: dict[str, dict[str, list[Row]]] = {half: {} for half in HALVES}
    for name, found in stories.items():
        if len({row["outlet"].lower() for row in found}) > 1:
            halves["ab"[int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2]][name] = found
    rows = read_rows(data, "articles/articles.jsonl") | rows
    for line in STORIES.read_text("utf-8").splitlines():
        half, _, ids = line.partition("\t")
        if half in halves:
            found = [rows[name] for name in ids.split(",")]
            halves[half][ids] = [row | {"outlet": row["id"]} for row in found] if half in ALIKE else found
    return halves


def as_stored(rows: Sequence[Row]) -> list[StoredArticle]:
    """Return the story's articles. One without a date gets the first date of the story."""
    dates = [parse_date(row.get("date") or "") for row in rows]
    first = min((moment for moment in dates if moment), default=UNKNOWN)
    articles = (
        Article(row["title"], clean(row.get("text") or row.get("deck") or "").text, outlet=row["outlet"])
        for row in rows
    )
    return [
        StoredArticle(number, row["id"], article, Origin.FEED, moment or first)
        for number, (row, article, moment) in enumerate(zip(rows, articles, dates, strict=True))
    ]


def read_labels() -> list[Label]:
    lines = [line.split("\t") for line in REAL.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [
        Label(
            Kind(kind.lstrip("~^")),
            not kind.startswith("~"),
            ((one, frozenset(those.split(","))), (other, frozenset(these.split(",")))),
        )
        for kind, one, those, other, these in lines
    ]


def show_value(kind: Kind, statement: Statement) -> str:
    if kind is Kind.TIME:
        return "{:02}:{:02}".format(*divmod(int(statement.value), 60))
    if kind is Kind.DATE:
        return "{:02}-{:02}".format(*divmod(int(statement.value), 100))
    return f"{statement.value.normalize():f}"


def judge(found: Disagreement, names: Mapping[int, str], labels: Sequence[Label]) -> set[int]:
    """Return the labels that the disagreement shows."""
    shown = {(show_value(found.kind, one), names[one.article_id]) for one in found.statements}
    return {
        at
        for at, label in enumerate(labels)
        if all(any((value, name) in shown for name in those) for value, those in label.sides)
    }


def measure(
    stories: Mapping[str, Sequence[StoredArticle]], labels: Sequence[Label], *, is_listed: bool
) -> tuple[Counter[Kind], Counter[Kind], Counter[Kind], Counter[Kind]]:
    """Count by kind the disagreements that are shown and that are right, the real ones, and those of them found."""
    ids = [{stored.key for stored in articles} for articles in stories.values()]
    wanted = {
        at
        for at, label in enumerate(labels)
        if label.is_wanted and any(all(names & one for _, names in label.sides) for one in ids)
    }
    shown, right, seen = Counter[Kind](), Counter[Kind](), set[int]()
    for name, articles in stories.items():
        names = {stored.id: stored.key for stored in articles}
        for found in find_disagreements(articles):
            hits = judge(found, names, labels)
            shown[found.kind] += 1
            right[found.kind] += bool(hits)
            seen |= hits
            if is_listed:
                values = [(names[one.article_id], show_value(found.kind, one)) for one in found.statements]
                print("+" if hits else "-", name, found.kind.value, "update" if found.is_update else "", values)
    if is_listed:
        print("not found:", [labels[at] for at in sorted(wanted - seen)])
    return shown, right, Counter(labels[at].kind for at in wanted), Counter(labels[at].kind for at in wanted & seen)


def measure_planted(stories: Mapping[str, Sequence[StoredArticle]]) -> tuple[Counter[Kind], Counter[Kind]]:
    """Count by kind the planted disagreements, and those of them that are found."""
    tried, caught = Counter[Kind](), Counter[Kind]()
    for planted in (planted for articles in stories.values() for planted in plant(articles)):
        tried[planted.kind] += 1
        caught[planted.kind] += any(
            one.article_id == planted.changed.id
            and planted.number in one.sentence[one.number_start - one.start : one.number_end - one.start]
            for found in find_disagreements(planted.articles)
            for one in found.statements
        )
    return tried, caught


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=HALVES, action="append")
    parser.add_argument("--list", action="store_true", help="list the disagreements, without text")
    options = parser.parse_args()
    labels, rows = read_labels(), []
    planted: tuple[list[tuple[Counter[Kind], Counter[Kind]]], ...] = ([], [])
    for half, chosen in read_halves(options.data).items():
        if half not in (options.half or HALVES):
            continue
        stories = {name: as_stored(found) for name, found in chosen.items()}
        counts = measure(stories, labels, is_listed=options.list)
        for name, kept in (("all", frozenset(Kind)), ("shown to readers", SHOWN_KINDS)):
            shown, right, real, found = (sum(count[kind] for kind in kept) for count in counts)
            rows.append((half, len(stories), name, f"{right}/{shown}", f"{found}/{real}"))
        planted[half in NEW].append(measure_planted(stories))
    print(table(("half", "stories", "kinds", "right among shown", "found among real"), rows))
    planted_rows = []
    for kind in Kind:
        sums = [
            [sum(count[kind] for count in counts) for counts in zip(*part, strict=True)] for part in planted if part
        ]
        if any(tried for tried, _ in sums):
            planted_rows.append((kind.value, *(f"{caught}/{tried}" for tried, caught in sums)))
    names = [name for name, part in zip(("seen stories", "new stories"), planted, strict=True) if part]
    print(table(("planted", *names), planted_rows))


if __name__ == "__main__":
    main()
