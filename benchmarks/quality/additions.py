"""Measure the sentences of second outlets that digests would add to items.

    python -m benchmarks.quality.additions --data DIR [--read]

DIR holds stories/dev.jsonl, articles/articles.jsonl, indosum/*.jsonl and modern/articles/*.jsonl. The stories are the
labelled ones of several outlets, and those into which the other articles are grouped. Each of their articles is shown
in turn. Since few items get an addition, variants are made: every two articles alone, and the short summary that is
shown with at most one of its sentences. addition_labels.tsv has the verdicts of a reader, without text;
`--read` prints the items without a verdict in random order, among as many other sentences, for a blind reading.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path

from benchmarks.quality.disagreements import Row, as_stored, read_halves, read_rows
from benchmarks.report import table
from summaries.articles.prepare import BELOW_HEADLINE, STORED_LENGTHS
from summaries.errors import NothingToSummarize
from summaries.model import SHORT, Summary, SummarySentence
from summaries.stories import cluster, make_signature
from summaries.stories.central_facts import StoryReport, find_central_addition, is_plain
from summaries.summarizer import summarize_each
from summaries.text.cleaning import clean
from summaries.text.dates import parse_date
from summaries.text.sentences import find_sentences

LABELS = Path(__file__).with_name("addition_labels.tsv")


@dataclass(frozen=True, slots=True)
class Item:
    """An article that is shown for its story, and a sentence of another one."""

    shown: StoryReport
    other: StoryReport
    start: int
    end: int

    @property
    def code(self) -> str:
        name = f"{self.shown.stored.key} {self.other.stored.key} {self.text}"
        return hashlib.sha256(name.encode()).hexdigest()[:12]

    @property
    def text(self) -> str:
        return self.other.stored.article.text[self.start : self.end]


def read_all(data: Path) -> dict[str, list[StoryReport]]:
    """Return the stories of several outlets by name."""
    stories = {name: found for half in read_halves(data).values() for name, found in half.items()}
    labelled = {row["id"] for found in stories.values() for row in found}
    modern = sorted(f"modern/articles/{path.name}" for path in (data / "modern" / "articles").glob("*.jsonl"))
    rows = read_rows(data, *modern, "articles/articles.jsonl") | {
        name: row | {"outlet": row["source"], "title": row["title"] or "", "text": join_paragraphs(row)}
        for name, row in read_rows(data, "indosum/dev.jsonl", "indosum/train.jsonl").items()
    }
    unlabelled = {
        name: row
        for name, row in rows.items()
        if name not in labelled and row.get("text") and row.get("title") and row.get("outlet")
    }
    for story, names in group(unlabelled).items():
        if len({rows[name]["outlet"].lower() for name in names}) > 1:
            stories[f"grouped {story}"] = [rows[name] for name in names]
    numbers = iter(range(1, 1_000_000))
    return {name: make_reports(found, numbers) for name, found in stories.items()}


def join_paragraphs(row: Row) -> str:
    return "\n\n".join(" ".join(paragraph) for paragraph in row["paragraphs"])


def group(rows: Mapping[str, Row]) -> dict[str, list[str]]:
    signatures = [
        make_signature(
            name,
            row["title"],
            clean(row["text"]).text,
            outlet=row["outlet"],
            published_at=parse_date(row["date"] or ""),
        )
        for name, row in rows.items()
    ]
    stories: dict[str, list[str]] = {}
    for name, story in cluster(signatures).items():
        stories.setdefault(story, []).append(name)
    return stories


def make_reports(rows: Sequence[Row], numbers: Iterator[int]) -> list[StoryReport]:
    """Return the articles with their summaries. An excerpt that is too short for a summary is its own."""
    found = []
    for stored in as_stored(rows):
        text = stored.article.text
        try:
            summaries = summarize_each(stored.article, STORED_LENGTHS, below_headline=BELOW_HEADLINE)
        except NothingToSummarize:
            sentences = (SummarySentence(text[one.start : one.end], one.start, one.end) for one in find_sentences(text))
            summaries = (Summary(tuple(sentences), "ringkas", SHORT, "id"),)
        found.append(StoryReport(replace(stored, id=next(numbers)), summaries))
    return found


def list_items(reports: Sequence[StoryReport]) -> Iterator[Item]:
    """Yield the items with an addition, whichever article of the story is shown."""
    by_id = {report.stored.id: report for report in reports}
    if addition := find_central_addition(reports):
        for article_id in sorted({article_id for article_id, length in addition.lacking if length == SHORT.code}):
            yield Item(by_id[article_id], by_id[addition.article_id], addition.start, addition.end)


def list_variants(reports: Sequence[StoryReport]) -> Iterator[Item]:
    """Yield also those of every two articles alone, the shown one with at most one sentence of its short summary."""
    yield from list_items(reports)
    for shown, other in permutations(reports, 2):
        yield from list_items([shown, other])
        short = next(one for one in shown.summaries if one.length == SHORT)
        for sentence in (*short.sentences, None):
            kept = replace(short, sentences=(sentence,) if sentence else ())
            yield from list_items([replace(shown, summaries=(kept, *shown.summaries)), other])


def choose_decoys(items: Collection[Item], chance: random.Random) -> Iterator[Item]:
    """Yield for each item another sentence of the same article that could be added."""
    for item in items:
        others = [
            Item(item.shown, item.other, sentence.start, sentence.end)
            for summary in item.other.summaries
            for sentence in summary.sentences
            if is_plain(sentence.text) and sentence.start != item.start
        ]
        if others:
            yield chance.choice(others)


def read_labels() -> dict[str, str]:
    if not LABELS.exists():
        return {}
    lines = [line.split("\t") for line in LABELS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return dict(lines)


def print_blindly(items: Collection[Item]) -> None:
    chance = random.Random(1)
    mixed = {item.code: item for item in (*items, *choose_decoys(items, chance))}
    for code, item in sorted(mixed.items()):
        summary = next(one.text for one in item.shown.summaries if one.length == SHORT)
        print(f"{code}\n  {item.shown.stored.article.title}\n  {summary}\n  + {item.text}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--read", action="store_true", help="print items without a verdict, with text")
    options = parser.parse_args()
    labels, stories = read_labels(), read_all(options.data)
    variants = {item.code: item for reports in stories.values() for item in list_variants(reports)}
    if options.read:
        print_blindly([item for code, item in variants.items() if code not in labels])
        return
    shown = {item.code for reports in stories.values() for item in list_items(reports)}
    rows = []
    for name, codes in (("as they are", shown), ("with variants", set(variants))):
        verdicts = [labels[code] for code in codes if code in labels]
        good = sum(verdict == "+" for verdict in verdicts)
        rows.append((name, len(codes), f"{good}/{len(verdicts)}"))
    count = sum(len(reports) for reports in stories.values())
    print(f"{len(stories)} stories, {count} articles\n")
    print(table(("stories", "items with an addition", "true, central and about the event"), rows))


if __name__ == "__main__":
    main()
