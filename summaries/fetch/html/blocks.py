"""Split a page's text into blocks (lines between block boundaries, with their words in links) and short lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

_BOUNDARIES = frozenset(
    (
        "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "tr", "td", "th",
        "section", "article", "main", "header", "figure", "pre", "hr", "dl", "dt", "dd", "body",
    )
)  # fmt: skip
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Ends like a sentence, optionally followed by the reporter's initials.
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*(?:\s*(?:\([^()]{1,60}\)|\[[\w/.,& -]{1,40}\]))?\s*$")

_FULL_STOP = re.compile(r"[.!?][\"'”’»)\]]*\s*$")
_TEASER_ENDS = ("...", "…", "[…]", "[...]")
_PROSE_WORDS, _LONG_WORDS = 7, 25


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text. `tag` is the innermost block element; `link_words` counts the words inside links."""

    text: str
    tag: str
    words: int
    link_words: int

    @property
    def is_linked(self) -> bool:
        """Whether the block is a link, rather than contains one."""
        return self.link_words >= 0.7 * self.words

    @property
    def is_heading(self) -> bool:
        return self.tag in _HEADINGS

    @property
    def is_teaser(self) -> bool:
        """Whether the text breaks off, like the teasers in lists of articles."""
        return self.text.endswith(_TEASER_ENDS)

    @property
    def is_sentence(self) -> bool:
        """Whether the block ends like a sentence, however short, and is not in capitals."""
        ends = _FULL_STOP.search(self.text) is not None
        return ends and self.words >= 3 and not (self.is_linked or self.is_heading or self.text.isupper())

    @property
    def is_prose(self) -> bool:
        """Whether the block reads as running text: a sentence rather than a label, a heading or a link."""
        if self.is_linked or self.is_heading or self.words < _PROSE_WORDS:
            return False
        return self.words >= _LONG_WORDS or _SENTENCE_END.search(self.text) is not None


def read_blocks(element: HtmlElement) -> list[Block]:
    """Return the blocks in the element, in document order; empty ones are omitted."""
    blocks: list[Block] = []
    texts: list[str] = []
    linked: list[str] = []
    for tag, text, in_link in _walk(element):
        if text is None:
            if line := " ".join("".join(texts).split()):
                blocks.append(Block(line, tag, len(line.split()), len(" ".join(linked).split())))
            texts, linked = [], []
        else:
            texts.append(text)
            if in_link:
                linked.append(text)
    return blocks


def _walk(root: HtmlElement) -> Iterator[tuple[str, str | None, bool]]:
    """Yield the block's tag, text (None at a boundary) and whether it is in a link; without recursion."""
    left: list[tuple[HtmlElement | None, str, str | None, bool]] = [(root, "body", None, False)]
    while left:
        node, tag, text, in_link = left.pop()
        if node is None:
            yield tag, text, in_link
            continue
        if not isinstance(node.tag, str):
            continue
        is_block = node.tag in _BOUNDARIES
        inner_tag = node.tag if is_block and node.tag != "br" else tag
        inner_link = in_link or node.tag == "a"
        if is_block:
            yield tag, None, in_link
            left.append((None, inner_tag, None, in_link))
        for child in reversed(node):
            if child.tail:
                left.append((None, inner_tag, child.tail, inner_link))
            left.append((child, inner_tag, None, inner_link))
        if node.text:
            left.append((None, inner_tag, node.text, inner_link))
    yield "body", None, False


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
