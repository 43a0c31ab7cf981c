"""Sitemaps as a kind of feed.

Format: sitemaps.org 0.9, usually with Google's news extension. Elements are matched by local name, because sites write
the namespaces in many ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from lxml import etree

from summaries.errors import Fault, PermanentFetchError
from summaries.fetch.feeds import feed_entries as fields
from summaries.fetch.feeds.feed_entries import MAX_ENTRIES, Feed, FeedEntry
from summaries.fetch.html.discovery import has_article_path
from summaries.text.dates import parse_date
from summaries.urls import get_registrable_domain

# Some addresses of a sitemap are not news.
MAX_URLS = 2 * MAX_ENTRIES
# A sitemap without titles lists articles of all years, so its latest are read, about as many as on an index page.
MAX_UNTITLED = 50

_UNDATED = datetime.min.replace(tzinfo=UTC)
_NAMESPACE = b"sitemaps.org/schemas/sitemap/"
_ROOT = re.compile(
    rb"(?:<\?[^>]{0,500}\?>|<!--(?>.{0,2000}?-->)|\s++)*+<(?:\w++:)?(urlset|sitemapindex)[\s>]", re.DOTALL
)


def is_sitemap(text: str) -> bool:
    """Return whether the root element is a sitemap's, or the document is damaged and declares a sitemap's namespace."""
    start = text[:10_000].encode()
    return _ROOT.match(start) is not None or _NAMESPACE in start


def parse_sitemap(text: str, *, url: str) -> Feed | None:
    """Parse the articles in the sitemap from `url`, in its order; other addresses are omitted.

    Raises:
        PermanentFetchError: it only lists other sitemaps.
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
    if _get_local_name(root) == "sitemapindex":
        raise PermanentFetchError(
            f"{url} lists other sitemaps; the one for news holds the entries", fault=Fault.NO_FEED
        )
    entries = tuple(entry for node in list(root)[:MAX_URLS] if (entry := _read_entry(node, url)) is not None)
    name = next((text for kind, text in _read_fields(root) if kind == "name" and text), "")
    title = fields.read_title(name) or get_registrable_domain(url)
    return Feed(title, entries, is_sitemap=True, is_sound=not parser.error_log)


def _read_entry(node: etree._Element, base: str) -> FeedEntry | None:
    texts: dict[str, str] = {}
    for kind, text in _read_fields(node):
        texts.setdefault(kind, text)
    url = fields.read_web_url(texts.get("loc"), base)
    title = fields.read_title(texts.get("title"))
    times = (parse_date(texts.get(name, "")) for name in ("publication_date", "lastmod"))
    published_at = next(filter(None, times), None)
    if url is None or not (title or (published_at and has_article_path(url))):
        return None
    return FeedEntry(
        url=url,
        title=title,
        published_at=published_at,
        categories=fields.read_categories(texts.get("keywords", "").split(",")),
        image_url=fields.read_web_url(texts.get("image/loc"), base),
    )


def select_news(entries: Sequence[FeedEntry]) -> tuple[FeedEntry, ...]:
    """Return the entries with a title; if there are none, the latest entries of the sitemap."""
    titled = tuple(entry for entry in entries if entry.title)
    latest = sorted(entries, key=lambda entry: entry.published_at or _UNDATED, reverse=True)
    return titled or tuple(latest[:MAX_UNTITLED])


def _read_fields(node: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield local names and texts below the node; the parent distinguishes an image's address from the article's."""
    for element in node.iter():
        name, parent = _get_local_name(element), element.getparent()
        if name == "loc" and parent is not None and _get_local_name(parent) == "image":
            name = "image/loc"
        if name and (text := fields.read_text(element.text)):
            yield name, text


def _get_local_name(element: etree._Element) -> str:
    tag: object = element.tag  # a function, for comments and entities
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""
