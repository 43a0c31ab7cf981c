"""Is an XML document safe to hand to a parser that trusts it? One linear look, before anything is built (pure).

feedparser keeps every open element's text on a stack and joins it again for each parent, so that nesting costs memory
by its square: 103 KB of nothing but opening tags made it use 321 MB. A document that nests or repeats beyond what any
real feed does is refused here.
"""

from __future__ import annotations

MAX_DEPTH = 100
MAX_TAGS = 50_000
MAX_ENTITIES = 300_000
MAX_TAG_BYTES = 100_000

# Inside these, markup does not count; each ends at its own mark.
_OPAQUE = ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->"), (b"<?", b"?>"))
_HTML_VOID = frozenset(b"area base br col embed hr img input link meta param source track wbr p li td tr".split())


def find_excess(document: bytes) -> str | None:
    """What is wrong with the document's size in tags and depth, or None when it is safe to parse.

    What does not end because the document was cut off is no excess. Parsers may look for tags in it, and so the tags in
    it count.
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
        if opaque := _opaque_at(document, at):
            opening, closing = opaque
            end = -1 if closing in endless else document.find(closing, at + len(opening))
            if end < 0:
                endless.add(closing)
            at = document.find(b"<", at + len(opening) if end < 0 else end + len(closing))
            continue
        end = document.find(b">", at, at + MAX_TAG_BYTES) + 1
        if not end:
            return None if len(document) - at < MAX_TAG_BYTES else "a tag does not end"
        depth += _step(document, at, end)
        if depth > MAX_DEPTH:
            return f"elements are nested more than {MAX_DEPTH} deep"
        at = document.find(b"<", end)
    return None


def _opaque_at(document: bytes, at: int) -> tuple[bytes, bytes] | None:
    """The marks of the opaque part that begins here, if one does."""
    return next((marks for marks in _OPAQUE if document.startswith(marks[0], at)), None)


def _step(document: bytes, at: int, end: int) -> int:
    """How one tag changes the depth."""
    if document.startswith((b"</", b"<!"), at):
        return -1 if document[at + 1] == 0x2F else 0
    if document.startswith(b"/>", end - 2):
        return 0
    name = document[at + 1 : min(end - 1, at + 20)].split(None, 1)
    # HTML that stands unescaped in a feed does not close all its tags.
    return 0 if name and name[0].lower() in _HTML_VOID and name[0] != b"link" else 1
