"""Words of a sentence, as the rankers and the search index see them."""

from __future__ import annotations

import re

# Letters and digits; an apostrophe or hyphen inside joins ("undang-undang", "Jum'at", "ke-10"), and so do a point or
# comma between digits ("2,5", "10.05").
_WORD = re.compile(r"[^\W_]+(?:(?:[-'’]|(?<=\d)[.,](?=\d))[^\W_]+)*")


def words(text: str) -> list[str]:
    """The words of `text` in order, as written; punctuation is none."""
    return _WORD.findall(text)
