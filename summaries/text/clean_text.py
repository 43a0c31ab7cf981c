"""What cleaning gives: running text, a map back to the original, and what was taken out."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Rule(StrEnum):
    """Why a part of the original is not in the running text."""

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
    """`original[start:end]` was taken out by a rule. White space that was taken out is not told."""

    start: int
    end: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class CleanText:
    """Running text, its paragraphs separated by one blank line, and what was taken off its ends.

    Between two `pieces` the text holds nothing, a space or a paragraph break. What of the original is in no piece is
    white space or `removed`, in order and each part once. White space is that of `spacing`: what has no width, and a
    literal "&nbsp;", count as it.
    """

    text: str
    pieces: tuple[Piece, ...] = ()
    place: str | None = None
    outlet: str | None = None
    initials: str | None = None
    removed: tuple[Removed, ...] = ()

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stood in the original; both ends must lie in pieces and `start < end`."""
        starts = [piece.start for piece in self.pieces]
        first = self.pieces[bisect_right(starts, start) - 1]
        last = self.pieces[bisect_right(starts, end - 1) - 1]
        return first.source + start - first.start, last.source + end - last.start


def in_order(removed: Iterable[Removed]) -> tuple[Removed, ...]:
    """In order and without overlap: what two rules would take is told once, by the one whose part begins first."""
    told: list[Removed] = []
    at = 0
    for part in sorted(removed, key=lambda part: (part.start, -part.end)):
        if part.end > at:
            told.append(Removed(max(part.start, at), part.end, part.rule))
            at = part.end
    return tuple(told)
