"""The result of cleaning: running text, offsets into the original, and the parts that were removed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def merge_removed(removed: Iterable[Removed]) -> tuple[Removed, ...]:
    """Sort the ranges and cut overlaps: a range covered by two rules belongs to the one that starts first."""
    told: list[Removed] = []
    at = 0
    for part in sorted(removed, key=lambda part: (part.start, -part.end)):
        if part.end > at:
            told.append(Removed(max(part.start, at), part.end, part.rule))
            at = part.end
    return tuple(told)
