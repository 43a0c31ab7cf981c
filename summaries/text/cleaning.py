"""Clean an article's text: remove boilerplate, keep a map back to the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from summaries.model import PARAGRAPH_BREAK
from summaries.text.boilerplate import (
    find_inline_boilerplate,
    is_boilerplate_line,
    is_caption,
    may_hold_inline_boilerplate,
    measure_leading_caption,
)
from summaries.text.characters import (
    blank_odd_spaces,
    find_gap_end,
    find_lines,
    find_odd_gaps,
    is_tidy,
    merge_ranges,
    normalize_line,
)
from summaries.text.datelines import find_dateline, load_places
from summaries.text.related_links import find_related_links, find_trailing_link, may_hold_related_links
from summaries.text.trailers import Initials, find_closing_start, find_trailing_initials


class RemovalRule(StrEnum):
    """Why a part of the original is missing from the running text."""

    FURNITURE = "furniture on a line of its own"
    CAPTION = "caption"
    DATELINE = "dateline"
    MARK = "reporter's or agency's mark"
    CLOSING = "credit or parting words"
    TOPICS = "topics behind the mark"
    INLINE = "furniture inside a line"
    LINK = "link to another article"


@dataclass(frozen=True, slots=True)
class Piece:
    """A verbatim run: `clean.text[start:end]` equals `original[source:source + end - start]`."""

    start: int
    end: int
    source: int


@dataclass(frozen=True, slots=True)
class Removed:
    """`original[start:end]` was removed by a rule. Removed white space is not recorded."""

    start: int
    end: int
    rule: RemovalRule


@dataclass(frozen=True, slots=True)
class CleanText:
    """Running text with one blank line between paragraphs, plus the facts found in the removed parts.

    Between two `pieces` the text holds nothing, a space or a paragraph break. Every part of the original outside
    `pieces` is white space or listed in `removed`, in order and once. White space includes zero-width characters and a
    literal "&nbsp;".
    """

    text: str
    pieces: tuple[Piece, ...] = ()
    place: str | None = None
    outlet: str | None = None
    initials: str | None = None
    removed: tuple[Removed, ...] = ()

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets of `text[start:end]` in the original; both ends must lie in pieces and `start < end`."""
        starts = [piece.start for piece in self.pieces]
        first = self.pieces[bisect_right(starts, start) - 1]
        last = self.pieces[bisect_right(starts, end - 1) - 1]
        return first.source + start - first.start, last.source + end - last.start


_ALNUM = re.compile(r"[^\W_]")
_HEAD_LINES = 4
# At most this many lines follow the reporter's initials on a line of their own: tags, one per line.
_TAIL_LINES = 12
# Bounds the loop over trailing initials, credits and links; no article has more.
_MAX_TRAILERS = 30
# Boilerplate lines, captions, datelines and trailers are shorter; bounds the cost of long lines.
_READ_CHARS = 2_000
_OPEN_ENDS = ",;&–-_"
# The end of a line that shows how it ends, unless it is mostly blank.
_GLANCE_CHARS = 40
# A text counts as hard-wrapped when at least this many lines continue in lower case and none is wider than this.
_MIN_WRAPS = 4
_WIDEST_WRAP = 120
_FULL_LINE = 0.75
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’)\]]*$")


def clean(text: str) -> CleanText:
    """Return the article's running text without dateline, captions, reporter's initials and boilerplate.

    `text` is the article as printed, without its headline. Every line break separates paragraphs, except in
    hard-wrapped text. The result may be empty and never contains anything that the original does not.
    """
    return _Cleaner(text).result()


class _Cleaner:
    """The state of cleaning one text: the remaining lines and the facts found so far."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = find_lines(text)
        self._place: str | None = None
        self._outlet: str | None = None
        self._initials: str | None = None
        self._removed: list[Removed] = []
        self._rules = [
            (find, rule)
            for may_hold, find, rule in (
                (may_hold_inline_boilerplate, find_inline_boilerplate, RemovalRule.INLINE),
                (may_hold_related_links, find_related_links, RemovalRule.LINK),
            )
            if may_hold(text)
        ]

    def result(self) -> CleanText:
        self._drop_boilerplate()
        self._drop_head()
        self._drop_tail()
        text, pieces = self._assemble(self._group_lines())
        return CleanText(text, pieces, self._place, self._outlet, self._initials, self._list_removed())

    def _read_head(self, start: int, end: int) -> str:
        """Return the start of the line with normalised white space, as far as any rule reads."""
        return normalize_line(self._text[start : min(end, start + _READ_CHARS)])

    def _read_tail(self, start: int, end: int) -> tuple[int, str]:
        """Return the end of the line with plain spaces, as far as any rule reads, and its offset."""
        start = max(start, end - _READ_CHARS)
        return start, blank_odd_spaces(self._text[start:end])

    def _cut(self, start: int, end: int, rule: RemovalRule) -> None:
        if start < end:
            self._removed.append(Removed(start, end, rule))

    def _list_removed(self) -> tuple[Removed, ...]:
        """Sort the ranges and cut overlaps: a range covered by two rules belongs to the one that starts first."""
        removed: list[Removed] = []
        at = 0
        for part in sorted(self._removed, key=lambda part: (part.start, -part.end)):
            if part.end > at:
                removed.append(Removed(max(part.start, at), part.end, part.rule))
                at = part.end
        return tuple(removed)

    def _drop_boilerplate(self) -> None:
        kept = []
        for start, end in self._lines:
            is_long = end - start > _READ_CHARS
            if _ALNUM.search(self._text, start, end) is None or (
                not is_long and is_boilerplate_line(normalize_line(self._text[start:end]))
            ):
                self._cut(start, end, RemovalRule.FURNITURE)
            else:
                kept.append((start, end))
        self._lines = kept

    def _drop_head(self) -> None:
        """Remove the dateline and the captions before it and between paragraphs."""
        lines = self._lines
        if lines:
            start, end = lines[0]
            length = measure_leading_caption(blank_odd_spaces(self._text[start:end][:_READ_CHARS]))
            self._cut(start, start + length, RemovalRule.CAPTION)
            lines[0] = (start + length, end)
        captions = [is_caption(self._read_head(start, end)) for start, end in lines]
        if sum(captions) > len(lines) / 2:
            captions = [False] * len(lines)  # a gallery: refused as such later, rather than as too short
        if captions:
            captions[-1] = False  # "... katanya. (Antara)" more often ends an article than a caption
        for i, (start, end) in enumerate(lines[:_HEAD_LINES]):
            length = self._read_dateline(
                start, end, is_first=i == 0, may_be_bare=all(captions[:i]), is_last=i == len(lines) - 1
            )
            if length:
                self._cut(start, start + length, RemovalRule.DATELINE)
                lines[i] = (start + length, end)
                captions[i] = False
                break
        for (start, end), is_picture in zip(lines, captions, strict=True):
            if is_picture:
                self._cut(start, end, RemovalRule.CAPTION)
        self._lines = [
            line for line, is_picture in zip(lines, captions, strict=True) if not is_picture and line[0] < line[1]
        ]

    def _read_dateline(self, start: int, end: int, *, is_first: bool, may_be_bare: bool, is_last: bool) -> int:
        """Return how many characters of the line are its dateline."""
        if is_first and not is_last and end - start < 40 and self._read_head(start, end).casefold() in load_places():
            self._place = self._read_head(start, end)
            return end - start
        dateline = find_dateline(self._text[start:end])
        if dateline is None or not (dateline.outlet or may_be_bare):
            return 0
        self._place, self._outlet = dateline.place, dateline.outlet
        return dateline.length

    def _drop_tail(self) -> None:
        """Remove trailing initials, credits and parting words, and tags that follow the initials."""
        self._drop_topics()
        for _ in range(_MAX_TRAILERS):
            if not self._lines:
                break
            start, end = self._lines[-1]
            base, tail = self._read_tail(start, end)
            mark = find_trailing_initials(tail) or self._find_lone_initials(tail)
            if mark is not None:
                self._initials = self._initials or mark.text
                stop, rule = base + mark.start, RemovalRule.MARK
            elif (closing := find_closing_start(tail)) is not None:
                stop, rule = base + closing, RemovalRule.CLOSING
            elif (link := find_trailing_link(tail)) is not None:
                stop, rule = base + link, RemovalRule.LINK
            else:
                break
            self._cut(stop, end, rule)
            self._lines[-1:] = [(start, stop)] if stop > start else []

    @staticmethod
    def _find_lone_initials(tail: str) -> Initials | None:
        """Return the reporter's initials if they fill a line after the last sentence."""
        mark = find_trailing_initials("." + tail.strip())
        return Initials(mark.text, 0) if mark is not None and mark.start <= 1 else None

    def _drop_topics(self) -> None:
        for n in range(max(1, len(self._lines) - _TAIL_LINES), len(self._lines) - 1):
            start, end = self._lines[n]
            if end - start > 30 or self._find_lone_initials(self._text[start:end]) is None:
                continue
            behind = self._lines[n + 1 :]
            if any(e - s > 80 or _SENTENCE_END.search(self._read_head(s, e)) for s, e in behind):
                continue
            self._cut(behind[0][0], behind[-1][1], RemovalRule.TOPICS)
            del self._lines[n + 1 :]
            return

    def _group_lines(self) -> list[list[tuple[int, int]]]:
        """Group the lines into paragraphs, joining a line with the next one if that continues in lower case.

        If this happens often, the text is hard-wrapped, and a line may also continue with a capital.
        """
        lines = self._lines
        is_open = [self._is_open(start, end) for start, end in lines]
        goes_on = [
            is_open[i - 1] and self._read_head(*lines[i])[:1].islower() if i else False for i in range(len(lines))
        ]
        widths = [end - start for (start, end), is_rest in zip(lines, goes_on[1:], strict=False) if is_rest]
        width = max(widths, default=0)
        if len(widths) >= _MIN_WRAPS and width <= _WIDEST_WRAP:
            for i, ((start, end), (following, _)) in enumerate(pairwise(lines)):
                is_single_break = self._text[end:following] in ("\n", "\r\n")
                if is_open[i] and end - start > _FULL_LINE * width and is_single_break:
                    goes_on[i + 1] = True
        groups: list[list[tuple[int, int]]] = []
        for line, is_rest in zip(lines, goes_on, strict=True):
            if not is_rest:
                groups.append([])
            groups[-1].append(line)
        return groups

    def _is_open(self, start: int, end: int) -> bool:
        seen = normalize_line(self._text[max(start, end - _GLANCE_CHARS) : end])
        if len(seen) <= len("&nbsp;"):
            seen = normalize_line(self._read_tail(start, end)[1])
        last = seen[-1:]
        return last.isalnum() or (last != "" and last in _OPEN_ENDS)

    def _assemble(self, groups: list[list[tuple[int, int]]]) -> tuple[str, tuple[Piece, ...]]:
        out: list[str] = []
        pieces: list[Piece] = []
        length = 0
        for group in groups:
            glue = PARAGRAPH_BREAK if length else ""
            for start, end in group:
                for source, run, joint in self._split_runs(start, end):
                    lead = glue or joint
                    out.append(lead + run)
                    length += len(lead)
                    pieces.append(Piece(length, length + len(run), source))
                    length += len(run)
                    glue = ""
                # A line that was all boilerplate leaves nothing to join the next line to.
                glue = glue or (" " if length else "")
        return "".join(out), tuple(pieces)

    def _split_runs(self, start: int, end: int) -> list[tuple[int, str, str]]:
        """Split one line into verbatim runs: offset, text, and the glue before it."""
        runs: list[tuple[int, str, str]] = []
        at, joint = start, ""
        for stop, resume, glue in [*self._find_gaps(start, end), (end, end, "")]:
            if stop > at:
                runs.append((at, self._text[at:stop], joint if runs else ""))
                joint = glue
            else:
                joint = joint or glue
            at = resume
        return runs

    def _find_gaps(self, start: int, end: int) -> list[tuple[int, int, str]]:
        """Return the ranges of a line that are not kept verbatim, merged, each with its replacement."""
        text = self._text
        line = text[start:end]
        found: list[tuple[int, int, str]] = []
        even = blank_odd_spaces(line) if self._rules else line
        for find, rule in self._rules:
            for s, e in find(even):
                self._cut(start + s, start + e, rule)
                found.append((start + s, start + e, " "))
        if not is_tidy(line):
            found += find_odd_gaps(text, start, end)
        found += [(s, s + 1, " ") for s in (start, end - 1) if text[s] == " "]
        # A plain space beside a removed range would double the glue.
        found += [(e, gap, " ") for _, e, _ in found for gap in (find_gap_end(text, e, end),) if gap > e]
        found += [(s - 1, s, " ") for s, _, _ in found if s > start and text[s - 1] == " "]
        return merge_ranges(found)


_DOMAIN = r"\w[\w-]{1,30}\.(?:com|co\.id|or\.id|id|net|co|news)\b"
# Parting words are at the end: look at this many of the last removed parts.
_AT_THE_END = 12
# Self-descriptions: "X.id adalah portal berita …", "Kamu bisa menjadi member komunitas … X.id, …". A credit ("Sumber:
# X.com") names others.
_OF_ITSELF = re.compile(
    rf"(?<![\w.])(?P<portal>{_DOMAIN})\sadalah\sportal\b|"
    rf"\bmenjadi\smember\s[^.,!?]{{0,60}}?(?<!\w)(?P<club>{_DOMAIN})"
)


def find_own_outlet(original: str, cleaned: CleanText) -> str | None:
    """Return the outlet's name as printed in the parts removed from `original`, or None.

    `cleaned` is the result of `clean(original)`. Names in the running text may belong to others and are ignored.
    """
    if cleaned.outlet:
        return cleaned.outlet
    for removed in cleaned.removed[-_AT_THE_END:]:
        if removed.rule not in (RemovalRule.CLOSING, RemovalRule.FURNITURE):
            continue
        found = _OF_ITSELF.search(original, removed.start, removed.end)
        if found:
            return found["portal"] or found["club"]
    return None
