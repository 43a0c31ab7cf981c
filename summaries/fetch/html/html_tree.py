"""Parse the bytes of an HTML page into a tree, within limits."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial

from lxml import etree, html

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.client.decoding import resolve_charset

MAX_PAGE_BYTES = 5 * 1024 * 1024
# Real pages have a few thousand tags. The limit bounds how long a hostile page can occupy a worker.
MAX_TAGS = 40_000
# Many checks run once per ancestor. Real pages nest about 25 deep; a page with few tags may nest deeper.
MAX_DEPTH = 100
FEW_TAGS = 5_000
MAX_ATTRIBUTES = 1000

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+(?:[\"']\s*+)?([\w.:-]{1,40})", re.IGNORECASE)
LONG_TAG_CHARS = 5000
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
# Browsers also decode these as windows-1252, regardless of the declaration (WHATWG Encoding Standard).
_REALLY_WINDOWS_1252 = {"ascii", "iso8859-1", "latin-1"}
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufffd]")
_PUNCTUATION, _LETTERS = "windows-1252-punctuation", "windows-1252-letters"
# Control characters become spaces; in UTF-8, also U+FFFE and U+FFFF.
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32), 127))
_BAD_BYTES = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]")
# Implemented in C, and without the special classes for forms, which are not needed.
_ELEMENT_CLASSES = etree.ElementDefaultClassLookup(element=html.HtmlElement)


def decode_page(body: bytes, charset: str | None = None) -> str:
    """Decode the page: as UTF-8 if valid, else by HTTP's charset, else by its own, else as windows-1252.

    A page that declares UTF-8 may contain windows-1252, in places or throughout.
    """
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = _META_CHARSET.search(body[:4096])
        declared = resolve_charset(charset) or resolve_charset(found[1].decode("ascii") if found else None)
        # A page that is truncated or has one invalid byte is still UTF-8.
        if declared == "utf-8" or (declared is None and error.start > 10_000):
            return _decode_mixed(body)
    if declared is None or declared in _REALLY_WINDOWS_1252:
        declared = "windows-1252"
    return body.decode(declared, "replace")


def _decode_mixed(body: bytes) -> str:
    """Decode UTF-8, reading an invalid byte as windows-1252 where that is likelier than damage.

    Quotes and dashes of windows-1252 cannot start a UTF-8 character. Its letters can; they are read only if invalid
    bytes outnumber valid sequences.
    """
    lenient = body.decode("utf-8", "replace")
    good = len(_BEYOND_ASCII.findall(lenient))
    return body.decode("utf-8", _LETTERS if lenient.count("\ufffd") > good else _PUNCTUATION)


def _decode_byte(error: UnicodeError, *, highest: int) -> tuple[str, int]:
    """Codec error handler: decode one invalid byte up to `highest` as windows-1252, and replace everything else."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    is_read = len(bad) == 1 and bad[0] <= highest
    return (bad.decode("windows-1252", "replace") if is_read else "\ufffd"), error.end


codecs.register_error(_PUNCTUATION, partial(_decode_byte, highest=0x9F))
codecs.register_error(_LETTERS, partial(_decode_byte, highest=0xFF))


def parse_page(text: str) -> html.HtmlElement:
    """Parse the page without comments. Raises NothingToSummarize if it has no markup, or far too much."""
    tags = text.count("<")
    if tags > MAX_TAGS or any(map(_has_many_attributes, _find_long_tags(text))):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the page has more markup than any article")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    parser.set_element_class_lookup(_ELEMENT_CLASSES)
    body = text.encode("utf-8", "replace").translate(_BAD_BYTES)
    try:
        tree = html.document_fromstring(_NONCHARACTERS.sub(b" ", body), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NothingToSummarize(RefusalReason.EMPTY, "the page is empty") from error
    if tags > FEW_TAGS and select(tree, "/*" * (MAX_DEPTH + 1)):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, f"elements are nested more than {MAX_DEPTH} deep")
    return tree


def _find_long_tags(text: str) -> Iterator[str]:
    """Yield the tags longer than `LONG_TAG_CHARS`, without their brackets."""
    for piece in text.split("<")[1:]:
        if len(piece) > LONG_TAG_CHARS:
            tag = piece.partition(">")[0]
            if len(tag) > LONG_TAG_CHARS and tag[0].isascii() and tag[0].isalpha():
                yield tag


def _has_many_attributes(tag: str) -> bool:
    """Return whether libxml2, which compares each attribute with each, would take minutes for the tag.

    One long attribute is harmless: some sites put all of a page's data into one.
    """
    return len(_QUOTED.sub(" ", tag).split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES


def select(element: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """Return the elements that an XPath finds, in document order.

    `//@class[…]/..` takes a fifth of the time of `//*[… @class …]`.
    """
    found = _compile_xpath(path)(element)
    return [node for node in found if isinstance(node, html.HtmlElement)] if isinstance(found, list) else []


@cache
def _compile_xpath(path: str) -> etree.XPath:
    return etree.XPath(path, regexp=False)


def find_tags(element: html.HtmlElement, *tags: str) -> list[html.HtmlElement]:
    """Return the elements with these tags, including `element`, in document order; much faster than XPath."""
    return [node for node in element.iter(*tags) if isinstance(node, html.HtmlElement)]


@contextmanager
def keep_alive(tree: html.HtmlElement) -> Iterator[None]:
    """Keep Python's proxies of all elements alive in the context; otherwise lxml recreates them on each access."""
    elements = list(tree.iter())
    yield
    elements.clear()


def read_line(element: html.HtmlElement) -> str:
    """Return all text in the element, on one line."""
    text = element.text_content() if len(element) else element.text
    return " ".join(text.split()) if text else ""
