"""From the bytes of an HTML page to a tree, within bounds (pure)."""

from __future__ import annotations

import codecs
import re
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from lxml import etree, html

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.client.charsets import known_charset

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGE_BYTES = 5 * 1024 * 1024
# Real pages have a few thousand tags. What an unfriendly one may have decides how long it can keep a worker busy.
MAX_TAGS = 40_000
MAX_ATTRIBUTES = 1000

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+(?:[\"']\s*+)?([\w.:-]{1,40})", re.IGNORECASE)
LONG_TAG_CHARS = 5000
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
# Browsers read these as windows-1252 too, whatever a page says (WHATWG Encoding Standard).
_REALLY_WINDOWS_1252 = {"ascii", "iso8859-1", "latin-1"}
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufffd]")
_PUNCTUATION, _LETTERS = "windows-1252-punctuation", "windows-1252-letters"
# Control characters become spaces; U+FFFE and U+FFFF in UTF-8 too.
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_BAD_BYTES = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
# In C, and without the special classes for forms, which nothing here needs.
_ELEMENT_CLASSES = etree.ElementDefaultClassLookup(element=html.HtmlElement)


def decode_page(body: bytes, charset: str | None = None) -> str:
    """The page's text: UTF-8 if it is that, else by HTTP's charset, else by its own, else windows-1252.

    A page that claims UTF-8 may hold windows-1252, in pieces or throughout.
    """
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = _META_CHARSET.search(body[:4096])
        declared = known_charset(charset) or known_charset(found[1].decode("ascii") if found else None)
        # A page that is cut off or has one bad byte is UTF-8 all the same.
        if declared == "utf-8" or (declared is None and error.start > 10_000):
            return _nearly_utf_8(body)
    if declared is None or declared in _REALLY_WINDOWS_1252:
        declared = "windows-1252"
    return body.decode(declared, "replace")


def _nearly_utf_8(body: bytes) -> str:
    """UTF-8 in which a bad byte is read as windows-1252 where that is likelier than damage.

    Quotes and dashes of windows-1252 can't begin a character of UTF-8. Its letters can; they count where bad bytes
    outnumber what is surely UTF-8.
    """
    lenient = body.decode("utf-8", "replace")
    good = len(_BEYOND_ASCII.findall(lenient))
    return body.decode("utf-8", _LETTERS if lenient.count("\ufffd") > good else _PUNCTUATION)


def _as_windows_1252(error: UnicodeError, *, highest: int) -> tuple[str, int]:
    """Fulfils the codecs' protocol for errors: one bad byte up to `highest` is read, all else is lost."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    is_read = len(bad) == 1 and bad[0] <= highest
    return (bad.decode("windows-1252", "replace") if is_read else "\ufffd"), error.end


codecs.register_error(_PUNCTUATION, partial(_as_windows_1252, highest=0x9F))
codecs.register_error(_LETTERS, partial(_as_windows_1252, highest=0xFF))


def parse_page(text: str) -> html.HtmlElement:
    """The page as a tree, without comments.

    Raises:
        NothingToSummarize: there is no markup in it, or far more than any article has.
    """
    if text.count("<") > MAX_TAGS or any(map(_has_many_attributes, _long_tags(text))):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the page has more markup than any article")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    parser.set_element_class_lookup(_ELEMENT_CLASSES)
    body = text.encode("utf-8", "replace").translate(_BAD_BYTES)
    try:
        return html.document_fromstring(_NONCHARACTERS.sub(b" ", body), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NothingToSummarize(RefusalReason.EMPTY, "the page is empty") from error


def _long_tags(text: str) -> Iterator[str]:
    """The tags of more than `LONG_TAG_CHARS` characters, without their brackets."""
    for piece in text.split("<")[1:]:
        if len(piece) > LONG_TAG_CHARS:
            tag = piece.partition(">")[0]
            if len(tag) > LONG_TAG_CHARS and tag[0].isascii() and tag[0].isalpha():
                yield tag


def _has_many_attributes(tag: str) -> bool:
    """True for a tag of so many attributes that libxml2, which compares each with each, takes minutes for it.

    One long attribute is harmless: some sites put all of a page's data into one.
    """
    return len(_QUOTED.sub(" ", tag).split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES


def select(element: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """The elements that an XPath finds, in document order.

    `//@class[…]/..` takes a fifth of the time of `//*[… @class …]`.
    """
    found = _compiled(path)(element)
    return [node for node in found if isinstance(node, html.HtmlElement)] if isinstance(found, list) else []


@cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, regexp=False)


def tagged(element: html.HtmlElement, *tags: str) -> list[html.HtmlElement]:
    """The elements of these tags, the given one included, in document order; much faster than an XPath."""
    return [node for node in element.iter(*tags) if isinstance(node, html.HtmlElement)]


@contextmanager
def held(tree: html.HtmlElement) -> Iterator[None]:
    """Keep Python's side of all the tree's elements as long as this is open: lxml makes it anew for each look else."""
    elements = list(tree.iter())
    yield
    elements.clear()


def line_of(element: html.HtmlElement) -> str:
    """All text in the element, on one line."""
    text = element.text_content() if len(element) else element.text
    return " ".join(text.split()) if text else ""
