"""Measure the disagreements that are found between the outlets of labelled stories.

    python -m benchmarks.quality.disagreements --data DIR [--half a|b] [--list]

DIR holds stories/dev.jsonl and modern/articles/*.jsonl. disagreement_labels.tsv has the real disagreements, without
text. Half of the stories, by the hash of their names, was not looked at during development. Since real disagreements
are few, numbers are also replaced: a number that two outlets share is changed throughout one article, and the change
should be found.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.report import table
from benchmarks.train_stories import LABELS, hash_name
from summaries.model import Article, Origin, StoredArticle
from summaries.stories.disagreements import Disagreement, Statement, find_disagreements
from summaries.stories.figures import Kind
from summaries.text.cleaning import clean
from summaries.text.dates import MONTHS, parse_date

REAL = Path(__file__).with_name("disagreement_labels.tsv")
UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
# A value, and the articles with it.
Side = tuple[str, frozenset[str]]


def read_stories(data: Path) -> dict[str, list[Row]]:
    """Return the stories of several outlets by name: those of dev.jsonl, and our own of story_labels.tsv."""
    paths = [*sorted((data / "modern" / "articles").glob("*.jsonl")), data / "stories" / "dev.jsonl"]
    rows = {row["id"]: row for path in paths for row in map(json.loads, path.read_text("utf-8").splitlines())}
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
    return {name: found for name, found in stories.items() if len({row["outlet"].lower() for row in found}) > 1}


def get_half(story: str) -> str:
    return "ab"[int(hashlib.sha256(story.encode()).hexdigest(), 16) % 2]


def as_stored(number: int, row: Row) -> StoredArticle:
    text = clean(row.get("text") or row.get("deck") or "").text
    moment = parse_date(row.get("date") or "") or UNKNOWN
    return StoredArticle(number, row["id"], Article(row["title"], text, outlet=row["outlet"]), Origin.FEED, moment)


def read_labels() -> list[tuple[bool, Side, Side]]:
    """Return the real disagreements: whether each must be found, and its two sides."""
    lines = [line.split("\t") for line in REAL.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [
        (not kind.startswith("~"), (one, frozenset(those.split(","))), (other, frozenset(these.split(","))))
        for kind, one, those, other, these in lines
    ]


def show_value(kind: Kind, statement: Statement) -> str:
    if kind is Kind.TIME:
        return "{:02}:{:02}".format(*divmod(int(statement.value), 60))
    if kind is Kind.DATE:
        return "{:02}-{:02}".format(*divmod(int(statement.value), 100))
    return f"{statement.value.normalize():f}"


def judge(found: Disagreement, names: Mapping[int, str], labels: Sequence[tuple[bool, Side, Side]]) -> set[int]:
    """Return the labels that the disagreement shows."""
    shown = {(show_value(found.kind, one), names[one.article_id]) for one in found.statements}
    return {
        at
        for at, (_, *sides) in enumerate(labels)
        if all(any((value, name) in shown for name in those) for value, those in sides)
    }


def change_numbers(stories: Mapping[str, Sequence[StoredArticle]]) -> Iterator[tuple[list[StoredArticle], str]]:
    """Yield each story with one shared number replaced in one article, for each pair of outlets, and the new number.

    Shared numbers have two digits or more, a word in common after them and one in the five words before. Years, ranges
    and numbers of laws are left alone.
    """
    chance = random.Random(1)
    for articles in stories.values():
        outlets: dict[str | None, StoredArticle] = {}
        for stored in articles:
            outlets.setdefault(stored.article.outlet, stored)
        for one, other in combinations(outlets.values(), 2):
            shared = sorted(find_phrases(one) & find_phrases(other))
            if not shared:
                continue
            number, after, _ = chance.choice(shared)
            changed = str(int(number[0]) % 9 + 1) + number[1:]
            if after in MONTHS:
                changed = str(int(number) % 28 + 1)
            elif after in ("wib", "wita", "wit"):
                changed = f"{(int(number[:2]) + 3) % 24:02}{number[2:]}"
            pattern = rf"(?<![\d.,]){re.escape(number)}(?![.,]?\d)"
            title, text = (re.sub(pattern, changed, text) for text in (one.article.title, one.article.text))
            article = replace(one.article, title=title, text=text)
            yield [replace(one, article=article), *(rest for rest in articles if rest is not one)], changed


def find_phrases(stored: StoredArticle) -> set[tuple[str, str, str]]:
    """Return each number with the word after it and, once each, the words before it."""
    pattern = re.compile(r"((?:[^\W\d_]+\W+){1,5})(?<![-–/])\b(?!(?:19|20)\d\d\b)(\d[\d.,]*\d)\s([^\W\d_]{3,})")
    return {
        (number, after.lower(), word)
        for before, number, after in pattern.findall(stored.article.text)
        for word in re.findall(r"[^\W\d_]{4,}", before.lower())
        if not re.search(r"\b(?:pasal|ayat|nomor|babak)\W*$", before, re.IGNORECASE)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("a", "b"), action="append")
    parser.add_argument("--list", action="store_true", help="list the disagreements, without text")
    options = parser.parse_args()
    labels, rows = read_labels(), []
    everything = read_stories(options.data)
    for half in options.half or ("a", "b"):
        chosen = {name: found for name, found in everything.items() if get_half(name) == half}
        stories = {name: [as_stored(n, row) for n, row in enumerate(found)] for name, found in chosen.items()}
        ids = {row["id"] for found in chosen.values() for row in found}
        wanted = {at for at, (is_wanted, side, _) in enumerate(labels) if is_wanted and side[1] <= ids}
        shown = right = 0
        seen: set[int] = set()
        for name, articles in stories.items():
            names = {stored.id: stored.key for stored in articles}
            for found in find_disagreements(articles):
                hits = judge(found, names, labels)
                shown, right, seen = shown + 1, right + bool(hits), seen | hits
                if options.list:
                    values = [(names[one.article_id], show_value(found.kind, one)) for one in found.statements]
                    print("+" if hits else "-", name, found.kind.value, values)
        tried = caught = 0
        for articles, changed in change_numbers(stories):
            tried += 1
            caught += any(
                changed in one.sentence[one.number_start - one.start : one.number_end - one.start]
                for found in find_disagreements(articles)
                for one in found.statements
            )
        rows.append(
            (half, len(stories), f"{right}/{shown}", f"{len(seen & wanted)}/{len(wanted)}", f"{caught}/{tried}")
        )
    print(table(("half", "stories", "right among shown", "found among real", "found among changed"), rows))


if __name__ == "__main__":
    main()
