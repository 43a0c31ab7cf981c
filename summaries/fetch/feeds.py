"""Feeds: bytes to entries (pure).

RSS 0.9x to 2.0, RDF and Atom through feedparser; JSON Feed and Google News sitemaps in modules of their own.
"""

from __future__ import annotations

import codecs
import io
import re
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser

from summaries.errors import FetchFailedForGood
from summaries.fetch.charsets import known_charset
from summaries.fetch.dates import parse_date
from summaries.fetch.feed_entries import (
    MAX_ENTRIES,
    MAX_TEXT_CHARS,
    Feed,
    FeedEntry,
    categories_of,
    fullest_text,
    text_of,
    title_of,
    web_address,
)
from summaries.fetch.json_feed import read_json_feed
from summaries.fetch.sitemaps import is_sitemap, read_sitemap
from summaries.fetch.xml_bounds import find_excess
from summaries.timestamps import credible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Feed", "FeedEntry", "read_feed"]

MAX_FEED_BYTES = 5 * 1024 * 1024

_LEADING_BLANK = b"\xef\xbb\xbf \t\r\n"
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]{0,200}\?>")
_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_IMAGE_IN_HTML = re.compile(r"<img\b[^>]{0,1000}?\bsrc\s?=\s?[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
# Services that once stood between feed and article; their links died with them, the ids lead to the outlet.
_FEED_PROXY = re.compile(
    r"https?://(?:[\w.-]+\.feedsportal\.com|feedproxy\.google\.com|feeds\.feedburner\.com)/", re.IGNORECASE
)
_TRACKING_PIXEL = re.compile(r"\b(?:width|height)=[\"']?1[\"'\s/>]|rc\.img|/pixel|feedburner\.com/~r", re.IGNORECASE)


def read_feed(body: bytes, *, url: str, charset: str | None = None, now: datetime | None = None) -> Feed:
    """The feed in the document that was fetched from `url`, with the charset that HTTP named.

    Given the present moment, dates that lie in the future are corrected or left out (see `timestamps`).

    Raises:
        FetchFailedForGood: the document is no feed, too large, or nested beyond all measure.
    """
    feed = _read(body, url, charset)
    return feed if now is None else replace(feed, entries=tuple(_dated(entry, now) for entry in feed.entries))


def _dated(entry: FeedEntry, now: datetime) -> FeedEntry:
    if entry.published_at is None:
        return entry
    return replace(entry, published_at=credible(entry.published_at, now=now))


def _read(body: bytes, url: str, charset: str | None) -> Feed:
    if len(body) > MAX_FEED_BYTES:
        raise FetchFailedForGood(f"{url}: the feed is larger than {MAX_FEED_BYTES} bytes")
    body = body.lstrip(_LEADING_BLANK)  # a blank line before the XML declaration is an error to every XML parser
    if body.startswith(b"{"):
        return read_json_feed(body, url)
    body, charset = _in_ascii_superset(body, url, charset)
    if excess := find_excess(body):
        raise FetchFailedForGood(f"{url}: {excess}")
    if is_sitemap(body):
        return read_sitemap(body, url)
    return _read_xml_feed(body, url, charset)


def _in_ascii_superset(body: bytes, url: str, charset: str | None) -> tuple[bytes, str | None]:
    """The document with its markup in ASCII, so that a look at its bytes sees what a parser will see."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = body.decode("utf-16", "replace")
        return _XML_DECLARATION.sub("", text, count=1).lstrip("\ufeff").encode(), "utf-8"
    declared = _DECLARED_ENCODING.match(body)
    if b"\0" in body[:200] or (declared and known_charset(declared[1].decode("ascii")) is None):
        raise FetchFailedForGood(f"{url} is in a character set that is not read")
    return body, known_charset(charset)


def _read_xml_feed(body: bytes, url: str, charset: str | None) -> Feed:
    content_type = f"application/xml; charset={charset}" if charset else "application/xml"
    parsed = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-location": url, "content-type": content_type},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not parsed.get("version"):
        raise FetchFailedForGood(f"{url} is not a feed")
    entries = (_xml_entry(entry, url) for entry in parsed.entries[:MAX_ENTRIES])
    return Feed(title_of(parsed.feed.get("title")), tuple(entry for entry in entries if entry is not None))


def _xml_entry(entry: Mapping[str, Any], base: str) -> FeedEntry | None:
    guid = text_of(entry.get("id"))
    url = web_address(entry.get("feedburner_origlink"), base) or web_address(entry.get("link"), base)
    if guid.startswith(("http://", "https://")) and (url is None or _FEED_PROXY.match(url)):
        url = web_address(guid, base)
    if url is None:
        return None
    texts = [text_of(content.get("value")) for content in entry.get("content", ())] + [text_of(entry.get("summary"))]
    return FeedEntry(
        url=url,
        title=title_of(entry.get("title")),
        published_at=_published_at(entry),
        summary_text=fullest_text(texts),
        categories=categories_of(tag.get("term") for tag in entry.get("tags", ())),
        image_url=_entry_image(entry, texts, base),
        guid=guid or None,
    )


def _published_at(entry: Mapping[str, Any]) -> datetime | None:
    for name in ("published", "created", "updated"):
        if name in entry and (moment := parse_date(text_of(entry[name]))):
            return moment
        if (parts := entry.get(f"{name}_parsed") if f"{name}_parsed" in entry else None) is not None:
            return datetime.fromtimestamp(timegm(parts), UTC)  # a form that only feedparser knows
    return None


def _entry_image(entry: Mapping[str, Any], texts: Iterable[str], base: str) -> str | None:
    for media in (*entry.get("media_content", ()), *entry.get("media_thumbnail", ()), *entry.get("enclosures", ())):
        kind = text_of(media.get("type")) or text_of(media.get("medium")) or "image"
        if kind.startswith("image") and (url := web_address(media.get("url") or media.get("href"), base)):
            return url
    for text in texts:
        for found in _IMAGE_IN_HTML.finditer(text[:MAX_TEXT_CHARS]):
            tag = text[found.start() : text.find(">", found.end()) + 1]
            if not _TRACKING_PIXEL.search(tag) and (url := web_address(found[1].replace("&amp;", "&"), base)):
                return url
    return None
