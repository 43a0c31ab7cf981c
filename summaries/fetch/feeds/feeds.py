"""Parse feeds: bytes to entries.

feedparser reads RSS 0.9x to 2.0, RDF and Atom; plain RSS 2.0, JSON Feed and sitemaps have their own modules. A
malformed entry costs no other entry: see `entry_recovery`.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import feedparser

from summaries.errors import Fault, PermanentFetchError
from summaries.fetch.feeds import feed_entries as fields
from summaries.fetch.feeds.entry_recovery import parse_or_recover
from summaries.fetch.feeds.feed_entries import MAX_ENTRIES, MAX_TEXT_CHARS, Feed, FeedEntry
from summaries.fetch.feeds.feed_text import decode_feed
from summaries.fetch.feeds.json_feed import read_json_feed
from summaries.fetch.feeds.rss import parse_rss
from summaries.fetch.feeds.sitemaps import MAX_URLS, is_sitemap, parse_sitemap, select_news
from summaries.text.dates import parse_date, sanitize_timestamp

MAX_FEED_BYTES = 5 * 1024 * 1024

MAX_DOCTYPE_CHARS = 2000

# feedparser searches each author's name for an e-mail address in quadratic time, and authors are not used here.
for _parser in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    _parser._sync_author_detail = lambda *_: None  # noqa: SLF001

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IMAGE_IN_HTML = re.compile(r"<img\b[^<>]{0,1000}?\bsrc\s?=\s?[\"']?([^\"'\s>]{1,2000})[^<>]*+>?", re.IGNORECASE)
# Blanks, processing instructions and comments before the document type or the root.
_BEFORE_ROOT = re.compile(r"(?:\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+", re.DOTALL)
_ROOT_TAG = re.compile(r"<\w")
# Defunct services that redirected feed links; the entry's id leads to the outlet.
_FEED_PROXY = re.compile(
    r"https?://(?:[\w.-]+\.feedsportal\.com|feedproxy\.google\.com|feeds\.feedburner\.com)/", re.IGNORECASE
)
_TRACKING_PIXEL = re.compile(r"\b(?:width|height)=[\"']?1[\"'\s/>]|rc\.img|/pixel|feedburner\.com/~r", re.IGNORECASE)


def read_feed(body: bytes, *, url: str, charset: str | None = None, now: datetime | None = None) -> Feed:
    """Parse the feed in the document fetched from `url`; `charset` is the one declared by HTTP.

    Implausible dates (see `sanitize_timestamp`) are omitted; without `now`, future dates are accepted.

    Raises:
        PermanentFetchError: the document is no feed, too large, or nested too deeply.
    """
    feed = _read(body, url, charset)
    return replace(
        feed,
        entries=tuple(
            replace(entry, published_at=sanitize_timestamp(entry.published_at, now=now))
            for entry in feed.entries[:MAX_ENTRIES]
        ),
    )


def _read(body: bytes, url: str, charset: str | None) -> Feed:
    if len(body) > MAX_FEED_BYTES:
        raise PermanentFetchError(f"{url}: the feed is larger than {MAX_FEED_BYTES} bytes", fault=Fault.TOO_LARGE)
    text = decode_feed(body, charset, url=url)
    if text.startswith("{"):
        return read_json_feed(text, url)
    if is_sitemap(text):
        feed = parse_or_recover(text, partial(parse_sitemap, url=url), url=url, max_entries=MAX_URLS, is_sitemap=True)
        if not feed.entries:
            raise PermanentFetchError(f"{url} is a sitemap without news", fault=Fault.NO_FEED)
        return replace(feed, entries=select_news(feed.entries))
    return parse_or_recover(text, partial(_parse, url=url), url=url, max_entries=MAX_ENTRIES)


def _parse(text: str, *, url: str) -> Feed | None:
    """Parse the document, with feedparser unless it is plain RSS; None if it is no feed."""
    before = _BEFORE_ROOT.match(text)
    text = text[before.end() :] if before else text
    if (plain := parse_rss(text, url=url)) is not None:
        title, listed = plain
        return Feed(fields.read_title(title), _read_entries(listed, url))
    return parse_with_feedparser(text, url=url)


def parse_with_feedparser(text: str, *, url: str) -> Feed | None:
    """Parse the document with feedparser; None if it is no feed, or feedparser raises.

    `text` starts at the root, or at a short document type: feedparser searches the text before the root with
    expressions of quadratic and cubic time.
    """
    root = _ROOT_TAG.search(text)
    if root is None or root.start() > MAX_DOCTYPE_CHARS:
        return None
    try:
        parsed = feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={"content-location": url, "content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception:  # noqa: BLE001 - feedparser raises any exception on broken documents
        return None
    if not parsed.get("version"):
        return None
    title = fields.read_title(parsed.feed.get("title"))
    return Feed(title, _read_entries(parsed.entries, url), is_sound=not parsed.bozo)


def _read_entries(listed: Iterable[Mapping[str, Any]], base: str) -> tuple[FeedEntry, ...]:
    return tuple(entry for one in listed if (entry := _read_entry(one, base)) is not None)


def _read_entry(entry: Mapping[str, Any], base: str) -> FeedEntry | None:
    guid = fields.read_text(entry.get("id"))
    url = fields.read_web_url(entry.get("feedburner_origlink"), base) or fields.read_web_url(entry.get("link"), base)
    if guid.startswith(("http://", "https://")) and (url is None or _FEED_PROXY.match(url)):
        url = fields.read_web_url(guid, base)
    if url is None:
        return None
    texts = [fields.read_text(content.get("value")) for content in _read_elements(entry, "content")] + [
        fields.read_text(entry.get("summary"))
    ]
    credit = entry.get("source")
    outlet = fields.read_title(credit.get("title")) if isinstance(credit, dict) else ""
    title = fields.read_title(entry.get("title"))
    return FeedEntry(
        url=url,
        # Google News appends the outlet.
        title=title.removesuffix(f" - {outlet}") if outlet else title,
        published_at=_read_time(entry),
        summary_text=fields.pick_longest_text(texts),
        categories=fields.read_categories(tag.get("term") for tag in _read_elements(entry, "tags")),
        image_url=_find_image(entry, texts, base),
        outlet=outlet,
    )


def _read_elements(entry: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the elements of that name; feedparser may return any type for unexpected elements."""
    found = entry.get(name)
    return [thing for thing in found if isinstance(thing, dict)] if isinstance(found, list) else []


def _read_time(entry: Mapping[str, Any]) -> datetime | None:
    for name in ("published", "created", "updated"):
        if name in entry and (moment := parse_date(fields.read_text(entry[name]))):
            return moment
        if (parts := entry.get(f"{name}_parsed") if f"{name}_parsed" in entry else None) is not None:
            try:  # a form that only feedparser knows
                return _EPOCH + timedelta(seconds=timegm(parts))
            except (ValueError, OverflowError):  # the year -1
                continue
    return None


def _find_image(entry: Mapping[str, Any], texts: Iterable[str], base: str) -> str | None:
    named = ("media_content", "media_thumbnail", "enclosures")
    for media in (thing for name in named for thing in _read_elements(entry, name)):
        kind = fields.read_text(media.get("type")) or fields.read_text(media.get("medium")) or "image"
        if kind.startswith("image") and (url := fields.read_web_url(media.get("url") or media.get("href"), base)):
            return url
    for text in texts:
        for found in _IMAGE_IN_HTML.finditer(text[:MAX_TEXT_CHARS]):
            if not _TRACKING_PIXEL.search(found[0]) and (
                url := fields.read_web_url(found[1].replace("&amp;", "&"), base)
            ):
                return url
    return None
