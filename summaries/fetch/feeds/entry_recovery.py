"""Recover the entries of a feed that cannot be parsed as a whole.

One malformed entry (an unterminated comment, an unclosed element, a number beyond Unicode) can cost the parser all
later entries, or make it raise. In that case each entry is parsed separately. Entries are found by their tags in one
linear pass.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise
from sys import maxsize

from summaries.errors import Fault, PermanentFetchError
from summaries.fetch.feeds.feed_entries import Feed
from summaries.fetch.feeds.feed_text import MAX_TAGS, find_excess

# Real feeds have about twenty of these per entry; this bounds the memory for a document full of them.
MAX_MARKS = 30_000
MAX_TAG_CHARS = 100

_ENTRY = re.compile(r"<((?:[\w.-]{1,20}:)?(?:item|entry))[\s/>]", re.IGNORECASE)
_URL = re.compile(r"<((?:[\w.-]{1,20}:)?url)[\s/>]", re.IGNORECASE)
_NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_ATOM, _RSS = "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_ROOT = re.compile(
    r"<(?:[\w.-]{1,20}:)?(?:rss|rdf|feed|channel|urlset)[\s>]|/2005/Atom|schemas/sitemap/", re.IGNORECASE
)
_DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())


@dataclass(frozen=True, slots=True)
class EntrySpans:
    """A document, the ranges of its entries, and the name of their tag."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    tag: str = ""

    @property
    def head(self) -> str:
        """Return the part before the first entry."""
        return self.text[: self.spans[0][0]] if self.spans else self.text

    def first(self, count: int) -> str:
        """Return the document with at most `count` entries."""
        if len(self.spans) <= count:
            return self.text
        return self.text[: self.spans[count - 1][1]] + self.text[self.spans[-1][1] :]

    def documents(self) -> Iterator[str]:
        """Yield a document for each entry that is safe to parse; together they have at most the tags of one."""
        prefix, _, name = self.tag.rpartition(":")
        tags = 0
        for start, end in self.spans:
            entry = self.text[start:end]
            if tags + entry.count("<") <= MAX_TAGS and find_excess(entry.encode()) is None:
                tags += entry.count("<")
                yield _wrap_entry(entry, name.lower(), prefix)


def split_entries(text: str, tag: str) -> EntrySpans:
    """Find the entries with this tag in the document; without any, return just its text.

    The document is truncated after MAX_MARKS marks.
    """
    found = islice(_compile_marks(tag).finditer(text), MAX_MARKS) if tag else ()
    marks = [(str(mark.lastgroup), mark.start()) for mark in found]
    if len(marks) == MAX_MARKS:
        text = text[: marks[-1][1]]
    starts, ends = _find_entry_tags(marks)
    spans = []
    for start, following in pairwise([*starts, len(text)]):
        closings = ends[bisect_left(ends, start) : bisect_left(ends, following)]
        closed = text.find(">", closings[-1], closings[-1] + MAX_TAG_CHARS) + 1 if closings else 0
        spans.append((start, closed or following))
    return EntrySpans(text, tuple(spans), tag)


def parse_or_recover(
    text: str, parse: Callable[[str], Feed | None], *, url: str, max_entries: int, is_sitemap: bool = False
) -> Feed:
    """Return the feed in the document: whole if it parses cleanly, else the entries that can be parsed separately.

    `parse` parses a document; of more than `max_entries` entries the first are read.

    Raises:
        PermanentFetchError: it contains no feed, or more than is safe to parse.
    """
    first = (_URL if is_sitemap else _ENTRY).search(text)
    tag = first[1] if first else ""
    document = text if text.count(f"<{tag}") <= max_entries else split_entries(text, tag).first(max_entries)
    excess = find_excess(document.encode())
    fault = Fault.TOO_LARGE if excess else Fault.NO_FEED
    whole = None if excess else parse(document)
    if whole is not None and whole.is_sound:
        return whole
    pieces = split_entries(document, tag)
    if whole is None and not _ROOT.search(pieces.head):
        raise PermanentFetchError(f"{url}: {excess}" if excess else f"{url} is not a feed", fault=fault)
    alone = [parsed for entry in islice(pieces.documents(), max_entries) if (parsed := parse(entry)) is not None]
    entries = tuple(entry for feed in alone for entry in feed.entries)
    if whole is not None and len(whole.entries) > len(entries):
        return whole
    if not entries:
        raise PermanentFetchError(
            f"{url}: {excess or 'the feed is broken, and no entry of it can be read'}", fault=fault
        )
    head = whole or (parse(pieces.head) if find_excess(pieces.head.encode()) is None else None)
    return replace(alone[0], title=head.title if head else "", entries=entries)


def _find_entry_tags(marks: list[tuple[str, int]]) -> tuple[list[int], list[int]]:
    """Return the offsets of opening and closing entry tags, outside comments and CDATA sections.

    A section that contains the start of an entry and of another section has lost its own end.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    for kind, at in marks:
        places[kind].append(at)
    visible_from = 0
    found: dict[str, list[int]] = {"start": [], "end": []}
    for kind, at in marks:
        if at < visible_from:
            continue
        if kind in found:
            found[kind].append(at)
        elif kind in ("section", "comment"):
            end = _find_next(places[f"{kind}_end"], at)
            if end < maxsize and max(_find_next(places[kind], at), _find_next(places["start"], at)) > end:
                visible_from = end
    return found["start"], found["end"]


def _find_next(places: list[int], at: int) -> int:
    after = bisect_right(places, at)
    return places[after] if after < len(places) else maxsize


@lru_cache(16)
def _compile_marks(tag: str) -> re.Pattern[str]:
    return re.compile(
        r"(?P<section><!\[CDATA\[)|(?P<section_end>\]\]>)|(?P<comment><!--)|(?P<comment_end>-->)"
        rf"|(?P<start><{re.escape(tag)}(?=[\s/>]))|(?P<end></{re.escape(tag)}(?=[\s/>]))",
        re.IGNORECASE,
    )


def _wrap_entry(entry: str, name: str, prefix: str) -> str:
    """Wrap the entry in a document of its own, with the namespaces that feeds use."""
    own, before, after = {
        "entry": (_ATOM, "feed", "</feed>"),
        "url": (_SITEMAP, "urlset", "</urlset>"),
    }.get(name, (_RSS, 'rss version="2.0"', "</channel></rss>"))
    prefixed = f' xmlns:{prefix}="{own}"' if prefix and prefix not in _NAMESPACES else ""
    default = "" if own == _RSS else f' xmlns="{own}"'
    return f"<{before}{default}{_DECLARED}{prefixed}>{'<channel>' if own == _RSS else ''}{entry}{after}"
