"""Articles split over several pages: the part number of an address, and joining the parts.

Parts are numbered in the query ("?page=2") or the path ("/judul-berita/2"); the first part usually has no number. Only
links of the page itself count, and only if they differ from its address by the number alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from lxml.html import HtmlElement

from summaries.fetch.feeds.feed_entries import read_web_url
from summaries.fetch.html.html_tree import find_tags, select
from summaries.model import PARAGRAPH_BREAK, Article

MAX_PARTS = 8
MAX_LINKS = 2000

_NAMES = frozenset(("page", "halaman", "hal", "p"))
_MAYBE_PART = re.compile(r"[?&](?:page|halaman|hal|p)=[1-9]|/[1-9]\d?/?(?:[?#]|$)", re.IGNORECASE)
_NUMBER = re.compile(r"[1-9]\d?")
_MAYBE_NUMBERED = re.compile(r"=\d{1,2}(?!\d)|/\d{1,2}(?:[/?#\s]|$)")
# An article's own path segment: a slug of three words, or a long number.
_OWN_SEGMENT = re.compile(r"[^\W\d_]{2}[-_.+]\w+[-_.+]\w|\d{5}")


def find_parts(tree: HtmlElement, url: str) -> tuple[int, dict[int, str]]:
    """Return the part number of `url`, and the addresses of the other parts that the page links to, by number."""
    own_base, own_number = _split_part_number(url)
    if own_base is None:
        return 1, {}
    parts: dict[int, str] = {}
    for link in (*select(tree, "//link[@rel='next' or @rel='prev']"), *find_tags(tree, "a")[:MAX_LINKS]):
        # Resolving each of a page's hundreds of links would cost more than reading the article.
        href = link.get("href")
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
    try:
        parts = urlsplit(url)
    except ValueError:
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


def join_parts(first: Article, parts: Mapping[int, Article]) -> Article:
    """Join the distinct paragraphs of all parts in order; all other fields come from `first`."""
    paragraphs = dict.fromkeys(paragraph for number in sorted(parts) for paragraph in parts[number].paragraphs)
    initials = next((parts[number].initials for number in sorted(parts, reverse=True) if parts[number].initials), None)
    return replace(first, text=PARAGRAPH_BREAK.join(paragraphs), initials=initials)
