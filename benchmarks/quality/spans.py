"""Check on real articles that every sentence of a summary has its span in the clean and in the original text.

    python -m benchmarks.quality.spans --data DIR

DIR holds indosum/train.jsonl and dev.jsonl, articles/articles.jsonl and stories/dev.jsonl. Each article is cleaned and
summarised in every preset length; IndoSum's come once as paragraphs and once as one line. Prints the ids of articles
with a wrong span and exits with 1 if there are any.
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
from summaries.text.cleaning import clean
from summaries.text.whitespace import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from summaries.model import Summary
    from summaries.text.clean_text import CleanText

FILES = ("indosum/train.jsonl", "indosum/dev.jsonl", "articles/articles.jsonl", "stories/dev.jsonl")
LENGTHS = (SHORT, MEDIUM, LONG)


def check(original: str, title: str = "", outlet: str | None = None) -> tuple[int, list[str]]:
    """Return the number of sentences in the article's summaries, and the errors in their spans.

    An article that cannot be summarised has no sentences; its clean text is checked anyway.
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
    """Return the errors in the map from clean to original text."""
    pieces = cleaned.pieces
    wrong = [
        f"clean {piece.start}:{piece.end} differs from the original at {piece.source}"
        for piece in pieces
        if cleaned.text[piece.start : piece.end] != original[piece.source : piece.source + piece.end - piece.start]
    ]
    wrong += [
        f"pieces overlap or swap at clean {later.start}"
        for earlier, later in pairwise(pieces)
        if earlier.end > later.start or earlier.source + earlier.end - earlier.start > later.source
    ]
    covered = "".join(cleaned.text[piece.start : piece.end] for piece in pieces)
    if strip_spaces(covered) != strip_spaces(cleaned.text):
        wrong.append("the clean text has characters outside all pieces")
    return wrong


def wrong_sentences(original: str, cleaned: CleanText, summary: Summary) -> list[str]:
    """Return the sentences that are not verbatim, in order, in the clean text and, but for cuts, in the original."""
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
        if strip_spaces(left) != strip_spaces(sentence.text):
            wrong.append(f"sentence {sentence.start}:{sentence.end} is not at {start}:{end} of the original")
    return wrong


def strip_spaces(text: str) -> str:
    """Return the text without white space, which cleaning may change."""
    return plain(text).replace(" ", "")


def read_originals(folder: Path) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield id, text, title and outlet of every article."""
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        print(f"not in {folder}: {', '.join(missing)}", file=sys.stderr)
        return 1
    articles = sentences = bad = 0
    for key, text, title, outlet in read_originals(folder):
        found, wrong = check(text, title, outlet)
        articles, sentences, bad = articles + 1, sentences + found, bad + bool(wrong)
        for message in wrong:
            print(f"{key}: {message}", file=sys.stderr)
    print(f"{articles} articles, {sentences} sentences in summaries, {bad} articles with a wrong span")
    return bool(bad or not articles)


if __name__ == "__main__":
    sys.exit(main())
