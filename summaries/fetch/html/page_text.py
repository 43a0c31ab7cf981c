"""Extract the running text of an article page: first the part of the page, then its blocks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html.blocks import HEADLINE_WORDS, Block, mark_cards, read_blocks
from summaries.fetch.html.boilerplate_nodes import find_captions, remove_boilerplate
from summaries.model import PARAGRAPH_BREAK
from summaries.text.datelines import find_dateline

# No article is longer; the blocks of a longer page would be compared for seconds.
MAX_PAGE_CHARS = 400_000

_WORD = re.compile(r"\w+")
_ITEM = re.compile(r"(?:\d{1,2}[.)]|[•·*–-])\s+\S")
# Line-ups, results, prices.
_LISTING = re.compile(r"(?:[^,;:]{2,60}[,;]\s?){4,}")
_MARK = re.compile(r"\([\w/.,& -]{2,40}\)|\[[\w/.,& -]{2,40}\]")
_SIGNATURE = re.compile(r"\([A-Za-z]{2,5}(?:/[A-Za-z]{2,5}){0,2}\)")
# Lines between paragraphs that occur only on pages; `text.boilerplate` cleans text that people copy.
_PAGE_LINE = re.compile(
    r"(?:(?:halaman\s)?\d{1,2}\s(?:dari|of|/)\s\d{1,2}(?:\shalaman)?|(?:#\w+[\s,]*)+|lihat\sfoto|perbesar|promoted|"
    r"powered\sby\b.{0,40}|konten\spremium|next\s?:.{0,120}|jangan\s(?:lupa\sfollow|sampai\sketinggalan|lewatkan)\b.{0,80}|"
    r"video\sterpopuler\b.{0,40}|(?:unduh|download)\saplikasi\b.{0,80}|temukan\sberita\b.{0,60}|"
    r"(?:lanjut|bersambung|selengkapnya|baca)\b.{0,30}\bhalaman\s(?:berikutnya|selanjutnya)\W*|reporter\s\w+\s?:.{0,60}|"
    r"(?:antara(?:\sfoto)?|reuters|afp|ap\sphoto|getty\simages)/.{2,60}|berlangganan\snewsletter|"
    r"gulir\ske\sbawah\b.{0,60})",
    re.IGNORECASE,
)
_MAX_LINE_CHARS, _MAX_CALL_WORDS = 160, 60
# Bounds the cost; no article has more pictures with notices.
_MAX_NOTICES = 50
# Only the outlet's company and address follow a page's notice. A picture's looks like it.
_COPYRIGHT = re.compile(
    r"(?:copyright|hak\scipta|©|\(c\)\s).{0,200}|.{0,120}\ball\srights\sreserved\b.{0,160}", re.IGNORECASE | re.DOTALL
)
_MAX_HEAD_BLOCKS, _MAX_HEAD_WORDS, _MAX_CAPTION_WORDS = 12, 120, 60
_MIN_OPENINGS = 2
_LEAD_WORDS = 10
# Shorter words in capitals are abbreviations, and shorter words of a title say little.
_MIN_WORD_CHARS = 4
_LONG_WORD = re.compile(rf"\w{{{_MIN_WORD_CHARS},}}")
# This many words come before an unrelated part of the page.
_MIN_TEXT_WORDS = 60
# In a longer run, only the words of the title count. A run without them may still be the article.
_ENOUGH_WORDS, _MIN_RELEVANCE = 300.0, 0.25
# Boxes between paragraphs are lighter: six linked headlines weigh about 80.
_MAX_DROP = 200.0
# The rest of a run may be a caption before the article or a box after it.
_FRAME_SHARE = 0.9
# Eight labels, or a box of forty lines.
_MAX_GAP, _LABEL_GAP = 40, 5


@dataclass(frozen=True, slots=True)
class PageBlocks:
    """The blocks of the part of the page with the article, and all blocks of the page without boilerplate."""

    main: list[Block]
    page: list[Block]
    captions: frozenset[str] = frozenset()


def extract_blocks(tree: HtmlElement, *, title: str = "") -> PageBlocks:
    """Find the part of the page with the article; its blocks still include links and headings.

    The heaviest run of blocks may miss paragraphs, so the blocks that share its containers complete it.

    Raises:
        NothingToSummarize: the page has more text than any article.
    """
    bare = remove_boilerplate(tree)
    if len(bare.text_content()) > MAX_PAGE_CHARS:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the text is longer than any article")
    page = mark_cards(read_blocks(bare))
    return PageBlocks([page[i] for i in _complete(page, _choose_run(page, title), title)], page, find_captions(bare))


def _weigh_block(block: Block) -> float:
    """Return the block's weight: the words of running text; negative for blocks that separate texts."""
    if block.is_linked:
        return -4.0 - block.words
    if block.is_heading:
        return -3.0
    if block.is_prose and not block.is_teaser:
        return block.words
    return -3.0 - 0.5 * min(block.words, 20)


def _choose_run(blocks: Sequence[Block], title: str) -> range:
    """Return the run of blocks that is most likely the article: long, and with the words of the title."""
    named = {*_list_words([title])}
    best, best_score = range(0), 0.0
    for run, weight in _find_runs(blocks):
        shared = len(named.intersection(_list_words(blocks[i].text for i in run))) / len(named) if named else 1.0
        score = min(weight, _ENOUGH_WORDS) * (_MIN_RELEVANCE + shared) ** 2
        if score > best_score:
            best, best_score = run, score
    return best


def _find_runs(blocks: Sequence[Block]) -> Iterator[tuple[range, float]]:
    """Yield the runs of adjacent blocks with the largest total weights, and these weights.

    A run ends at a headline, and before so much other text that the weight drops by `_MAX_DROP`. See Pasternack and
    Roth, Extracting Article Text from the Web with Maximum Subsequence Segmentation, WWW 2009.
    """
    start = end = 0
    weight = best = 0.0
    for i, block in enumerate(blocks):
        weight += _weigh_block(block)
        if weight > best:
            best, end = weight, i + 1
        if weight <= max(0.0, best - _MAX_DROP) or block.tag == "h1":
            if best:
                yield range(start, end), best
            start, weight, best = i + 1, 0.0, 0.0
    if best:
        yield range(start, end), best


@dataclass(frozen=True, slots=True)
class _Frame:
    """The innermost element that contains most of an article's words; 0 if only the whole page does.

    `depth` is the largest number of containers from it to a paragraph, `homes` are the paragraphs' own containers.
    """

    container: int
    depth: int
    homes: frozenset[int]

    def contains(self, block: Block) -> bool:
        """Return whether the block is next to the paragraphs, or as close to the element as they are."""
        return not self.homes.isdisjoint(block.homes) or 0 < _measure_depth(block, self.container) <= self.depth


def _measure_depth(block: Block, container: int) -> int:
    return len(block.containers) - block.containers.index(container) if container in block.containers else 0


def _find_frame(prose: Sequence[Block]) -> _Frame:
    words = Counter[int]()
    for block in prose:
        words.update(dict.fromkeys(block.containers[1:], block.words))
    most = _FRAME_SHARE * sum(block.words for block in prose)
    container = max((one for one, held in words.items() if held >= most), default=0)
    own = [block for block in prose if container in block.containers] or prose
    depth = max(_measure_depth(block, container) for block in own)
    return _Frame(container, depth, frozenset[int]().union(*(block.homes for block in own)))


def _complete(page: Sequence[Block], chosen: range, title: str) -> list[int]:
    """Return the chosen blocks, the ones between them, and the paragraphs and lists around them in the same containers.

    Between paragraphs, headings belong to the article too. Chosen blocks in unrelated parts of the page do not.
    """
    prose = _drop_unrelated(page, [i for i in chosen if page[i].is_prose], title)
    if not prose:
        return list(chosen)
    frame = _find_frame([page[i] for i in prose])
    prose = prose[: max((n for n, i in enumerate(prose, 1) if frame.contains(page[i])), default=len(prose))]
    homes = frozenset[int]().union(*(page[i].homes for i in prose))
    kin = homes.union(*(page[i].kin for i in prose))
    around = homes if _opens_article(page[prose[0]]) else kin

    def precedes(block: Block) -> bool:
        return not around.isdisjoint(block.homes | block.kin)

    def follows(block: Block) -> bool:
        return not kin.isdisjoint(block.kin) if _is_item(block) else frame.contains(block)

    before = [i for i in _reach(page, range(prose[0] - 1, -1, -1), frame, precedes) if _is_paragraph(page[i])]
    after = [i for i in _reach(page, range(prose[-1] + 1, len(page)), frame, follows) if not page[i].is_linked]
    homes = homes.union(*(page[i].homes for i in before))
    first, last = min(before + prose), max(prose + [i for i in after if _is_paragraph(page[i])])
    between = range(first, last + 1)
    own = {i for i in between if page[i].is_heading or not homes.isdisjoint(page[i].homes)}
    kept = {i for i in between if i in chosen or (i in own and not page[i].is_linked)}
    return sorted(kept.union(after))  # `choose_paragraphs` removes labels from the end


def _reach(page: Sequence[Block], outward: range, frame: _Frame, is_related: Callable[[Block], bool]) -> Iterator[int]:
    """Yield the related blocks along `outward`, up to a headline or a long gap between paragraphs and items.

    Links and labels beside the paragraphs end the article sooner than a box of links between them.
    """
    gap = 0
    for i in outward:
        block = page[i]
        if gap > _MAX_GAP or block.tag == "h1":
            return
        if is_related(block):
            yield i
            gap = 0 if _is_paragraph(block) or _is_item(block) else gap + _LABEL_GAP
        else:
            gap += _LABEL_GAP if not frame.container or frame.contains(block) else 1


def _opens_article(block: Block) -> bool:
    """Return whether the paragraph opens with a dateline or a word in capitals, so that a line above it is a deck."""
    first = block.text.split(maxsplit=1)[0]
    return find_dateline(block.text) is not None or (first.isupper() and len(first) > _MIN_WORD_CHARS)


def _drop_unrelated(page: Sequence[Block], prose: list[int], title: str) -> list[int]:
    """Return the paragraphs before a link or heading that leads to an unrelated part of the page: a glossary, comments.

    A part that opens with as many words of the title is related.
    """
    kin = frozenset[int]()
    words = 0
    for n, i in enumerate(prose):
        between = page[prose[n - 1] + 1 : i] if n else ()
        is_apart = any(block.is_linked or block.is_heading for block in between)
        if words >= _MIN_TEXT_WORDS and is_apart and kin.isdisjoint(page[i].kin):
            before, after = (_list_words(page[j].text for j in part) for part in (prose[:n], prose[n:]))
            named = {*_list_words([title])}
            is_less = len(named.intersection(before)) > len(named.intersection(after[: len(before)]))
            return prose[:n] if is_less or not named else prose
        kin |= page[i].kin
        words += page[i].words
    return prose


def _list_words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in _LONG_WORD.findall(text.casefold())]


def _is_paragraph(block: Block) -> bool:
    return block.is_prose and not block.is_teaser and block.words >= _LEAD_WORDS


def _is_item(block: Block) -> bool:
    return _ITEM.match(block.text) is not None or (not block.is_prose and _LISTING.match(block.text) is not None)


def choose_paragraphs(
    blocks: Sequence[Block], *, title: str, description: str = "", captions: frozenset[str] = frozenset()
) -> str:
    """Return the article's paragraphs among the blocks, separated by blank lines; `captions` are texts next to
    pictures.

    Separate links, repetitions, and text before the first and after the last paragraph that is not prose are removed.
    Dateline, captions, inline boilerplate and the reporter's initials stay; `text.cleaning` removes them.
    """
    kept: list[Block] = []
    seen = {_squeeze(title)} - {""}
    lead = _squeeze(description)
    is_below_link = False
    homes = frozenset[int]()
    for block in _drop_imprint(blocks):
        # In a list, each linked headline has its article's teaser below it.
        is_opening, is_below_link = (
            is_below_link and block.is_teaser,
            block.is_linked and block.words >= HEADLINE_WORDS,
        )
        squeezed = _squeeze(block.text)
        # The page's description is one of the paragraphs, or printed again elsewhere.
        is_lead_again = squeezed == lead and homes.isdisjoint(block.homes) and any(one.is_prose for one in kept)
        is_repeated = squeezed in seen or is_lead_again
        is_other = (block.is_linked and block.words < 60) or block.is_card or is_opening
        is_page_line = len(block.text) <= _MAX_LINE_CHARS and _PAGE_LINE.fullmatch(block.text) is not None
        if is_other or is_repeated or is_page_line:
            continue
        if block.words > 4:
            seen.add(squeezed)
        if block.is_prose:
            homes |= block.homes
        kept.append(block)
    kept = [block for block in _drop_tail(_drop_head(kept, captions)) if not _is_label(block, homes)]
    return PARAGRAPH_BREAK.join(block.text for block in kept)


def _is_label(block: Block, homes: frozenset[int]) -> bool:
    """Return whether the block is a short line outside the paragraphs' containers: a caption, a button."""
    is_text = block.is_prose or block.is_sentence or block.is_heading or block.tag == "li" or _is_item(block)
    is_outside = bool(block.homes and homes) and homes.isdisjoint(block.homes)
    return is_outside and not is_text and not _MARK.fullmatch(block.text)


def _drop_imprint(blocks: Sequence[Block]) -> Sequence[Block]:
    """Return the blocks before the page's copyright notice, if most of the text precedes it.

    Where the article's paragraphs continue, the notice is a picture's.
    """
    words = sum(block.words for block in blocks)
    for i in [i for i, block in enumerate(blocks) if _COPYRIGHT.fullmatch(block.text)][:_MAX_NOTICES]:
        before = blocks[:i]
        kin = frozenset[int]().union(*(block.kin for block in before if block.is_prose))
        continues = any(_is_paragraph(block) and not kin.isdisjoint(block.kin) for block in blocks[i + 1 :])
        if 2 * sum(block.words for block in before) > words and not continues:
            return before
    return blocks


def _drop_head(blocks: list[Block], captions: frozenset[str]) -> list[Block]:
    prose = [i for i, block in enumerate(blocks) if block.is_prose]
    start = 0
    while True:
        head = blocks[start : start + _MAX_HEAD_BLOCKS]
        # Text before a dateline with the outlet's name is a caption or the page's own summary.
        datelines = (find_dateline(block.text) for block in head)
        dated = next((i for i, dateline in enumerate(datelines) if dateline and dateline.outlet is not None), None)
        if dated is not None and sum(block.words for block in head[:dated] if block.is_prose) < _MAX_HEAD_WORDS:
            return blocks[start + dated :]
        start += next((i for i, block in enumerate(head) if block.is_prose), 0)
        is_caption = (
            start < len(blocks) and blocks[start].text in captions and blocks[start].words <= _MAX_CAPTION_WORDS
        )
        if not is_caption or len(prose) - bisect_right(prose, start) < 2:
            return blocks[start:]
        start += 1


def _drop_tail(blocks: list[Block]) -> list[Block]:
    end = _find_signature_end(blocks)
    openings = 0
    while openings < end - 1 and blocks[end - 1 - openings].is_teaser:
        openings += 1
    if openings >= _MIN_OPENINGS:  # teasers of other articles; a single one may be the end of a quote
        end -= openings
    while end > 1:
        block = blocks[end - 1]
        is_item = (block.tag == "li" and not block.link_words) or _is_item(block)
        if block.is_prose or block.is_sentence or is_item or _MARK.fullmatch(block.text):
            break
        end -= 1
    return blocks[:end]


def _find_signature_end(blocks: Sequence[Block]) -> int:
    """Return the number of blocks up to the reporter's initials if only few words follow: a call to readers."""
    following = 0
    for i in range(len(blocks) - 1, 0, -1):
        if _SIGNATURE.fullmatch(blocks[i].text) and following < sum(block.words for block in blocks[:i]):
            return i + 1
        following += blocks[i].words
        if following > _MAX_CALL_WORDS:
            break
    return len(blocks)


def _squeeze(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
