"""Every sentence of a summary has its span in the clean text and in the original, with anything around the
paragraphs.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

import seeds
from summaries.errors import NothingToSummarize
from summaries.model import LONG, MEDIUM, SHORT, Article, Summary
from summaries.summarizer import summarize, summarize_each
from summaries.text.characters import normalize_line
from summaries.text.cleaning import CleanText, Piece, clean

LENGTHS = (SHORT, MEDIUM, LONG)
BODIES = tuple(sample.text.split("\n", 3)[3] for sample in seeds.sample_articles())
BOILERPLATE = (
    " ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT ",
    "\nBaca juga: Harga Cabai di Pasar Induk Mulai Turun\n",
    " [Gambas:Video 20detik] ",
    "&nbsp;&nbsp;",
    "\u200e \u00ad",
    "\r\n\r\n",
    "\n(Foto: Antara)\n",
)


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
    return normalize_line(text).replace(" ", "")


@given(
    body=st.sampled_from(BODIES), joints=st.lists(st.sampled_from((*BOILERPLATE, " ", "\n")), min_size=3, max_size=8)
)
def test_check_accepts_boilerplate_between_paragraphs(body: str, joints: list[str]) -> None:
    paragraphs = body.split("\n\n")
    original = "".join(part for i, text in enumerate(paragraphs) for part in (text, joints[i % len(joints)]))
    sentences, wrong = check(original)
    assert wrong == []
    assert sentences > 0


def test_wrong_pieces_reports_a_wrong_map() -> None:
    original = BODIES[0] + " ADVERTISEMENT " + BODIES[1]
    cleaned = clean(original)
    assert wrong_pieces(original, cleaned) == []
    first, *others = cleaned.pieces
    moved = Piece(first.start, first.end, first.source + 1)
    assert wrong_pieces(original, replace(cleaned, pieces=(moved, *others)))
    assert wrong_pieces(original, replace(cleaned, pieces=tuple(others)))
    assert wrong_pieces(original, replace(cleaned, pieces=tuple(reversed(cleaned.pieces))))


def test_wrong_sentences_reports_a_wrong_span() -> None:
    cleaned = clean(BODIES[0])
    summary = summarize(Article(title="", text=cleaned.text))
    assert wrong_sentences(BODIES[0], cleaned, summary) == []
    sentence = summary.sentences[0]
    for other in (replace(sentence, text=sentence.text + "!"), replace(sentence, start=sentence.start + 1)):
        assert wrong_sentences(BODIES[0], cleaned, replace(summary, sentences=(other,)))
    assert wrong_sentences(BODIES[0].swapcase(), cleaned, summary)
