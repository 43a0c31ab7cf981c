"""Discover the links of a page: its site's feeds, the articles of an index, and parts and variants of its article.

Parts are numbered in the query ("?page=2") or the path ("/judul-berita/2"); the first part usually has no number. Only
links of the page itself count, and only if they differ from its address by the number alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml.html import HtmlElement

from summaries.errors import Fault, NothingToSummarize, PermanentFetchError
from summaries.fetch.feeds.feed_entries import Feed, FeedEntry, FoundFeed, read_title, read_web_url
from summaries.fetch.html.html_tree import decode_page, find_tags, parse_page, read_line, select
from summaries.fetch.html.metadata import find_stated_url
from summaries.model import PARAGRAPH_BREAK, Article
from summaries.urls import get_registrable_domain, make_url_key, split_url

MAX_FEEDS = 50
MAX_LINKS = 2000
MIN_HEADLINE_WORDS = 4
MIN_INDEX_LINKS = 5

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


def find_articles(body: bytes, *, url: str, charset: str | None = None) -> Feed:
    """Return the articles that the index page at `url` links to, in its order, as the entries of a feed.

    An article's address is on the page's own domain and has a segment of its own, and its link reads like a headline.
    The entries have no titles, because such links also contain labels, dates and decks.

    Raises:
        PermanentFetchError: the page links to too few.
    """
    try:
        tree = parse_page(decode_page(body, charset))
    except NothingToSummarize as error:
        raise PermanentFetchError(f"{url} is no page", fault=Fault.NO_FEED) from error
    domain = get_registrable_domain(url)
    found: dict[str, FeedEntry] = {}
    for link in find_tags(tree, "a")[:MAX_LINKS]:
        address = read_web_url(link.get("href"), url)
        if address is None or get_registrable_domain(address) != domain or not has_article_path(address):
            continue
        if len(read_title(read_line(link) or link.get("title")).split()) >= MIN_HEADLINE_WORDS:
            found.setdefault(make_url_key(address), FeedEntry(url=address, title=""))
    if len(found) < MIN_INDEX_LINKS:
        raise PermanentFetchError(f"{url} links to {len(found)} articles, which is too few for an index page")
    return Feed(read_title(next((read_line(title) for title in find_tags(tree, "title")), "")), tuple(found.values()))


def has_article_path(url: str) -> bool:
    """Return whether the address may be an article's: its last segment is a slug or a number, its folders no list's."""
    folders = urlsplit(url).path.lower().rstrip("/").split("/")
    return _OWN_SEGMENT.search(folders[-1]) is not None and _NO_ARTICLES.isdisjoint(folders)


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


MAX_PARTS = 8

_NAMES = frozenset(("page", "halaman", "hal", "p"))
_NUMBER = re.compile(r"[1-9]\d?")
_MAYBE_NUMBERED = re.compile(r"=\d{1,2}(?!\d)|/\d{1,2}(?:[/?#\s]|$)")
# Folders of pages that are no articles.
_NO_ARTICLES = frozenset({"about", "author", "indeks", "index", "info", "penulis", "tag", "tags", "topic", "topik"})
# An article's own path segment: a slug of three words, or a long number.
_OWN_SEGMENT = re.compile(r"[^\W\d_]{2}[-_.+]\w+[-_.+]\w|\d{5}")


def find_parts(tree: HtmlElement, url: str) -> tuple[int, dict[int, str]]:
    """Return the part number of `url`, and the addresses of the other parts that the page links to, by number."""
    own_base, own_number = _split_part_number(url)
    if own_base is None:
        return 1, {}
    parts: dict[int, str] = {}
    links = (*select(tree, "//link[@rel='next' or @rel='prev']"), *find_tags(tree, "a")[:MAX_LINKS])
    for href in dict.fromkeys(link.get("href") for link in links):
        # Resolving each of a page's hundreds of links would cost more than reading the article.
        if href is None or (own_number == 1 and not _MAYBE_NUMBERED.search(href)):
            continue
        address = read_web_url(href, url)
        if address is None:
            continue
        address = address.partition("#")[0]
        base, number = _split_part_number(address)
        if base == own_base and number != own_number and number <= MAX_PARTS:
            parts.setdefault(number, address)
    # A page often links to its own first part; without another part that proves nothing.
    return own_number, parts if own_number > 1 or any(number > 1 for number in parts) else {}


def _split_part_number(url: str) -> tuple[tuple[str, str, str] | None, int]:
    """Return the base that all parts share (None if the address cannot be an article's), and the part number."""
    if (parts := split_url(url)) is None:
        return None, 1
    pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50) if parts.query.count("&") < 50 else []
    numbers = [value for name, value in pairs if name.lower() in _NAMES and _NUMBER.fullmatch(value)]
    query = urlencode([pair for pair in pairs if pair[0].lower() not in _NAMES])
    path, _, last = parts.path.rstrip("/").rpartition("/")
    if _NUMBER.fullmatch(last) and _OWN_SEGMENT.search(path.rpartition("/")[2]):
        numbers.append(last)
    else:
        path = parts.path.rstrip("/")
    if _OWN_SEGMENT.search(path) is None:
        return None, 1
    return (parts.netloc.lower(), path, query), int(numbers[-1]) if numbers else 1


def add_part_number(url: str, number: int) -> str:
    """Return the address of another part of the article at `url`, in the most common form."""
    address = url.partition("#")[0]
    return f"{address}{'&' if '?' in address else '?'}page={number}"


def join_parts(first: Article, parts: Mapping[int, Article]) -> Article:
    """Join the distinct paragraphs of all parts in order; all other fields come from `first`."""
    paragraphs = dict.fromkeys(paragraph for number in sorted(parts) for paragraph in parts[number].paragraphs)
    initials = next((parts[number].initials for number in sorted(parts, reverse=True) if parts[number].initials), None)
    return replace(first, text=PARAGRAPH_BREAK.join(paragraphs), initials=initials)
