"""The entries of a feed of any kind, and the cleaning of their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from summaries.fetch.html.markup import strip_markup, strip_markup_to_line
from summaries.text.characters import replace_unstorable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_ENTRIES = 500
MAX_TITLE_CHARS = 300
MAX_TEXT_CHARS = 20_000
MAX_CATEGORIES = 20
MAX_GUID_CHARS = 2048


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry, in plain text. `summary_text` is the longest text that the feed has for it, often truncated."""

    url: str
    title: str
    published_at: datetime | None = None
    summary_text: str = ""
    categories: tuple[str, ...] = ()
    image_url: str | None = None
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries in the feed's order. Entries without an address are omitted."""

    title: str
    entries: tuple[FeedEntry, ...]
    is_sitemap: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ParseResult:
    """The result of a parser; `is_sound` if the parser met no error."""

    feed: Feed
    is_sound: bool


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


def read_guid(value: object) -> str | None:
    """Return the value as an entry's identifier, or None."""
    return read_text(value)[:MAX_GUID_CHARS] or None


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
