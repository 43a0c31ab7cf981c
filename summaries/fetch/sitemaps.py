"""Google News sitemaps as a second kind of feed (pure).

Source of the format: sitemaps.org 0.9 with Google's news extension. Elements are known by their local names: sites
write the namespaces in many ways.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from summaries.errors import FetchFailedForGood
from summaries.fetch.dates import parse_date
from summaries.fetch.feed_entries import MAX_ENTRIES, Feed, FeedEntry, categories_of, text_of, title_of, web_address
from summaries.fetch.outlets import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = re.compile(rb"(?:<\?[^>]{0,500}\?>|<!--.{0,2000}?-->|\s)*<(?:\w+:)?(urlset|sitemapindex)[\s>]", re.DOTALL)


def is_sitemap(body: bytes) -> bool:
    """True when the document's first element is a sitemap's."""
    return _ROOT.match(body[:10_000]) is not None


def read_sitemap(body: bytes, url: str) -> Feed:
    """The news in the sitemap that came from `url`, newest first as sites list it; other addresses are left out.

    Raises:
        FetchFailedForGood: there is no news in it, or it only names other sitemaps.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(body, parser=parser)
    except etree.XMLSyntaxError as error:
        raise FetchFailedForGood(f"{url} is a broken sitemap") from error
    if root is None or _name(root) == "sitemapindex":
        raise FetchFailedForGood(f"{url} lists other sitemaps; the one for news holds the entries")
    entries = tuple(entry for node in list(root)[: MAX_ENTRIES * 2] if (entry := _entry(node, url)) is not None)
    if not entries:
        raise FetchFailedForGood(f"{url} is a sitemap without news")
    name = next((text for kind, text in _fields(root) if kind == "name" and text), "")
    return Feed(title_of(name) or registrable_domain(url), entries[:MAX_ENTRIES])


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
    return etree.QName(tag).localname if isinstance(tag, str) else ""
