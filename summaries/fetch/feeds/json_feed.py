"""JSON Feed 1.x (jsonfeed.org): text to entries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from summaries.errors import Fault, PermanentFetchError
from summaries.fetch.feeds import feed_entries as fields
from summaries.fetch.feeds.feed_entries import MAX_ENTRIES, Feed, FeedEntry
from summaries.text.dates import parse_date

_VERSION = "https://jsonfeed.org/version/1"
# For documents that are not valid JSON: how much of an item is read, and how many attempts are made to find one.
_MAX_ITEM_CHARS = 200_000
_MAX_TRIES = 2 * MAX_ENTRIES
_OBJECT = re.compile(r'\{\s{0,100}"')
_FIELD = re.compile(r'"(version|title)"\s{0,20}:\s{0,20}("(?:[^"\\\n]|\\.){0,1000}")')
# Every item has one of these; authors and attachments, which also have addresses, have none.
_OF_ITEMS = frozenset({"id", "content_text", "content_html", "date_published"})


def read_json_feed(text: str, url: str) -> Feed:
    """Parse the feed in the JSON from `url`; if it is broken, the items that can be parsed separately.

    Raises:
        PermanentFetchError: it is no feed.
    """
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        feed = _salvage(text)
        if not feed["items"]:
            raise PermanentFetchError(f"{url} is neither a feed nor JSON", fault=Fault.NO_FEED) from error
    if not (isinstance(feed, dict) and fields.read_text(feed.get("version")).startswith(_VERSION)):
        raise PermanentFetchError(f"{url} is not a feed", fault=Fault.NO_FEED)
    items = feed.get("items")
    listed = items[:MAX_ENTRIES] if isinstance(items, list) else ()
    entries = tuple(entry for item in listed if (entry := _read_entry(item, url)) is not None)
    return Feed(fields.read_title(feed.get("title")), entries)


def _salvage(text: str) -> dict[str, Any]:
    head, _, rest = text.partition('"items"')
    head_fields = {name: _parse_string(value) for name, value in _FIELD.findall(head)}
    return {**head_fields, "items": list(_find_items(rest))}


def _parse_string(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:  # an invalid escape
        return literal.strip('"')


def _find_items(text: str) -> Iterator[object]:
    decoder = json.JSONDecoder(strict=False)
    at = 0
    for _ in range(_MAX_TRIES):
        found = _OBJECT.search(text, at)
        if found is None:
            return
        at = found.start()
        try:
            item, length = decoder.raw_decode(text[at : at + _MAX_ITEM_CHARS])
        except (ValueError, RecursionError):
            at += 1
            continue
        at += length
        yield from _find_nested(item)


def _find_nested(value: object) -> Iterator[object]:
    """Yield the items in the value: if one lacks a bracket, later items are nested in it."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if not _OF_ITEMS.isdisjoint(value):
                yield value
            waiting += [part for part in reversed(value.values()) if isinstance(part, dict | list)]
        elif isinstance(value, list):
            waiting += reversed(value)


def _read_entry(item: object, base: str) -> FeedEntry | None:
    if not isinstance(item, dict):
        return None
    url = fields.read_web_url(item.get("url"), base) or fields.read_web_url(item.get("external_url"), base)
    if url is None:
        return None
    texts = (
        fields.read_text(item.get("content_text")),
        fields.read_text(item.get("content_html")),
        fields.read_text(item.get("summary")),
    )
    tags = item.get("tags")
    return FeedEntry(
        url=url,
        title=fields.read_title(item.get("title")),
        published_at=parse_date(fields.read_text(item.get("date_published")))
        or parse_date(fields.read_text(item.get("date_modified"))),
        summary_text=fields.pick_longest_text(texts),
        categories=fields.read_categories(tags if isinstance(tags, list) else ()),
        image_url=fields.read_web_url(item.get("image"), base) or fields.read_web_url(item.get("banner_image"), base),
    )
