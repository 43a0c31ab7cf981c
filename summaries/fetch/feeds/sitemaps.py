"""Google News sitemaps as a second kind of feed (pure).

Source of the format: sitemaps.org 0.9 with Google's news extension. Elements are known by their local names: sites
write the namespaces in many ways.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from summaries.errors import FetchFailedForGood
from summaries.fetch.feeds.feed_entries import (
    MAX_ENTRIES,
    Feed,
    FeedEntry,
    Parsed,
    categories_of,
    text_of,
    title_of,
    web_address,
)
from summaries.fetch.html.dates import parse_date
from summaries.fetch.html.outlets import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

# Some of the addresses of a sitemap are no news.
MAX_URLS = 2 * MAX_ENTRIES

_NAMESPACE = b"sitemaps.org/schemas/sitemap/"
_ROOT = re.compile(
    rb"(?:<\?[^>]{0,500}\?>|<!--(?>.{0,2000}?-->)|\s++)*+<(?:\w++:)?(urlset|sitemapindex)[\s>]", re.DOTALL
)


def is_sitemap(text: str) -> bool:
    """True when the document's first element is a sitemap's, or is damaged and declares a sitemap's namespace."""
    start = text[:10_000].encode()
    return _ROOT.match(start) is not None or _NAMESPACE in start


def parse_sitemap(text: str, *, url: str) -> Parsed | None:
    """The news in the sitemap that came from `url`, in its order; other addresses are left out.

    Raises:
        FetchFailedForGood: it only names other sitemaps.
    """
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    try:
        root = etree.fromstring(text.encode(), parser=parser)
    except etree.XMLSyntaxError:
        return None
    if root is None:
        return None
    if _name(root) == "sitemapindex":
        raise FetchFailedForGood(f"{url} lists other sitemaps; the one for news holds the entries")
    entries = tuple(entry for node in list(root)[:MAX_URLS] if (entry := _entry(node, url)) is not None)
    name = next((text for kind, text in _fields(root) if kind == "name" and text), "")
    feed = Feed(title_of(name) or registrable_domain(url), entries, is_sitemap=True)
    return Parsed(feed, is_sound=not parser.error_log)


def _entry(node: etree._Element, base: str) -> FeedEntry | None:
    fields: dict[str, str] = {}
    for kind, text in _fields(node):
        fields.setdefault(kind, text)
    url = web_address(fields.get("loc"), base)
    title = title_of(fields.get("title"))
    if url is None or not title:
        return None
    return FeedEntry(
        url=url,
        title=title,
        published_at=parse_date(fields.get("publication_date", "")),
        categories=categories_of(fields.get("keywords", "").split(",")),
        image_url=web_address(fields.get("image/loc"), base),
    )


def _fields(node: etree._Element) -> Iterator[tuple[str, str]]:
    """Local names and texts below the node; an image's address is told from the article's by its parent."""
    for element in node.iter():
        name, parent = _name(element), element.getparent()
        if name == "loc" and parent is not None and _name(parent) == "image":
            name = "image/loc"
        if name and (text := text_of(element.text)):
            yield name, text


def _name(element: etree._Element) -> str:
    tag: object = element.tag  # of comments and entities it is a function
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""
