"""Where direct speech starts and ends."""

from __future__ import annotations

import re
from typing import NamedTuple

_MARK = re.compile('["“”„«»]')
_OPENING = frozenset("“„«")
_CLOSING = frozenset("”»")
_ENDS_SPEECH = frozenset(",.?!…")


class Quote(NamedTuple):
    """`text[start:end]` is quoted, including the quotation marks."""

    start: int
    end: int


def find_quotes(paragraph: str, longest: int = 600) -> list[Quote]:
    """Return the quotes that are both opened and closed in the paragraph, in order, up to `max_chars` long.

    The neighbours of a straight mark decide whether it opens or closes. If white space was misplaced (', "kata dia'), a
    mark after a comma or full stop closes the open quote.
    """
    if not _MARK.search(paragraph):
        return []
    quotes = []
    opened: int | None = None
    for match in _MARK.finditer(paragraph):
        at, mark = match.start(), match[0]
        if opened is not None and _closes(paragraph, at, mark):
            if at + 1 - opened <= longest:
                quotes.append(Quote(opened, at + 1))
            opened = None
        elif _opens(paragraph, at, mark):
            opened = at
    return quotes


def _closes(paragraph: str, at: int, mark: str) -> bool:
    if mark in _CLOSING:
        return True
    if mark in _OPENING:
        return False
    last = at - 1
    while last >= 0 and paragraph[last].isspace():
        last -= 1
    return last == at - 1 or (last >= 0 and paragraph[last] in _ENDS_SPEECH) or not paragraph[at + 1 : at + 2].strip()


def _opens(paragraph: str, at: int, mark: str) -> bool:
    return mark in _OPENING or (mark not in _CLOSING and bool(paragraph[at + 1 : at + 2].strip()))
