"""The entries of a feed of any kind, the cleaning of their fields, and entries as excerpts of articles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from summaries.fetch.html.markup import strip_markup, strip_markup_to_line
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.text.characters import replace_unstorable
from summaries.text.cleaning import clean
from summaries.text.sentences import split_sentences

MAX_ENTRIES = 500
MAX_TITLE_CHARS = 300
MAX_TEXT_CHARS = 20_000
MAX_CATEGORIES = 20


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry, in plain text. `summary_text` is the longest text that the feed has for it, often truncated.

    `title` is empty if only the address is known: on an index page, or in a sitemap without news.
    `outlet` is the outlet that the feed credits, if it republishes others (RSS `source`).
    """

    url: str
    title: str
    published_at: datetime | None = None
    summary_text: str = ""
    categories: tuple[str, ...] = ()
    image_url: str | None = None
    outlet: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries in the feed's order. Entries without an address are omitted.

    `is_sound` is false if the parser met an error.
    """

    title: str
    entries: tuple[FeedEntry, ...]
    is_sitemap: bool = field(default=False, compare=False)
    is_sound: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page links to or a list holds: its address, its title there, and its folders in the list."""

    url: str
    title: str
    folders: tuple[str, ...] = ()


def read_text(value: object) -> str:
    """Return the value if it is text, else an empty string: hostile documents put any type anywhere."""
    return replace_unstorable(value).strip() if isinstance(value, str) else ""


def pick_longest_text(texts: Iterable[str]) -> str:
    """Return the longest of the HTML fragments, as plain text."""
    return max((strip_markup(text[: MAX_TEXT_CHARS * 2]) for text in texts), key=len, default="")[:MAX_TEXT_CHARS]


def read_title(value: object) -> str:
    """Return the value as a headline on one line."""
    return strip_markup_to_line(read_text(value)[: MAX_TITLE_CHARS * 4])[:MAX_TITLE_CHARS]


def read_categories(values: Iterable[object]) -> tuple[str, ...]:
    """Return the values as distinct names."""
    names = (strip_markup_to_line(read_text(value)[:200]) for value in values)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_CATEGORIES]


def read_web_url(value: object, base: str) -> str | None:
    """Return the value as an absolute http(s) address, or None."""
    text = "".join(read_text(value).split())  # some feeds break addresses over lines
    if not text or len(text) > 2048:
        return None
    try:
        address = urljoin(base, text)
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return address if is_web else None


# Markers that feeds and blog software append to a truncated text; searched for only near its end.
_CUT_OFF = re.compile(
    r"(?:…|\.{3}|\[(?:…|\.{3})\])\W{0,20}+(?:(?:baca|lanjut|selengkap|read|continue)\w{0,10}\W{0,5}[^.!?]{0,60})?$",
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
