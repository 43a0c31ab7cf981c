"""Lines of a page that name its article's reporters (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.fetch.blocks import read_blocks
from summaries.fetch.html_tree import line_of, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from summaries.fetch.blocks import Block

_LABEL = r"(?:penulis|pewarta|reporter|oleh|by|laporan|wartawan|jurnalis|author|written\sby|rep)"
_LABELLED = re.compile(rf"{_LABEL}\b\s?[:/|]?\s?(?=(?-i:[A-Z])).{{3,90}}", re.IGNORECASE)
_LABEL_ALONE = re.compile(rf"{_LABEL}\s?:?", re.IGNORECASE)
# A date, or the editor, may stand behind the name on the same line.
_BEHIND_NAME = re.compile(
    r"\s*(?:\bon\s?\d|\d{1,2}[/:.\s]|\beditor\b|\bpublished\b|\bditerbitkan\b|\bpada\b).*$", re.IGNORECASE
)
_MARKED = (
    "//*[@itemprop='author' or @rel='author' or contains(@class, 'author') or contains(@class, 'penulis')"
    " or contains(@class, 'reporter') or contains(@class, 'byline') or @id='penulis']"
)
# Pictures have their authors too.
_OF_A_PICTURE = (
    "ancestor-or-self::*[self::figure or contains(@class, 'photo') or contains(@class, 'foto')"
    " or contains(@class, 'caption') or contains(@class, 'image')]"
)
_BLOCKS_BEHIND_HEADLINE, _MAX_WORDS, _MAX_CHARS = 400, 12, 100


def find_labelled(tree: HtmlElement) -> list[str]:
    """Lines behind the headline that begin with a reporter's label ("Pewarta: …"), the first kind of line only."""
    blocks = _behind_headline(read_blocks(tree))
    for number, block in enumerate(blocks):
        if block.words > _MAX_WORDS or len(block.text) > _MAX_CHARS:
            continue
        if _LABELLED.fullmatch(block.text):
            return [_BEHIND_NAME.sub("", block.text)]
        if _LABEL_ALONE.fullmatch(block.text) and number + 1 < len(blocks) and blocks[number + 1].words <= _MAX_WORDS:
            return [blocks[number + 1].text.lstrip(": ")]
    return []


def find_marked(tree: HtmlElement) -> list[str]:
    """Short lines in elements that the page calls its author's, in document order."""
    lines = (line_of(element) for element in select(tree, _MARKED)[:10] if not select(element, _OF_A_PICTURE))
    return [_BEHIND_NAME.sub("", line) for line in lines if 2 < len(line) <= _MAX_CHARS]


def _behind_headline(blocks: Sequence[Block]) -> Sequence[Block]:
    start = next((number for number, block in enumerate(blocks) if block.tag == "h1"), 0)
    return blocks[start : start + _BLOCKS_BEHIND_HEADLINE]
