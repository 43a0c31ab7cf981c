"""From the bytes of an HTML page to a tree, within bounds (pure)."""

from __future__ import annotations

import re

from lxml import etree, html

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.charsets import known_charset

MAX_PAGE_BYTES = 5 * 1024 * 1024
# Real pages have a few thousand tags. What an unfriendly one may have decides how long it can keep a worker busy.
MAX_TAGS = 40_000
MAX_ATTRIBUTES = 1000

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{5000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
# Browsers read these as windows-1252 too, whatever a page says (WHATWG Encoding Standard).
_REALLY_WINDOWS_1252 = {"ascii", "iso8859-1", "latin-1"}
_BAD_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def decode_page(body: bytes, charset: str | None = None) -> str:
    """The page's text: UTF-8 if it is that, else by HTTP's charset, else by its own, else windows-1252."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = _META_CHARSET.search(body[:4096])
        declared = known_charset(charset) or known_charset(found[1].decode("ascii") if found else None)
        # A page that is cut off or has one bad byte is UTF-8 all the same.
        if declared == "utf-8" or (declared is None and error.start > 10_000):
            return body.decode("utf-8", "replace")
    if declared is None or declared in _REALLY_WINDOWS_1252:
        declared = "windows-1252"
    return body.decode(declared, "replace")


def parse_page(text: str) -> html.HtmlElement:
    """The page as a tree, without comments.

    Raises:
        NothingToSummarize: there is no markup in it, or far more than any article has.
    """
    if text.count("<") > MAX_TAGS or any(_has_many_attributes(tag[0]) for tag in _LONG_TAG.finditer(text)):
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the page has more markup than any article")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        return html.document_fromstring(_BAD_CHARACTERS.sub(" ", text).encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NothingToSummarize(RefusalReason.EMPTY, "the page is empty") from error


def _has_many_attributes(tag: str) -> bool:
    """True for a tag of so many attributes that libxml2, which compares each with each, takes minutes for it.

    One long attribute is harmless: some sites put all of a page's data into one.
    """
    return len(_QUOTED.sub(" ", tag).split(None, MAX_ATTRIBUTES)) > MAX_ATTRIBUTES


def select(element: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """The elements that an XPath finds, in document order."""
    found = element.xpath(path)
    return [node for node in found if isinstance(node, html.HtmlElement)] if isinstance(found, list) else []


def line_of(element: html.HtmlElement) -> str:
    """All text in the element, on one line."""
    return " ".join(element.text_content().split())
