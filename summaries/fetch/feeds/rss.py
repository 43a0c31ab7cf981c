"""Parse plain RSS 2.0 with lxml, as feedparser does but much faster.

Nearly all outlets publish well-formed RSS whose elements have no surprises. This reader accepts only documents that it
is certain to understand as feedparser would; all others are left to feedparser.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

import feedparser
from lxml import etree

from summaries.text.dates import parse_date

# Elements that feedparser handles, but whose values are not used.
_UNUSED = frozenset(("author", "dc_creator", "media_credit"))
# feedparser's names of elements and fields. A second element of the same name is unusual, except for terms and media.
_FIELDS = {
    "title": "title",
    "link": "link",
    "description": "summary",
    "guid": "id",
    "pubdate": "published",
    "dc_date": "updated",
    "content_encoded": "content",
    "source": "source",
    "feedburner_origlink": "feedburner_origlink",
}
_TERMS = frozenset(("category", "dc_subject"))
_MEDIA = {"enclosure": "enclosures", "media_content": "media_content", "media_thumbnail": "media_thumbnail"}
_ATTRIBUTES = {"guid": frozenset(("ispermalink",)), "source": frozenset(("url",)), "category": frozenset(("domain",))}
# feedparser stores elements that it does not know under their names. These are names or aliases of fields in use.
_TAKEN = frozenset((*feedparser.FeedParserDict.keymap, *_FIELDS.values(), *_MEDIA.values(), "created", "tags", "links"))
_PARSER = feedparser.mixin._FeedParserMixin  # noqa: SLF001 - only names: methods are "_start_title", "_end_title"
_HANDLED = frozenset(name.split("_", 2)[2] for name in dir(_PARSER) if name.startswith(("_start_", "_end_")))
_PREFIXES = {uri.lower(): prefix for uri, prefix in _PARSER.namespaces.items()}
_USERLAND = "backend.userland.com/rss"
_IN_IMAGE = frozenset(("url", "title", "link", "width", "height", "description"))
# feedparser maps these to the characters of windows-1252.
_CONTROLS = re.compile("[\x80-\x9f]")
_MANY_SLASHES = re.compile("^([A-Za-z][A-Za-z0-9+-.]*://)/*")
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")


class _Unusual(ValueError):
    """The document has something that only feedparser understands."""


def parse_rss(text: str, *, url: str) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the title and the entries of the RSS 2.0 document from `url`, with the fields that feedparser gives them.

    None if feedparser might read the document differently.
    """
    if not url.startswith(("http://", "https://")) or "<!DOCTYPE" in text:
        return None
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser=parser)
        if root.tag != "rss" or not root.get("version", "").startswith("2.") or not _is_plain(root):
            return None
        (channel,) = root
        return _read_channel(channel, url)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _read_channel(channel: etree._Element, url: str) -> tuple[str, list[dict[str, Any]]]:
    if channel.tag != "channel" or channel.attrib:
        raise _Unusual
    titles: list[str] = []
    entries: list[dict[str, Any]] = []
    for child in channel:
        name = _get_name(child)
        if child.tag == "item":
            entries.append(_read_item(child, url))
        elif name == "image":
            # Its own title must not be taken for the channel's.
            if not titles or not all(part.tag in _IN_IMAGE and not len(part) for part in child):
                raise _Unusual
        elif len(child) or not _is_plain(child) or name in ("item", "entry"):
            raise _Unusual
        elif name == "title" and not (child.attrib or titles or entries):
            titles.append(_read_text(child))
        elif name.endswith("title"):
            raise _Unusual
    if not titles:
        raise _Unusual
    return titles[0], entries


def _read_item(item: etree._Element, url: str) -> dict[str, Any]:
    """Return the fields of the entry that are used, under feedparser's names."""
    entry: dict[str, Any] = {}
    is_link = False
    if item.attrib:
        raise _Unusual
    for child in item:
        name = _get_name(child)
        if len(child) or not _is_plain(child):
            raise _Unusual
        if name in _MEDIA:
            entry.setdefault(_MEDIA[name], []).append(_read_media(child))
        elif name in _TERMS:
            _read_attributes(child, name)
            entry.setdefault("tags", []).append({"term": _read_text(child)})
        elif name in _FIELDS:
            if _FIELDS[name] in entry:
                raise _Unusual
            attributes = _read_attributes(child, name)
            is_link = is_link or (name == "guid" and attributes.get("ispermalink", "true") == "true")
            entry[_FIELDS[name]] = _read_field(name, _read_text(child), url, is_link=is_link)
        elif name not in _UNUSED and (name in _TAKEN or name in _HANDLED):
            raise _Unusual
    if is_link:
        entry.setdefault("link", entry["id"])
    return entry


def _read_field(name: str, text: str, url: str, *, is_link: bool) -> object:
    if name == "link":
        return _REFERENCE.sub(r"&\1", _join(url, text).replace("&amp;", "&")) if text else text
    if name == "guid":
        return _join(url, text) if text and is_link else text
    if name in ("pubdate", "dc_date") and parse_date(text) is None:
        raise _Unusual
    if name == "content_encoded":
        return [{"value": text}]
    return {"title": text} if name == "source" else text


def _read_attributes(element: etree._Element, name: str) -> dict[str, str]:
    """Return the attributes of an element of that name."""
    attributes = {str(key).lower(): str(value) for key, value in element.attrib.items()}
    if attributes.keys() - _ATTRIBUTES.get(name, frozenset()):
        raise _Unusual
    return attributes


def _get_name(element: etree._Element) -> str:
    """Return the name by which feedparser handles the element."""
    name = etree.QName(element)
    namespace = (name.namespace or "").lower()
    if _USERLAND in namespace:
        raise _Unusual
    prefix = _PREFIXES.get(namespace, element.prefix)
    return (f"{prefix}_{name.localname}" if prefix else name.localname).lower()


def _is_plain(element: etree._Element) -> bool:
    """Return whether the element does not change the base address of links."""
    return not any(str(name).lower().endswith("base") for name in element.attrib)


def _read_text(element: etree._Element) -> str:
    text = (element.text or "").strip()
    if text.isascii():
        return text
    # feedparser repairs UTF-8 that was encoded twice.
    try:
        text.encode("iso-8859-1").decode()
    except UnicodeError:
        if _CONTROLS.search(text) is None:
            return text
    raise _Unusual


def _read_media(element: etree._Element) -> dict[str, str]:
    if element.text and element.text.strip():
        raise _Unusual
    media = {str(name).lower(): str(value) for name, value in element.attrib.items()}
    if "uri" in media:
        raise _Unusual
    return media | {"type": media["type"].lower()} if "type" in media else media


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, _MANY_SLASHES.sub(r"\1", address))
    except ValueError:
        return ""
