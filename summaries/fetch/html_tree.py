"""From the bytes of an HTML page to a tree, within bounds (pure)."""

from __future__ import annotations

import codecs
import re
from functools import partial

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
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f\ufffd]")
_PUNCTUATION, _LETTERS = "windows-1252-punctuation", "windows-1252-letters"
_BAD_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


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
