"""Convert HTML fragments, such as titles and descriptions in feeds and structured data, to plain text.

Whole pages are parsed (see `pages`); these fragments are short, often escaped twice, and not worth a parser.
"""

from __future__ import annotations

import html
import re

from summaries.model import PARAGRAPH_BREAK
from summaries.text.characters import strip_hidden

MAX_FRAGMENT_CHARS = 100_000

_HIDDEN = re.compile(r"<(script|style|iframe|noscript)\b[^>]{0,1000}>[^<]{0,20000}</\1\s*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|blockquote|table|tr|td|section|article|figure|figcaption|hr)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-z][a-z0-9:-]{0,30}(?:\s[^<>]{0,4000})?/?>", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*+\n")
# Python refuses to parse numbers of more than 4,300 digits, and no character has a number of eight.
_NO_CHARACTER = re.compile(r"&#(?:0*+\d{8,}+|x0*+[\da-f]{8,}+);?", re.IGNORECASE | re.ASCII)
_PARAGRAPH = "\x1e"  # separates paragraphs until the end; input cannot contain it


def strip_markup(fragment: str) -> str:
    """Return the fragment's text, with a blank line between paragraphs; text that looks like a tag ("x < 5") stays.

    Block elements and blank lines separate paragraphs; a single line break is a space, as in HTML. Invisible characters
    are removed.
    """
    text = fragment[:MAX_FRAGMENT_CHARS].replace(_PARAGRAPH, " ")
    for _ in range(2 if "<" in text or "&" in text else 0):  # some feeds escape twice
        text = _strip_comments(_HIDDEN.sub(" ", text))
        text = _TAG.sub("", _BLOCK.sub(_PARAGRAPH, text))
        unescaped = html.unescape(_NO_CHARACTER.sub("\ufffd", text) if "&#" in text else text)
        if unescaped == text:
            break
        text = unescaped.replace("\r\n", "\n")
    paragraphs = (" ".join(strip_hidden(part).split()) for part in _BLANK_LINE.sub(_PARAGRAPH, text).split(_PARAGRAPH))
    return PARAGRAPH_BREAK.join(part for part in paragraphs if part)


def _strip_comments(text: str) -> str:
    parts, start = [], 0
    while (opening := text.find("<!--", start)) >= 0:
        parts.append(text[start:opening])
        closing = text.find("-->", opening + len("<!--"))
        if closing < 0:
            return " ".join(parts)
        start = closing + len("-->")
    return " ".join([*parts, text[start:]]) if parts else text


def strip_markup_to_line(fragment: str) -> str:
    """Return the fragment's text on one line."""
    return " ".join(strip_markup(fragment).split())
