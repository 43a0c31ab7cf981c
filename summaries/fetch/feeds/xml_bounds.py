"""Check in one linear pass that an XML document is safe to parse.

feedparser keeps the text of all open elements on a stack and joins it again for each parent, so nesting takes quadratic
memory: 103 KB of opening tags used 321 MB. Documents that nest or repeat more than any real feed are refused.
"""

from __future__ import annotations

MAX_DEPTH = 100
MAX_TAGS = 50_000
MAX_ENTITIES = 300_000
MAX_TAG_BYTES = 100_000

# Markup inside these is ignored; each has its own end mark.
_OPAQUE = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
_HTML_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr p li td tr".split())


def find_excess(document: bytes) -> str | None:
    """Return how the document exceeds the limits on tags and depth, or None if it is safe to parse.

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
        if opaque := _find_opaque(document, at):
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
        at = document.find(b"<", end)
    return None


def _find_opaque(document: bytes, at: int) -> tuple[bytes, bytes] | None:
    """Return the delimiters of the opaque section that starts here, if any."""
    return next((marks for marks in _OPAQUE if document.startswith(marks[0], at)), None)


def _measure_step(document: bytes, at: int, end: int) -> int:
    """Return by how much one tag changes the depth."""
    if document.startswith((b"</", b"<!"), at):
        return -1 if document[at + 1] == 0x2F else 0
    if document.startswith(b"/>", end - 2):
        return 0
    name = document[at + 1 : min(end - 1, at + 20)].split(None, 1)
    # Unescaped HTML in a feed does not close all its tags.
    return 0 if name and name[0].lower() in _HTML_VOID and name[0] != b"link" else 1
