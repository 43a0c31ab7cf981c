"""Words of a sentence, as the rankers and the search index see them."""

from __future__ import annotations

import re

# Letters and digits; an apostrophe or hyphen inside joins ("undang-undang", "Jum'at", "ke-10"), and so do a point or
# comma between digits ("2,5", "10.05").
_WORD = re.compile(r"[^\W_]+(?:(?:[-'’]|(?<=\d)[.,](?=\d))[^\W_]+)*")
# None of these begins or ends a word.
SIGNS = ".,\"'“”‘’()?!:;-–—"


def words(text: str) -> list[str]:
    """The words of `text` in order, as written; punctuation is none."""
    found: list[str] = []
    add = found.append
    # Most words stand between spaces, without a sign or with one behind: to look for them with a pattern takes several
    # times as long.
    for piece in text.split():
        if piece.isalnum():
            add(piece)
            continue
        bare = piece.strip(SIGNS)
        if bare.isalnum():
            add(bare)
        else:
            found += _WORD.findall(bare)
    return found
