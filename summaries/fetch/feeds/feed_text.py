"""Decode the bytes of a feed into text that every parser accepts, and check that it is safe to parse.

The charset is decided here, so that no markup hides in a charset that a parser knows and the earlier checks do not. An
invalid byte or character is replaced in place; a parser would decode the whole document in another charset, or stop.
"""

from __future__ import annotations

import codecs
import re
import sys

from summaries.errors import PermanentFetchError
from summaries.fetch.client.decoding import resolve_charset
from summaries.fetch.html.html_tree import decode_page
from summaries.text.characters import REPLACEMENT
from summaries.text.lazy_patterns import lazy_regex

# UTF-32 first, because its marks start with those of UTF-16.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKS_AND_BLANKS = codecs.BOM_UTF8 + codecs.BOM_UTF16_LE + b" \t\r\n"
_LOOKED_AT_BYTES = 200
_DECLARED_CHARSET = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_DECLARATIONS = lazy_regex(r"(?:<\?xml\s[^>]{0,200}\?>\s*)+")
NOT_XML = lazy_regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:([0-9]++)|[xX]([0-9a-fA-F]++));?")
_REFERENCES = lazy_regex(rf"(?:{_REFERENCE.pattern})+")
# Longer numbers are beyond Unicode, and very long ones take Python minutes to parse.
_MAX_DIGITS = 7


def decode_feed(body: bytes, charset: str | None, *, url: str) -> str:
    """Return the document's text, starting at its first tag or brace, without an XML declaration.

    UTF-8 is tried first, then the charset declared by HTTP, then the document's own. Characters and references that XML
    forbids are replaced.

    Raises:
        PermanentFetchError: it is UTF-16 without a byte order mark.
    """
    text = _decode(body, charset, url).lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return text
    text = text[max(0, text.find("<")) :]
    if declarations := _DECLARATIONS.match(text):
        text = text[declarations.end() :]
    return _REFERENCES.sub(_replace_references, NOT_XML.sub(lambda bad: _choose_replacement(ord(bad[0])), text))


def _decode(body: bytes, charset: str | None, url: str) -> str:
    for mark, encoding in _WIDE_MARKS:
        if body.startswith(mark):
            if _is_wide(body[len(mark) :]):
                return body.decode(encoding, "replace")
            body = body[len(mark) :]
            break
    if _is_wide(body):
        raise PermanentFetchError(f"{url} is in a character set that is not read")
    body = body.lstrip(_MARKS_AND_BLANKS)
    declared = _DECLARED_CHARSET.match(body)
    own = resolve_charset(declared[1].decode("ascii")) if declared else None
    return decode_page(body, resolve_charset(charset) or own or "utf-8")


def _is_wide(body: bytes) -> bool:
    """Return whether many bytes are zero, as in markup in UTF-16; a damaged document may have a few."""
    start = body[:_LOOKED_AT_BYTES]
    return start.count(0) * 4 > len(start)


def _replace_references(references: re.Match[str]) -> str:
    """Join surrogate pairs among consecutive references, and replace other references that XML forbids."""
    parts: list[str] = []
    high = 0
    for reference in _REFERENCE.finditer(references[0]):
        number = _parse_reference(*reference.groups(default=""))
        if high and 0xDC00 <= number <= 0xDFFF:
            parts[-1], high = chr(0x10000 + ((high - 0xD800) << 10) + number - 0xDC00), 0
            continue
        high = number if 0xD800 <= number <= 0xDBFF else 0
        is_allowed = 0 <= number <= sys.maxunicode and NOT_XML.match(chr(number)) is None
        parts.append(reference[0] if is_allowed else _choose_replacement(number))
    return "".join(parts)


def _choose_replacement(number: int) -> str:
    return " " if 0 <= number < 0x20 else REPLACEMENT


def _parse_reference(decimal: str, hexadecimal: str) -> int:
    digits = (decimal or hexadecimal).lstrip("0")
    return int(digits or "0", 10 if decimal else 16) if len(digits) <= _MAX_DIGITS else -1


# feedparser keeps the text of all open elements on a stack and joins it again for each parent, so nesting takes
# quadratic memory: 103 KB of opening tags used 321 MB. Real feeds nest and repeat much less than this.
MAX_DEPTH = 100
MAX_TAGS = 50_000
MAX_ENTITIES = 300_000
MAX_TAG_BYTES = 100_000
# feedparser takes quadratic time: two seconds for a tag with 12,000 attributes. Real tags have at most thirty, and
# addresses in them contain a few more of the counted signs.
MAX_ATTRIBUTES = 100

# Markup inside these is ignored; each has its own end mark.
_OPAQUE = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
# A tag with the brackets in its attributes.
_TAG = re.compile(rb"""<[^<>"']*+(?:"[^<"]*+"[^<>"']*+|'[^<']*+'[^<>"']*+)*+>""")
_HTML_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr p li td tr".split())


def find_excess(document: bytes) -> str | None:
    """Return how the document exceeds the limits on tags and depth, or None if it is safe to parse; in linear time.

    A section left open because the document was truncated is no excess. Parsers may look for tags in it, so its tags
    count.
    """
    if document.count(b"&") > MAX_ENTITIES:
        return f"more than {MAX_ENTITIES} entities"
    depth = tags = 0
    endless: set[bytes] = set()
    at = document.find(b"<")
    while at >= 0:
        tags += 1
        if tags > MAX_TAGS:
            return f"more than {MAX_TAGS} tags"
        if opaque := next((marks for marks in _OPAQUE if document.startswith(marks[0], at)), None):
            opening, closing = opaque
            end = -1 if closing in endless else document.find(closing, at + len(opening))
            if end < 0:
                endless.add(closing)
            at = document.find(b"<", at + len(opening) if end < 0 else end + len(closing))
            continue
        end = document.find(b">", at, at + MAX_TAG_BYTES) + 1
        if not end:
            return None if len(document) - at < MAX_TAG_BYTES else "a tag does not end"
        depth += _measure_step(document, at, end)
        if depth > MAX_DEPTH:
            return f"elements are nested more than {MAX_DEPTH} deep"
        start, at = at, document.find(b"<", end)
        if document.count(b"=", start, at if at >= 0 else len(document)) > MAX_ATTRIBUTES:
            whole = _TAG.match(document, start)
            if document.count(b"=", start, whole.end() if whole else end) > MAX_ATTRIBUTES:
                return f"a tag has more than {MAX_ATTRIBUTES} attributes"
    return None


def _measure_step(document: bytes, at: int, end: int) -> int:
    """Return by how much one tag changes the depth."""
    if document.startswith((b"</", b"<!"), at):
        return -1 if document[at + 1] == 0x2F else 0
    if document.startswith(b"/>", end - 2):
        return 0
    name = document[at + 1 : min(end - 1, at + 20)].split(None, 1)
    # Unescaped HTML in a feed does not close all its tags.
    return 0 if name and name[0].lower() in _HTML_VOID and name[0] != b"link" else 1
