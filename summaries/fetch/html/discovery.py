"""Discover the links of a page: its site's feeds, and fuller or plainer variants of its article."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from summaries.errors import NothingToSummarize
from summaries.fetch.feeds.feed_entries import read_title, read_web_url
from summaries.fetch.html.html_tree import decode_page, find_tags, parse_page, read_line, select
from summaries.fetch.html.metadata import find_stated_url
from summaries.fetch.html.multipage import find_parts
from summaries.fetch.html.outlets import get_registrable_domain
from summaries.urls import make_url_key

MAX_FEEDS = 50
MAX_LINKS = 2000

_FEED_TYPES = {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
_WHOLE_QUERY = re.compile(
    r"[?&](?:(?:page|halaman|showpage|view)=(?:all|semua|full|single)|(?:single|singlepage|showpage)=(?:1|true|all))(?:$|[&#])",
    re.IGNORECASE,
)
_WHOLE_TEXT = re.compile(
    r"(?:show|view|lihat|baca|tampilkan)\s(?:all|semua(?:\shalaman)?|selengkapnya|full)|semua\shalaman|all\spages?|halaman\sall",
    re.IGNORECASE,
)

# Every match of the pattern contains one of these.
_WHOLE_WORDS = ("all", "semua", "selengkapnya", "full")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page links to."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Variants:
    """Variants of a page's article: `whole` has all parts on one page, `plain` has less around the text.

    The page is part `number` of its article; `parts` maps other part numbers to addresses. `canonical` is the address
    that the page states, if its key belongs to another article.
    """

    whole: str | None = None
    plain: str | None = None
    canonical: str | None = None
    number: int = 1
    parts: Mapping[int, str] = field(default_factory=dict)


def find_feeds(body: bytes, *, url: str, charset: str | None = None) -> tuple[FoundFeed, ...]:
    """Return the distinct feeds that the page at `url` links to in its head, in order; none if it is not HTML."""
    try:
        tree = parse_page(decode_page(body, charset))
    except NothingToSummarize:
        return ()
    found: dict[str, FoundFeed] = {}
    for link in select(tree, "//link[@rel][@href]"):
        kind = link.get("type", "").partition(";")[0].strip().lower()
        is_feed = "alternate" in link.get("rel", "").lower().split() and kind in _FEED_TYPES
        if is_feed and (address := read_web_url(link.get("href"), url)):
            found.setdefault(address, FoundFeed(address, read_title(link.get("title"))))
    return tuple(found.values())[:MAX_FEEDS]


def find_variants(tree: HtmlElement, *, url: str) -> Variants:
    """Find the page's links to its whole article or a plain form (AMP, print), on the same outlet only."""
    number, parts = find_parts(tree, url)
    stated = find_stated_url(tree, url)
    return Variants(
        whole=_find_whole(tree, url),
        plain=_find_plain(tree, url),
        canonical=stated if stated and make_url_key(stated) != make_url_key(url) else None,
        number=number,
        parts=parts,
    )


def _find_whole(tree: HtmlElement, url: str) -> str | None:
    if _WHOLE_QUERY.search(url):
        return None
    key = make_url_key(url)
    for link in find_tags(tree, "a")[:MAX_LINKS]:
        # Few links match; resolving each of a page's hundreds of links would dominate the cost.
        href = link.get("href")
        is_query = href is not None and "=" in href and _WHOLE_QUERY.search(href) is not None
        if href is None or not (is_query or _says_whole(read_line(link)[:60])):
            continue
        address = read_web_url(href, url)
        if address and make_url_key(address) == key and address.partition("#")[0] != url.partition("#")[0]:
            return address
    return None


def _says_whole(text: str) -> bool:
    return any(map(text.lower().__contains__, _WHOLE_WORDS)) and _WHOLE_TEXT.search(text) is not None


def _find_plain(tree: HtmlElement, url: str) -> str | None:
    printed = [link for link in find_tags(tree, "a") if "print" in link.get("href", "")]
    for link in select(tree, "//link[@rel='amphtml'][@href]") + printed[:5]:
        address = read_web_url(link.get("href"), url)
        if address and address != url and get_registrable_domain(address) == get_registrable_domain(url):
            return address
    return None
