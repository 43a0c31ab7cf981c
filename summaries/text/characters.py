"""Characters of a text: white space, invisible characters, and characters that UTF-8 or a database cannot hold.

Offsets refer to the given text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\x00-\x08\x0e-\x1b\x7f\U000e0000-\U000e0fff"
)
# White space other than one plain space, and zero-width characters; some feeds contain a literal "&nbsp;".
_SPACE = rf"(?:\s|&nbsp;|[{_INVISIBLE}])"
_GAP = re.compile(rf"{_SPACE}+")
_ODD_GAP = re.compile(rf" *(?:[^\S ]|&nbsp;|[{_INVISIBLE}]|  ){_SPACE}*")
_ODD_SPACE = re.compile(rf"[^\S ]|&nbsp;|[{_INVISIBLE}]")
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"

# Invisible characters, and those that reorder the text around them: control characters other than white space, formats
# (including bidirectional marks), fillers, variation selectors, surrogates, private use, noncharacters.
_HIDDEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
# Arabic, Indic scripts, Burmese, Khmer.
_JOINING = "\u0600-\u061b\u061d-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff"
# Invisible characters that their neighbours need: joiners between letters of those scripts and between emoji, variation
# selectors of emoji, and the regions in flags.
_NEEDED = (
    rf"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])|(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])|"
    rf"(?<=[{_EMOJI}\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d#*0-9])[\ufe0e\ufe0f]|"
    r"\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
)
# Hidden characters that `str.isprintable` accepts; most lines have none, and a regular expression takes longer.
_UNSEEN_LETTERS = frozenset(
    chr(code)
    for first, last in (
        *((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164)),
        *((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
    )
    for code in range(first, last + 1)
)
_HIDDEN_OR_NEEDED = re.compile(rf"({_NEEDED})|[{_HIDDEN}]")
# Vietnamese and Hebrew need up to three marks on one letter. Taller stacks cover the lines above and below.
MAX_MARKS_PER_LETTER = 3


def is_tidy(line: str) -> bool:
    """Return whether the only white space is single spaces, as in most lines; needs no regular expression."""
    return line.isprintable() and "  " not in line and "&nbsp;" not in line


def normalize_line(line: str) -> str:
    return (line if is_tidy(line) else _GAP.sub(" ", line)).strip()


def blank_odd_spaces(line: str) -> str:
    """Replace all white space with plain spaces of the same length, so that offsets hold."""
    return line if line.isprintable() and "&nbsp;" not in line else _ODD_SPACE.sub(lambda m: " " * len(m[0]), line)


def find_lines(text: str) -> list[tuple[int, int]]:
    """Return the ranges of all lines that are not blank, without their line breaks."""
    spans = []
    at = 0
    for line in text.splitlines(keepends=True):
        if not line.isspace():
            spans.append((at, at + len(line.rstrip(_LINE_ENDS))))
        at += len(line)
    return spans


def find_odd_gaps(text: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """Return the runs of white space other than one plain space, each with its replacement: a space or nothing."""
    gaps = []
    for match in _ODD_GAP.finditer(text, start, end):
        has_space = "&nbsp;" in match[0] or any(c.isspace() for c in match[0])
        gaps.append((match.start(), match.end(), " " if has_space else ""))
    return gaps


def find_gap_end(text: str, start: int, end: int) -> int:
    """Return the end of the white space that starts at `start`."""
    match = _GAP.match(text, start, end)
    return match.end() if match else start


def merge_ranges(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Sort the ranges and merge those that touch; the replacement is the first non-empty one."""
    out: list[tuple[int, int, str]] = []
    for cut in sorted(found):
        if out and cut[0] <= out[-1][1]:
            last = out[-1]
            out[-1] = (last[0], max(last[1], cut[1]), last[2] or cut[2])
        else:
            out.append(cut)
    return out


def strip_hidden(text: str) -> str:
    """Remove invisible and reordering characters, and all but three combining marks per letter."""
    characters = set(text)
    if not text.isprintable() or not characters.isdisjoint(_UNSEEN_LETTERS):
        text = _HIDDEN_OR_NEEDED.sub(lambda found: found[1] or "", text)
    marks = "".join(c for c in characters if not c.isascii() and unicodedata.category(c) in ("Mn", "Me"))
    if marks:
        text = re.sub(f"([{re.escape(marks)}]{{{MAX_MARKS_PER_LETTER}}})[{re.escape(marks)}]+", r"\1", text)
    return text


def clean_line(text: str) -> str:
    """Return the text on one line, as a reader sees it: for a title or a name."""
    return " ".join(strip_hidden(text).split())


_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"


def replace_unstorable(text: str) -> str:
    """Replace lone surrogates and noncharacters with U+FFFD, and control characters with spaces.

    White space and length do not change.
    """
    if text.isprintable():
        return text
    return _UNSTORABLE.sub(lambda found: REPLACEMENT if found[0] >= "\ud800" else " ", text)


def parse_json(text: str | bytes) -> object:
    """Return the value of JSON from outside, or None if it is malformed."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """Serialise the value as JSON that can be encoded as UTF-8; escape non-ASCII only if it holds a lone surrogate."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return json.dumps(value, indent=indent) if _SURROGATE.search(text) else text
