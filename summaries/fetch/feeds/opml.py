"""OPML, the format in which feed readers exchange lists of feeds: bytes to feeds and back.

Parsed by listparser with an HTML parser: entities declared by the document are never expanded, and nothing outside the
document is loaded. Written as OPML 2.0 (opml.org/spec2.opml).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from summaries.errors import InputError, PermanentFetchError
from summaries.fetch.feeds.feed_entries import FoundFeed, read_text, read_title
from summaries.fetch.feeds.feed_text import NOT_XML, decode_feed, find_excess
from summaries.model import Source
from summaries.topic_model.topics import TOPICS

MAX_OPML_BYTES = 512 * 1024
MAX_FEEDS = 2000
MAX_FOLDERS = 8
MAX_URL_CHARS = 4096
# The limit for one tag: parsers compare each attribute with every other.
MAX_TAG_CHARS = 20_000

_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<[^<]{{{MAX_TAG_CHARS},}}")


def read_opml(body: bytes) -> tuple[FoundFeed, ...]:
    """Return the feeds in the document, each address once.

    Raises:
        InputError: it is no OPML, contains no feed, or exceeds the limits for a list of feeds.
    """
    if len(body) > MAX_OPML_BYTES:
        raise InputError(f"the list is larger than {MAX_OPML_BYTES // 1024} KiB")
    try:
        text = decode_feed(body, None, url="the list")
    except PermanentFetchError as error:
        raise InputError(str(error)) from error
    if _ENTITY.search(text):
        raise InputError("the list declares entities of its own, which are not read")
    plain = text.encode("utf-8", "replace")
    if excess := find_excess(plain):
        raise InputError(f"the list is no OPML: {excess}")
    if _LONG_TAG.search(text):
        raise InputError("the list is no OPML: a tag is too long")
    # Imported on use, because it imports an HTTP client.
    import listparser

    # Without a mark an HTML parser would assume Latin-1.
    found = listparser.parse(codecs.BOM_UTF8 + plain)
    if not str(found.get("version", "")).startswith("opml"):
        raise InputError("the list is no OPML")
    feeds = {feed.url: feed for listed in found["feeds"][:MAX_FEEDS] if (feed := _read_listed_feed(listed)) is not None}
    if not feeds:
        raise InputError("the list holds no feed")
    return tuple(feeds.values())


def _read_listed_feed(listed: dict[str, object]) -> FoundFeed | None:
    url = "".join(read_text(listed.get("url")).split())[:MAX_URL_CHARS]
    paths = listed.get("categories")
    names = [name for path in paths for name in path] if isinstance(paths, list) else []
    folders = tuple(dict.fromkeys(folder for name in names[:MAX_FOLDERS] if (folder := read_title(name))))
    return FoundFeed(url, read_title(listed.get("title")), folders) if url else None


def write_opml(sources: Sequence[Source], *, title: str) -> bytes:
    """Write the sources as OPML: a folder for each outlet, with its feeds by topic."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = title
    body = ET.SubElement(root, "body")
    ordered = sorted(sources, key=lambda source: (source.outlet.casefold(), source.outlet, source.key))
    for outlet, feeds in groupby(ordered, key=lambda source: source.outlet):
        folder = ET.SubElement(body, "outline", text=outlet)
        for source in feeds:
            ET.SubElement(
                folder,
                "outline",
                type="rss",
                text=TOPICS.get(source.category, source.category),
                xmlUrl=source.url,
                category=f"/{source.category}",
            )
    ET.indent(root)
    written = NOT_XML.sub("", ET.tostring(root, encoding="unicode"))
    return f"<?xml version='1.0' encoding='utf-8'?>\n{written}\n".encode()
