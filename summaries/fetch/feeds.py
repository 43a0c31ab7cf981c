"""Feeds: bytes to entries (pure). RSS 0.9x to 2.0, RDF and Atom through feedparser, JSON Feed 1.x here."""

from __future__ import annotations

import codecs
import io
import json
import re
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import feedparser

from summaries.errors import FetchFailedForGood
from summaries.fetch.charsets import known_charset
from summaries.fetch.dates import parse_date
from summaries.fetch.markup import plain_line, plain_text
from summaries.fetch.xml_bounds import find_excess

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_FEED_BYTES = 5 * 1024 * 1024
MAX_ENTRIES = 500
MAX_TITLE_CHARS = 300
MAX_TEXT_CHARS = 20_000
MAX_CATEGORIES = 20

_LEADING_BLANK = b"\xef\xbb\xbf \t\r\n"
_JSON_FEED = "https://jsonfeed.org/version/1"
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]{0,200}\?>")
_DECLARED_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_IMAGE_IN_HTML = re.compile(r"<img\b[^>]{0,1000}?\bsrc\s?=\s?[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
# Services that once stood between feed and article; their links died with them, the ids lead to the outlet.
_FEED_PROXY = re.compile(
    r"https?://(?:[\w.-]+\.feedsportal\.com|feedproxy\.google\.com|feeds\.feedburner\.com)/", re.IGNORECASE
)
_TRACKING_PIXEL = re.compile(r"\b(?:width|height)=[\"']?1[\"'\s/>]|rc\.img|/pixel|feedburner\.com/~r", re.IGNORECASE)


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


def read_feed(body: bytes, *, url: str, charset: str | None = None) -> Feed:
    """The feed in the document that was fetched from `url`, with the charset that HTTP named.

    Raises:
        FetchFailedForGood: the document is no feed, too large, or nested beyond all measure.
    """
    if len(body) > MAX_FEED_BYTES:
        raise FetchFailedForGood(f"{url}: the feed is larger than {MAX_FEED_BYTES} bytes")
    body = body.lstrip(_LEADING_BLANK)  # a blank line before the XML declaration is an error to every XML parser
    if body.startswith(b"{"):
        return _read_json_feed(body, url)
    body, charset = _in_ascii_superset(body, url, charset)
    if excess := find_excess(body):
        raise FetchFailedForGood(f"{url}: {excess}")
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
    return Feed(_title(parsed.feed.get("title")), tuple(entry for entry in entries if entry is not None))


def _xml_entry(entry: Mapping[str, Any], base: str) -> FeedEntry | None:
    guid = _text(entry.get("id"))
    url = _web_address(entry.get("feedburner_origlink"), base) or _web_address(entry.get("link"), base)
    if guid.startswith(("http://", "https://")) and (url is None or _FEED_PROXY.match(url)):
        url = _web_address(guid, base)
    if url is None:
        return None
    texts = [_text(content.get("value")) for content in entry.get("content", ())] + [_text(entry.get("summary"))]
    return FeedEntry(
        url=url,
        title=_title(entry.get("title")),
        published_at=_published_at(entry),
        summary_text=max((plain_text(text[: MAX_TEXT_CHARS * 2]) for text in texts), key=len)[:MAX_TEXT_CHARS],
        categories=_categories(tag.get("term") for tag in entry.get("tags", ())),
        image_url=_entry_image(entry, texts, base),
        guid=guid or None,
    )


def _published_at(entry: Mapping[str, Any]) -> datetime | None:
    for name in ("published", "created", "updated"):
        if name in entry and (moment := parse_date(_text(entry[name]))):
            return moment
        if (parts := entry.get(f"{name}_parsed") if f"{name}_parsed" in entry else None) is not None:
            return datetime.fromtimestamp(timegm(parts), UTC)  # a form that only feedparser knows
    return None


def _entry_image(entry: Mapping[str, Any], texts: Iterable[str], base: str) -> str | None:
    for media in (*entry.get("media_content", ()), *entry.get("media_thumbnail", ()), *entry.get("enclosures", ())):
        kind = _text(media.get("type")) or _text(media.get("medium")) or "image"
        if kind.startswith("image") and (url := _web_address(media.get("url") or media.get("href"), base)):
            return url
    for text in texts:
        for found in _IMAGE_IN_HTML.finditer(text[:MAX_TEXT_CHARS]):
            tag = text[found.start() : text.find(">", found.end()) + 1]
            if not _TRACKING_PIXEL.search(tag) and (url := _web_address(found[1].replace("&amp;", "&"), base)):
                return url
    return None


def _read_json_feed(body: bytes, url: str) -> Feed:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchFailedForGood(f"{url} is neither a feed nor JSON") from error
    if not (isinstance(feed, dict) and _text(feed.get("version")).startswith(_JSON_FEED)):
        raise FetchFailedForGood(f"{url} is not a feed")
    items = feed.get("items")
    entries = (_json_entry(item, url) for item in (items if isinstance(items, list) else ())[:MAX_ENTRIES])
    return Feed(_title(feed.get("title")), tuple(entry for entry in entries if entry is not None))


def _json_entry(item: object, base: str) -> FeedEntry | None:
    if not isinstance(item, dict):
        return None
    url = _web_address(item.get("url"), base) or _web_address(item.get("external_url"), base)
    if url is None:
        return None
    texts = (_text(item.get("content_text")), _text(item.get("content_html")), _text(item.get("summary")))
    tags = item.get("tags")
    return FeedEntry(
        url=url,
        title=_title(item.get("title")),
        published_at=parse_date(_text(item.get("date_published"))) or parse_date(_text(item.get("date_modified"))),
        summary_text=max((plain_text(text[: MAX_TEXT_CHARS * 2]) for text in texts), key=len)[:MAX_TEXT_CHARS],
        categories=_categories(tags if isinstance(tags, list) else ()),
        image_url=_web_address(item.get("image"), base) or _web_address(item.get("banner_image"), base),
        guid=_text(item.get("id")) or None,
    )


def _text(value: object) -> str:
    """The value if it is text, else nothing: hostile documents have anything anywhere."""
    return value.strip() if isinstance(value, str) else ""


def _title(value: object) -> str:
    return plain_line(_text(value)[: MAX_TITLE_CHARS * 4])[:MAX_TITLE_CHARS]


def _categories(values: Iterable[object]) -> tuple[str, ...]:
    names = (plain_line(_text(value)[:200]) for value in values)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_CATEGORIES]


def _web_address(value: object, base: str) -> str | None:
    """The value as an absolute http(s) address, or None."""
    text = "".join(_text(value).split())  # some feeds break their addresses over lines
    if not text or len(text) > 2048:
        return None
    try:
        address = urljoin(base, text)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None
