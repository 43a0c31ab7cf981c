"""A feed's own text of an article, for when its page cannot be fetched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.model import PARAGRAPH_BREAK, Article
from summaries.text.cleaning import clean
from summaries.text.sentences import split_sentences

if TYPE_CHECKING:
    from summaries.fetch.feeds.feed_entries import FeedEntry

# Markers that feeds and blog software append to a truncated text; searched for only near its end.
_CUT_OFF = re.compile(
    r"(?:…|\.{3}|\[(?:…|\.{3})\])\W{0,20}(?:(?:baca|lanjut|selengkap|read|continue)\w{0,10}\W{0,5}[^.!?]{0,60})?$",
    re.IGNORECASE,
)
_TAIL_CHARS = 150
_ADVERT = re.compile(
    r"(?:the post\b.{1,300}\bappeared first on\b|artikel\b.{1,300}\bpertama kali (?:tampil|muncul)\b)", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*$")


def read_excerpt(entry: FeedEntry) -> Article:
    """Convert the entry to an article marked as an excerpt, cut back to whole sentences; its text may be empty."""
    paragraphs = [p for p in entry.summary_text.split(PARAGRAPH_BREAK) if not _ADVERT.match(p)]
    if paragraphs:
        paragraphs[-1] = _drop_cut_sentence(paragraphs[-1])
    cleaned = clean(PARAGRAPH_BREAK.join(p for p in paragraphs if p))
    return Article(
        title=entry.title,
        text=cleaned.text,
        url=entry.url,
        published_at=entry.published_at,
        place=cleaned.place,
        initials=cleaned.initials,
        image_url=entry.image_url,
        is_excerpt=True,
    )


def _drop_cut_sentence(paragraph: str) -> str:
    """Remove a truncated last sentence."""
    shortened = paragraph[:-_TAIL_CHARS] + _CUT_OFF.sub("", paragraph[-_TAIL_CHARS:])
    if shortened == paragraph and _SENTENCE_END.search(paragraph):
        return paragraph
    sentences = split_sentences(shortened)
    return shortened[: shortened.rindex(sentences[-1])].rstrip() if sentences else ""
