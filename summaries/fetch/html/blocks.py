"""Split a page's text into blocks (lines between block boundaries, with their words in links) and short lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

# Elements that browsers show on lines of their own.
BLOCK_TAGS = frozenset(
    (
        "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "tr", "td", "th",
        "section", "article", "main", "header", "figure", "pre", "hr", "dl", "dt", "dd", "body", "address", "aside",
        "caption", "center", "details", "dialog", "fieldset", "figcaption", "footer", "form", "hgroup", "legend",
        "menu", "nav", "summary",
    )
)  # fmt: skip
# Elements that group lines: the paragraphs of an article share one, or their groups do.
_CONTAINERS = frozenset(("div", "section", "article", "main", "td", "body", "form", "header", "center"))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Ends like a sentence, optionally followed by the reporter's initials.
_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*(?:\s*(?:\([^()]{1,60}\)|\[[\w/.,& -]{1,40}\]))?\s*$")

_FULL_STOP = re.compile(r"[.!?][\"'”’»)\]]*\s*$")
_TEASER_ENDS = ("...", "…", "[…]", "[...]")
_PROSE_WORDS, _LONG_WORDS = 7, 25
HEADLINE_WORDS = 4
_MIN_CARDS = 3


@dataclass(frozen=True, slots=True)
class Block:
    """One line of text. `tag` is the innermost block element; `link_words` counts the words inside links.

    `containers` are numbers of the elements that group lines, outermost first. `is_card` marks the opening of another
    article in a list (see `mark_cards`).
    """

    text: str
    tag: str
    words: int
    link_words: int
    containers: tuple[int, ...] = ()
    is_card: bool = False

    @property
    def homes(self) -> frozenset[int]:
        """The containers that hold this line and its siblings; two if the line's own element may be one of them."""
        return frozenset(self.containers[-2:] if self.tag in _CONTAINERS else self.containers[-1:])

    @property
    def kin(self) -> frozenset[int]:
        """The containers that hold this line, its siblings and the groups beside them, but not the whole page."""
        return self.homes.union(self.containers[1:][-4 if self.tag in _CONTAINERS else -3 :])

    @property
    def is_linked(self) -> bool:
        """Whether the block is a link, rather than contains one."""
        return self.link_words >= 0.7 * self.words

    @property
    def is_heading(self) -> bool:
        return self.tag in HEADINGS

    @property
    def is_teaser(self) -> bool:
        """Whether the text is or breaks off like a teaser in a list of articles."""
        return self.is_card or self.text.endswith(_TEASER_ENDS)

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


def mark_cards(blocks: Sequence[Block]) -> list[Block]:
    """Mark the only paragraphs of containers in which a linked headline precedes them, if the page has several."""
    prose = Counter(block.containers[-1:] for block in blocks if block.is_prose)
    headed: set[tuple[int, ...]] = set()
    cards = set()
    for i, block in enumerate(blocks):
        home = block.containers[-1:]
        if block.is_linked and block.words >= HEADLINE_WORDS:
            headed.add(home)
        elif block.is_prose and home in headed and prose[home] == 1:
            cards.add(i)
    if len(cards) < _MIN_CARDS:
        return list(blocks)
    return [replace(block, is_card=True) if i in cards else block for i, block in enumerate(blocks)]


# The innermost block element around a text, and the numbers of the containers around it.
_Place = tuple[str, tuple[int, ...]]


def read_blocks(element: HtmlElement) -> list[Block]:
    """Return the blocks in the element, in document order; empty ones are omitted."""
    blocks: list[Block] = []
    texts: list[str] = []
    linked: list[str] = []
    for (tag, containers), text, in_link in _walk(element):
        if text is None:
            if line := " ".join("".join(texts).split()):
                blocks.append(Block(line, tag, len(line.split()), len(" ".join(linked).split()), containers))
            texts, linked = [], []
        else:
            texts.append(text)
            if in_link:
                linked.append(text)
    return blocks


def _walk(root: HtmlElement) -> Iterator[tuple[_Place, str | None, bool]]:
    """Yield the text's place, the text (None at a boundary) and whether it is in a link; without recursion."""
    outside: _Place = ("body", ())
    left: list[tuple[HtmlElement | None, _Place, str | None, bool]] = [(root, outside, None, False)]
    number = 0
    while left:
        node, place, text, in_link = left.pop()
        if node is None:
            yield place, text, in_link
            continue
        if not isinstance(node.tag, str):
            continue
        inner = place
        inner_link = in_link or node.tag == "a"
        if node.tag in BLOCK_TAGS:
            yield place, None, in_link
            if node.tag != "br":
                number += 1
                inner = (node.tag, (*place[1], number) if node.tag in _CONTAINERS else place[1])
            left.append((None, inner, None, in_link))
        for child in reversed(node):
            if child.tail:
                left.append((None, inner, child.tail, inner_link))
            left.append((child, inner, None, inner_link))
        if node.text or node.tag == "img":
            left.append((None, inner, node.text or " ", inner_link))
    yield outside, None, False


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
