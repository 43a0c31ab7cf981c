"""Check on real articles that every sentence of a summary can be found again: in the clean text, and in the original.

    python -m benchmarks.spans --data DIR

DIR holds indosum/train.jsonl and dev.jsonl, articles/articles.jsonl and stories/dev.jsonl. Each article is cleaned and
summarised in every preset length; IndoSum's come once as paragraphs and once as one line. Prints what was checked, and
exits with 1 and the ids of the articles where a span was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from summaries.errors import NothingToSummarize
from summaries.model import LONG, MEDIUM, SHORT, Article
from summaries.summarizer import summarize_each
from summaries.text.characters import normalize_line
from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summaries.model import Summary
    from summaries.text.cleaning import CleanText

FILES = ("indosum/train.jsonl", "indosum/dev.jsonl", "articles/articles.jsonl", "stories/dev.jsonl")
LENGTHS = (SHORT, MEDIUM, LONG)


def check(original: str, title: str = "", outlet: str | None = None) -> tuple[int, list[str]]:
    """How many sentences the article's summaries have, and what is wrong with their spans.

    No sentences where the article is refused; its clean text is checked all the same.
    """
    cleaned = clean(original)
    wrong = wrong_pieces(original, cleaned)
    try:
        summaries = summarize_each(Article(title=title, text=cleaned.text, outlet=outlet), LENGTHS)
    except NothingToSummarize:
        return 0, wrong
    for summary in summaries:
        wrong += wrong_sentences(original, cleaned, summary)
    return sum(len(summary.sentences) for summary in summaries), wrong


def wrong_pieces(original: str, cleaned: CleanText) -> list[str]:
    """What is wrong with the map from clean text to original."""
    pieces = cleaned.pieces
    wrong = [
        f"clean {piece.start}:{piece.end} is not what stands at {piece.source}"
        for piece in pieces
        if cleaned.text[piece.start : piece.end] != original[piece.source : piece.source + piece.end - piece.start]
    ]
    wrong += [
        f"pieces overlap or swap at clean {later.start}"
        for earlier, later in pairwise(pieces)
        if earlier.end > later.start or earlier.source + earlier.end - earlier.start > later.source
    ]
    covered = "".join(cleaned.text[piece.start : piece.end] for piece in pieces)
    if bare(covered) != bare(cleaned.text):
        wrong.append("the clean text holds what is in no piece")
    return wrong


def wrong_sentences(original: str, cleaned: CleanText, summary: Summary) -> list[str]:
    """Which sentences do not stand, verbatim and in order, in the clean text and in the original (but for cuts)."""
    wrong = []
    at = 0
    for sentence in summary.sentences:
        if cleaned.text[sentence.start : sentence.end] != sentence.text or sentence.start < at:
            wrong.append(f"sentence {sentence.start}:{sentence.end} is no span")
            continue
        at = sentence.end
        start, end = cleaned.source_span(sentence.start, sentence.end)
        left = original[start:end]
        for removed in reversed(cleaned.removed):
            if start <= removed.start and removed.end <= end:
                left = left[: removed.start - start] + left[removed.end - start :]
        if bare(left) != bare(sentence.text):
            wrong.append(f"sentence {sentence.start}:{sentence.end} does not stand at {start}:{end} of the original")
    return wrong


def bare(text: str) -> str:
    """The text without white space of any kind, which cleaning may change."""
    return normalize_line(text).replace(" ", "")


def originals(folder: Path) -> Iterator[tuple[str, str, str, str | None]]:
    """Id, text, title and outlet of every article."""
    for name in FILES:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            fields: dict[str, Any] = json.loads(line)
            outlet = fields.get("source") or fields.get("outlet")
            if "paragraphs" not in fields:
                yield fields["id"], fields["text"], fields.get("title") or "", outlet
                continue
            for joint in ("\n", " "):
                yield fields["id"], joint.join(map(" ".join, fields["paragraphs"])), fields.get("title") or "", outlet


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        print(f"not in {folder}: {', '.join(missing)}", file=sys.stderr)
        return 1
    articles = sentences = bad = 0
    for key, text, title, outlet in originals(folder):
        found, wrong = check(text, title, outlet)
        articles, sentences, bad = articles + 1, sentences + found, bad + bool(wrong)
        for message in wrong:
            print(f"{key}: {message}", file=sys.stderr)
    print(f"{articles} articles, {sentences} sentences in summaries, {bad} articles with a wrong span")
    return bool(bad or not articles)


if __name__ == "__main__":
    sys.exit(main())
