"""JSON Feed 1.x (jsonfeed.org): bytes to entries (pure)."""

from __future__ import annotations

import json

from summaries.errors import FetchFailedForGood
from summaries.fetch.dates import parse_date
from summaries.fetch.feed_entries import (
    MAX_ENTRIES,
    Feed,
    FeedEntry,
    categories_of,
    fullest_text,
    text_of,
    title_of,
    web_address,
)

_VERSION = "https://jsonfeed.org/version/1"


def read_json_feed(body: bytes, url: str) -> Feed:
    """The feed in the JSON that came from `url`. Raises FetchFailedForGood when it is none."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FetchFailedForGood(f"{url} is neither a feed nor JSON") from error
    if not (isinstance(feed, dict) and text_of(feed.get("version")).startswith(_VERSION)):
        raise FetchFailedForGood(f"{url} is not a feed")
    items = feed.get("items")
    entries = (_entry(item, url) for item in (items if isinstance(items, list) else ())[:MAX_ENTRIES])
    return Feed(title_of(feed.get("title")), tuple(entry for entry in entries if entry is not None))


def _entry(item: object, base: str) -> FeedEntry | None:
    if not isinstance(item, dict):
        return None
    url = web_address(item.get("url"), base) or web_address(item.get("external_url"), base)
    if url is None:
        return None
    texts = (text_of(item.get("content_text")), text_of(item.get("content_html")), text_of(item.get("summary")))
    tags = item.get("tags")
    return FeedEntry(
        url=url,
        title=title_of(item.get("title")),
        published_at=parse_date(text_of(item.get("date_published"))) or parse_date(text_of(item.get("date_modified"))),
        summary_text=fullest_text(texts),
        categories=categories_of(tags if isinstance(tags, list) else ()),
        image_url=web_address(item.get("image"), base) or web_address(item.get("banner_image"), base),
        guid=text_of(item.get("id")) or None,
    )
