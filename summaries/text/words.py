"""Words of a sentence, as the rankers and the search index see them."""

from __future__ import annotations

import re

# Letters and digits; an apostrophe or hyphen inside joins ("undang-undang", "Jum'at", "ke-10"), and so do a point or
# comma between digits ("2,5", "10.05").
_WORD = re.compile(r"[^\W_]+(?:(?:[-'’]|(?<=\d)[.,](?=\d))[^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of `text` in order, as written; punctuation is none."""
    found: list[str] = []
    # Most words stand between spaces, without a sign: to look for them with a pattern takes three times as long.
    for piece in text.split():
        if piece.isalnum():
            found.append(piece)
        else:
            found += _WORD.findall(piece)
    return found
