"""The running text of an article page: which part of the page, then which of its blocks (pure)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import readability
from lxml import html

from summaries.fetch.blocks import Block, read_blocks
from summaries.fetch.dates import parse_date
from summaries.fetch.furniture import without_furniture
from summaries.fetch.html_tree import select
from summaries.model import PARAGRAPH_BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

_WORD = re.compile(r"\w+")
_MARK = re.compile(r"\([\w/.,& -]{2,40}\)")
_MAX_HEAD_BLOCKS = 12
# How much more running text another part of the page must hold before it is preferred to readability's choice.
_PREFERRED = 1.25
_COVERED = 0.85


def extract_blocks(tree: HtmlElement) -> list[Block]:
    """The blocks of the part of the page that holds the article, links and headings among them."""
    bare = without_furniture(tree)
    candidates = [_by_readability(bare)]
    candidates += [read_blocks(element) for element in select(bare, "//*[@itemprop='articleBody']")[:1]]
    candidates += [read_blocks(element) for element in _by_coverage(bare)]
    best = candidates[0]
    for other in candidates[1:]:
        if _worth(other) > _PREFERRED * _worth(best):
            best = other
    return best


def _by_readability(bare: HtmlElement) -> list[Block]:
    try:
        chosen = readability.Document(html.tostring(bare, encoding="unicode")).summary(html_partial=True)
        return read_blocks(html.fromstring(chosen))
    except (readability.readability.Unparseable, ValueError):
        return []


def _by_coverage(bare: HtmlElement) -> list[HtmlElement]:
    """The innermost element that holds nearly all of the page's running text."""
    prose: Counter[HtmlElement] = Counter()
    total = 0
    for paragraph in select(bare, "//p|//div[not(*)]|//div[br]"):
        words = sum(block.words for block in read_blocks(paragraph) if block.is_prose)
        if words and not select(paragraph, ".//p|.//div"):
            total += words
            for ancestor in [paragraph, *paragraph.iterancestors()]:
                prose[ancestor] += words
    covering = [element for element, words in prose.items() if words >= _COVERED * total]
    return covering[:1] and [max(covering, key=lambda element: sum(1 for _ in element.iterancestors()))]


def _worth(blocks: Sequence[Block]) -> float:
    """Words of running text, less what stands among it that is none."""
    return sum(block.words if block.is_prose else -0.5 * block.words for block in blocks)


def choose_paragraphs(blocks: Sequence[Block], *, title: str, description: str = "") -> str:
    """The article's paragraphs out of the blocks, separated by a blank line.

    Links that stand alone, repetitions, and what is no running text before the first and behind the last paragraph go.
    Dateline, captions, inline furniture and the reporter's initials stay; `text.cleaning` knows them.
    """
    kept: list[Block] = []
    seen = {_squeeze(title)} - {""}
    lead = _squeeze(description)
    for block in blocks:
        squeezed = _squeeze(block.text)
        is_repeated = squeezed in seen or (bool(kept) and squeezed == lead)
        if (block.is_linked and block.words < 60) or is_repeated:
            continue
        if block.words > 4:
            seen.add(squeezed)
        kept.append(block)
    return PARAGRAPH_BREAK.join(block.text for block in _without_tail(_without_head(kept)))


def _without_head(blocks: list[Block]) -> list[Block]:
    first = next((i for i, block in enumerate(blocks[:_MAX_HEAD_BLOCKS]) if block.is_prose and not _is_dated(block)), 0)
    return blocks[first:]


def _is_dated(block: Block) -> bool:
    return block.words <= 12 and parse_date(block.text) is not None


def _without_tail(blocks: list[Block]) -> list[Block]:
    end = len(blocks)
    while end > 1:
        block = blocks[end - 1]
        is_item = block.tag == "li" and not block.link_words
        if block.is_prose or is_item or _MARK.fullmatch(block.text):
            break
        end -= 1
    return blocks[:end]


def _squeeze(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
