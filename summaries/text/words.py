"""Words of a sentence, as the rankers and the search index see them."""

from __future__ import annotations

import re

# Letters and digits; an inner apostrophe or hyphen joins ("undang-undang", "Jum'at", "ke-10"), and so does a point or
# comma between digits ("2,5", "10.05").
_WORD = re.compile(r"[^\W_]+(?:(?:[-'’]|(?<=\d)[.,](?=\d))[^\W_]+)*")
# Punctuation that no word starts or ends with.
PUNCTUATION = ".,\"'“”‘’()?!:;-–—"


def split_words(text: str) -> list[str]:
    """Return the words of `text` in order, as written, without punctuation."""
    found: list[str] = []
    add = found.append
    # Most words have spaces around them and at most one punctuation mark: a regular expression takes several times as
    # long.
    for piece in text.split():
        if piece.isalnum():
            add(piece)
            continue
        bare = piece.strip(PUNCTUATION)
        if bare.isalnum():
            add(bare)
        else:
            found += _WORD.findall(bare)
    return found
