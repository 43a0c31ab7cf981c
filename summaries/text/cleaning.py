"""From an article's text as an outlet prints it to running text, with a map back to the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from summaries.model import PARAGRAPH_BREAK
from summaries.text.boilerplate import is_boilerplate_line, is_caption, trailing_initials
from summaries.text.datelines import find_dateline
from summaries.text.related import related_spans

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\x00-\x08\x0e-\x1b\x7f"
# Whitespace that is not one plain space, and what has no width at all; "&nbsp;" stands literally in some feeds.
_SPACE = rf"(?:\s|&nbsp;|[{_INVISIBLE}])"
_GAP = re.compile(rf"{_SPACE}+")
# Furniture inside a line.
_INLINE = re.compile(
    r"\[\s?gambas\s?:[^\]\n]{0,80}\]?|(?:\bADVERTISEMENT\s*)?\bSCROLL TO (?:CONTINUE|RESUME) (?:WITH )?CONTENT\b|"
    r"\bADVERTISEMENT\b|\bArtikel ini telah tayang di [^\n]{0,300}$|"
    r"\bDapatkan update berita [^.\n]{0,80}setiap hari\. Mari bergabung [^\n]{0,300}?(?:di ponsel\.|$)",
    re.IGNORECASE,
)
# Words of which one stands in all furniture inside a line: most lines have none, and cost no more than this.
_INLINE_WORDS = ("gambas", "advertisement", "scroll to ", "telah tayang", "update berita")
_ODD_GAP = re.compile(rf" *(?:[^\S ]|&nbsp;|[{_INVISIBLE}]|  ){_SPACE}*")
_ALNUM = re.compile(r"[^\W_]")
_HEAD_LINES = 4
# Furniture and captions are shorter, and so is what stands at either end of a line.
_READ_CHARS = 2_000
_OPEN_ENDS = ",;&–-_"


@dataclass(frozen=True, slots=True)
class Piece:
    """A verbatim run: `clean.text[start:end]` equals `original[source:source + end - start]`."""

    start: int
    end: int
    source: int


@dataclass(frozen=True, slots=True)
class CleanText:
    """Running text, its paragraphs separated by one blank line, and what was taken off its ends.

    Between two `pieces` the text holds nothing, a space or a paragraph break.
    """

    text: str
    pieces: tuple[Piece, ...] = ()
    place: str | None = None
    outlet: str | None = None
    initials: str | None = None

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stood in the original; both ends must lie in pieces and `start < end`."""
        starts = [piece.start for piece in self.pieces]
        first = self.pieces[bisect_right(starts, start) - 1]
        last = self.pieces[bisect_right(starts, end - 1) - 1]
        return first.source + start - first.start, last.source + end - last.start


def clean(text: str) -> CleanText:
    """The article's running text without dateline, captions, reporter's initials and the outlet's furniture.

    `text` is the article as printed, without its headline. Every line break parts paragraphs, unless a line was only
    wrapped. The result may be empty; it never holds anything that the original does not hold.
    """
    lines = [(start, end) for start, end in _lines(text) if not _is_furniture(text, start, end)]
    lines, place, outlet = _without_head(text, lines)
    lines, initials = _without_tail(text, lines)
    return _assemble(text, _unwrapped(text, lines), place, outlet, initials)


def _is_tidy(line: str) -> bool:
    """Whether the line's only white space is single spaces: most lines, told apart without a regular expression."""
    return line.isprintable() and "  " not in line and "&nbsp;" not in line


def _plain(line: str) -> str:
    return (line if _is_tidy(line) else _GAP.sub(" ", line)).strip()


def _head(text: str, start: int, end: int) -> str:
    """The line's beginning in plain white space, as far as any rule reads."""
    return _plain(text[start : min(end, start + _READ_CHARS)])


def _lines(text: str) -> list[tuple[int, int]]:
    spans = []
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.isspace():
            spans.append((at, at + len(line.rstrip("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))))
        at += len(line)
    return spans


def _is_furniture(text: str, start: int, end: int) -> bool:
    if end - start > _READ_CHARS:
        return _ALNUM.search(text, start, end) is None
    return is_boilerplate_line(_plain(text[start:end]))


def _without_head(text: str, lines: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], str | None, str | None]:
    """Without the dateline, and without captions: those before it, and those that stand between paragraphs."""
    captions = [is_caption(_head(text, start, end)) for start, end in lines]
    if captions:
        captions[-1] = False  # "... katanya. (Antara)" ends an article more often than a picture does
    place = outlet = None
    for i, (start, end) in enumerate(lines[:_HEAD_LINES]):
        dateline = find_dateline(text[start:end])
        if dateline and (dateline.outlet or all(captions[:i])):
            place, outlet = dateline.place, dateline.outlet
            lines = [*lines[:i], (start + dateline.length, end), *lines[i + 1 :]]
            captions[i] = False
            break
    return [line for line, is_picture in zip(lines, captions, strict=True) if not is_picture], place, outlet


def _without_tail(text: str, lines: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], str | None]:
    found = None
    while lines:
        start, end = lines[-1]
        mark = trailing_initials(text[start:end])
        if mark is None:
            # The mark may stand on a line of its own, after the last sentence.
            alone = trailing_initials("." + text[start:end].strip())
            if alone is None or alone.start > 1:
                break
            found = found or alone.text
            lines = lines[:-1]
            continue
        found = found or mark.text
        lines = [*lines[:-1], (start, start + mark.start)]
    return lines, found


def _unwrapped(text: str, lines: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Lines grouped into paragraphs: a line that goes on in lower case on the next one was only wrapped."""
    groups: list[list[tuple[int, int]]] = []
    for start, end in lines:
        if groups and _head(text, start, end)[:1].islower():
            before_start, before_end = groups[-1][-1]
            last = _plain(text[max(before_start, before_end - _READ_CHARS) : before_end])[-1:]
            if last.isalnum() or last in _OPEN_ENDS:
                groups[-1].append((start, end))
                continue
        groups.append([(start, end)])
    return groups


def _assemble(
    text: str, groups: list[list[tuple[int, int]]], place: str | None, outlet: str | None, initials: str | None
) -> CleanText:
    out: list[str] = []
    pieces: list[Piece] = []
    length = 0
    for group in groups:
        glue = PARAGRAPH_BREAK if length else ""
        for start, end in group:
            for source, run, joint in _runs(text, start, end):
                lead = glue or joint
                out.append(lead + run)
                length += len(lead)
                pieces.append(Piece(length, length + len(run), source))
                length += len(run)
                glue = ""
            glue = glue or " "
    return CleanText("".join(out), tuple(pieces), place, outlet, initials)


def _runs(text: str, start: int, end: int) -> list[tuple[int, str, str]]:
    """The verbatim runs of one line: where each stood, its text, and what joins it to the one before."""
    runs: list[tuple[int, str, str]] = []
    at, joint = start, ""
    for stop, resume, glue in [*_cuts(text, start, end), (end, end, "")]:
        if stop > at:
            runs.append((at, text[at:stop], joint if runs else ""))
            joint = glue
        else:
            joint = joint or glue
        at = resume
    return runs


def _cuts(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Ranges of a line that do not stay verbatim, merged, each with what stands in its place."""
    line = text[start:end]
    lower = line.lower()
    found = [(start + s, start + e, " ") for s, e in related_spans(line)]
    if any(word in lower for word in _INLINE_WORDS):
        found += [(m.start(), m.end(), " ") for m in _INLINE.finditer(text, start, end)]
    if not _is_tidy(line):
        for m in _ODD_GAP.finditer(text, start, end):
            has_space = "&nbsp;" in m[0] or any(c.isspace() for c in m[0])
            found.append((m.start(), m.end(), " " if has_space else ""))
    found += [(s, s + 1, " ") for s in (start, end - 1) if text[s] == " "]
    # A plain space beside furniture would stay and double the joint.
    found += [(m.start(), m.end(), " ") for s, e, _ in found for m in (_GAP.match(text, e, end),) if m]
    found += [(s - 1, s, " ") for s, _, _ in found if s > start and text[s - 1] == " "]
    merged: list[tuple[int, int, str]] = []
    for cut in sorted(found):
        if merged and cut[0] <= merged[-1][1]:
            last = merged[-1]
            merged[-1] = (last[0], max(last[1], cut[1]), last[2] or cut[2])
        else:
            merged.append(cut)
    return merged
