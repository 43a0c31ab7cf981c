"""The running text of an article page: which part of the page, then which of its blocks (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.fetch.blocks import Block, read_blocks
from summaries.fetch.dates import parse_date
from summaries.fetch.furniture import find_captions, without_furniture
from summaries.fetch.html_tree import select
from summaries.fetch.readable import readable_blocks
from summaries.model import PARAGRAPH_BREAK
from summaries.text.datelines import find_dateline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

_WORD = re.compile(r"\w+")
_ITEM = re.compile(r"(?:\d{1,2}[.)]|[•·*–-])\s+\S")
_MARK = re.compile(r"\([\w/.,& -]{2,40}\)|\[[\w/.,& -]{2,40}\]")
# Lines that only pages have, between an article's paragraphs; text that people copy is cleaned by `text.boilerplate`.
_PAGE_LINE = re.compile(
    r"(?:(?:halaman\s)?\d{1,2}\s(?:dari|of|/)\s\d{1,2}(?:\shalaman)?|(?:#\w+[\s,]*)+|lihat\sfoto|perbesar|promoted|"
    r"powered\sby\b.{0,40}|konten\spremium|next\s?:.{0,120}|jangan\s(?:lupa\sfollow|sampai\sketinggalan)\b.{0,80}|"
    r"video\sterpopuler\b.{0,40}|(?:unduh|download)\saplikasi\b.{0,80}|temukan\sberita\b.{0,60}|"
    r"(?:lanjut|bersambung|selengkapnya|baca)\b.{0,30}\bhalaman\s(?:berikutnya|selanjutnya)\W*|reporter\s\w+\s?:.{0,60}|"
    r"(?:antara(?:\sfoto)?|reuters|afp|ap\sphoto|getty\simages)/.{2,60}|berlangganan\snewsletter)",
    re.IGNORECASE,
)
_MAX_LINE_CHARS = 160
_MAX_HEAD_BLOCKS, _MAX_HEAD_WORDS, _MAX_CAPTION_WORDS = 12, 120, 60
# How much more another part of the page must weigh before it is preferred to readability's choice.
_PREFERRED = 1.25


@dataclass(frozen=True, slots=True)
class PageBlocks:
    """The blocks of the part of the page that holds the article, and all blocks of the page without furniture."""

    main: list[Block]
    page: list[Block]
    captions: frozenset[str] = frozenset()


def extract_blocks(tree: HtmlElement) -> PageBlocks:
    """Find the part of the page that holds the article; links and headings are still among its blocks.

    readability judges elements, by what they are called among other things. Where it goes astray (short texts, bodies
    without paragraphs, misleading names) the weightiest run of blocks, whatever elements they stand in, is far larger.
    """
    bare = without_furniture(tree)
    best = readable_blocks(bare)
    page = read_blocks(bare)
    run = _weightiest_run(page)
    stated = [read_blocks(element) for element in select(bare, "//@itemprop[.='articleBody']/..")[:1]]
    for other in (run, *stated):
        if _weight(other) > _PREFERRED * _weight(best):
            best = other
    return PageBlocks(best, page, find_captions(bare))


def _weight_of(block: Block) -> float:
    """Running text weighs its words; what parts one text from another weighs against it."""
    if block.is_linked:
        return -4.0 - block.words
    if block.is_heading:
        return -3.0
    if block.is_prose and not block.is_teaser:
        return block.words
    return -3.0 - 0.5 * min(block.words, 20)


def _weight(blocks: Sequence[Block]) -> float:
    return sum(map(_weight_of, blocks))


def _weightiest_run(blocks: Sequence[Block]) -> list[Block]:
    """The run of neighbouring blocks with the largest weight in all.

    Pasternack and Roth, Extracting Article Text from the Web with Maximum Subsequence Segmentation, WWW 2009.
    """
    best_weight, best_start, best_end = 0.0, 0, 0
    weight, start = 0.0, 0
    for i, block in enumerate(blocks):
        if weight <= 0:
            weight, start = 0.0, i
        weight += _weight_of(block)
        if weight > best_weight:
            best_weight, best_start, best_end = weight, start, i + 1
    return list(blocks[best_start:best_end])


def choose_paragraphs(
    blocks: Sequence[Block], *, title: str, description: str = "", captions: frozenset[str] = frozenset()
) -> str:
    """The article's paragraphs out of the blocks, separated by a blank line; `captions` are texts beside pictures.

    Links that stand alone, repetitions, and what is no running text before the first and behind the last paragraph go.
    Dateline, captions, inline furniture and the reporter's initials stay; `text.cleaning` knows them.
    """
    kept: list[Block] = []
    seen = {_squeeze(title)} - {""}
    lead = _squeeze(description)
    for block in blocks:
        squeezed = _squeeze(block.text)
        is_repeated = squeezed in seen or (squeezed == lead and any(earlier.is_prose for earlier in kept))
        if (block.is_linked and block.words < 60) or is_repeated or _is_page_line(block):
            continue
        if block.words > 4:
            seen.add(squeezed)
        kept.append(block)
    return PARAGRAPH_BREAK.join(block.text for block in _without_tail(_without_head(kept, captions)))


def _is_page_line(block: Block) -> bool:
    return len(block.text) <= _MAX_LINE_CHARS and _PAGE_LINE.fullmatch(block.text) is not None


def _without_head(blocks: list[Block], captions: frozenset[str]) -> list[Block]:
    head = blocks[:_MAX_HEAD_BLOCKS]
    # What stands before a dateline with the outlet's name is a caption or a summary of the page's own.
    dated = next((i for i, block in enumerate(head) if _has_outlet_dateline(block)), None)
    if dated is not None and sum(block.words for block in head[:dated] if block.is_prose) < _MAX_HEAD_WORDS:
        return blocks[dated:]
    first = next((i for i, block in enumerate(head) if block.is_prose and not _is_dated(block)), 0)
    is_pictures = first < len(blocks) and blocks[first].text in captions and blocks[first].words <= _MAX_CAPTION_WORDS
    if is_pictures and sum(block.is_prose for block in blocks[first + 1 :]) >= 2:
        return _without_head(blocks[first + 1 :], captions)
    return blocks[first:]


def _has_outlet_dateline(block: Block) -> bool:
    dateline = find_dateline(block.text)
    return dateline is not None and dateline.outlet is not None


def _is_dated(block: Block) -> bool:
    return block.words <= 12 and parse_date(block.text) is not None


def _without_tail(blocks: list[Block]) -> list[Block]:
    end = len(blocks)
    while end > 1:
        block = blocks[end - 1]
        is_item = (block.tag == "li" and not block.link_words) or _ITEM.match(block.text) is not None
        if block.is_prose or block.is_sentence or is_item or _MARK.fullmatch(block.text):
            break
        end -= 1
    return blocks[:end]


def _squeeze(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
