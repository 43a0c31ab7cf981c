"""White space of every kind, what has no width, and lines. Offsets are those of the text that is given."""

from __future__ import annotations

import re

_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\x00-\x08\x0e-\x1b\x7f"
# Whitespace that is not one plain space, and what has no width at all; "&nbsp;" stands literally in some feeds.
_SPACE = rf"(?:\s|&nbsp;|[{_INVISIBLE}])"
_GAP = re.compile(rf"{_SPACE}+")
_ODD_GAP = re.compile(rf" *(?:[^\S ]|&nbsp;|[{_INVISIBLE}]|  ){_SPACE}*")
_ODD_SPACE = re.compile(rf"[^\S ]|&nbsp;|[{_INVISIBLE}]")
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def is_tidy(line: str) -> bool:
    """Whether the line's only white space is single spaces: most lines, told apart without a regular expression."""
    return line.isprintable() and "  " not in line and "&nbsp;" not in line


def plain(line: str) -> str:
    return (line if is_tidy(line) else _GAP.sub(" ", line)).strip()


def spaced(line: str) -> str:
    """The line with plain spaces for all white space, as long as before, so that offsets hold."""
    return line if line.isprintable() and "&nbsp;" not in line else _ODD_SPACE.sub(lambda m: " " * len(m[0]), line)


def line_spans(text: str) -> list[tuple[int, int]]:
    """Where the lines that hold anything but white space begin and end, without their line breaks."""
    spans = []
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.isspace():
            spans.append((at, at + len(line.rstrip(_LINE_ENDS))))
        at += len(line)
    return spans


def odd_gaps(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Runs of white space that are not one plain space, each with what stands in its place: a space or nothing."""
    gaps = []
    for match in _ODD_GAP.finditer(text, start, end):
        has_space = "&nbsp;" in match[0] or any(c.isspace() for c in match[0])
        gaps.append((match.start(), match.end(), " " if has_space else ""))
    return gaps


def gap_end(text: str, start: int, end: int) -> int:
    """Where the white space ends that begins at `start`."""
    match = _GAP.match(text, start, end)
    return match.end() if match else start


def merged(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Ranges in order, those that touch as one; what stands in its place is what the first has that is not empty."""
    out: list[tuple[int, int, str]] = []
    for cut in sorted(found):
        if out and cut[0] <= out[-1][1]:
            last = out[-1]
            out[-1] = (last[0], max(last[1], cut[1]), last[2] or cut[2])
        else:
            out.append(cut)
    return out
