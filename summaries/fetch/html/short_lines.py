"""The short lines of a page, which contain dates and bylines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_LINE_CHARS = 100

_NO_TEXT = frozenset(("script", "style", "title", "option", "noscript", "textarea"))


@dataclass(frozen=True, slots=True)
class ShortLine:
    """One text between two tags, on one line, before or after the headline."""

    text: str
    is_after_headline: bool


def find_short_lines(tree: HtmlElement) -> list[ShortLine]:
    """Return every text of 3 to 100 characters between two tags, in document order."""
    lines: list[ShortLine] = []
    headline = next((tag for tag in ("h1", "h2", "h3") if tree.find(f".//{tag}") is not None), None)
    is_after_headline = False
    for element in tree.iter():
        tag = element.tag
        # An element's tail comes after its children, slightly later than listed here; precise enough for this use.
        texts = (element.tail,) if tag in _NO_TEXT or not isinstance(tag, str) else (element.text, element.tail)
        for text in texts:
            line = " ".join(text.split()) if text and 2 < len(text) < 500 else ""
            if 2 < len(line) <= MAX_LINE_CHARS:
                lines.append(ShortLine(line, is_after_headline))
        is_after_headline = is_after_headline or tag == headline
    return lines
