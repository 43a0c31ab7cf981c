"""What a feed of any kind is read into, and how its fields are cleaned (pure)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from summaries.fetch.html.markup import plain_line, plain_text
from summaries.text.characters import storable

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
    """One entry, in plain text. `summary_text` is the feed's own text of it, fullest first, often cut off."""

    url: str
    title: str
    published_at: datetime | None = None
    summary_text: str = ""
    categories: tuple[str, ...] = ()
    image_url: str | None = None
    guid: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title and its entries in the feed's own order. Entries without an address are left out."""

    title: str
    entries: tuple[FeedEntry, ...]
    is_sitemap: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of a parser. It is sound if the parser met nothing unexpected."""

    feed: Feed
    is_sound: bool


def text_of(value: object) -> str:
    """The value if it is text, else nothing: hostile documents have anything anywhere."""
    return storable(value).strip() if isinstance(value, str) else ""


def fullest_text(texts: Iterable[str]) -> str:
    """The longest of the scraps as plain text."""
    return max((plain_text(text[: MAX_TEXT_CHARS * 2]) for text in texts), key=len, default="")[:MAX_TEXT_CHARS]


def title_of(value: object) -> str:
    """The value as a headline on one line."""
    return plain_line(text_of(value)[: MAX_TITLE_CHARS * 4])[:MAX_TITLE_CHARS]


def categories_of(values: Iterable[object]) -> tuple[str, ...]:
    """The values as names, each once."""
    names = (plain_line(text_of(value)[:200]) for value in values)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_CATEGORIES]


def guid_of(value: object) -> str | None:
    """The value as an entry's own name for itself."""
    return text_of(value)[:MAX_GUID_CHARS] or None


def web_address(value: object, base: str) -> str | None:
    """The value as an absolute http(s) address, or None."""
    text = "".join(text_of(value).split())  # some feeds break their addresses over lines
    if not text or len(text) > 2048:
        return None
    try:
        address = urljoin(base, text)
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return address if is_web else None
