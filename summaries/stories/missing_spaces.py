"""Restore spaces that a page's text lost around its links ("Polda Metro Jayamenangkap pria").

Links mark the subject of an article, so the most informative words would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from itertools import takewhile
from math import inf, log

from summaries.text.words import read_data_lines

_WORD = re.compile(r"[^\W\d_]{5,}")
_MIN_CHARS, _MAX_CHARS = 6, 40
_MAX_PART_CHARS = 20
# Shorter parts must be in _SHORT_WORDS; the prefixes in _NO_PARTS are never words.
_SHORT_PART = 4
_MIN_NAME_CHARS = 3
_SHORT_WORDS = frozenset(["di", "ke", "dan", "itu", "ini", "as", "ri", "tak", "kpk", "mk"])
_NO_PARTS = frozenset(["meng", "peng", "mena", "anti", "antar", "para", "maha", "waka"])
# Costs in nats: a word by its frequency rank, a word of the same article, an unlisted name, a boundary.
_RANK_SHIFT = 10
_COST_HERE = 7.0
_COST_NAME, _COST_NAME_LETTER = 12.0, 2.2
_COST_SEAM = 2.0
_MAX_COST_AFTER_NAME = 4.7
"""After a name only a word of five letters or more, or one of the hundred most frequent: "Lamborghini" stays whole."""


@cache
def load_word_costs() -> Mapping[str, float]:
    """Load the cost of each word of Indonesian news: the logarithm of its frequency rank."""
    ranked = [word for line in read_data_lines("summaries.stories", "words.txt") for word in line.split()]
    return {word: log(rank + _RANK_SHIFT) for rank, word in enumerate(ranked)}


def restore_spaces(text: str, title: str = "") -> str:
    """Insert spaces where an unknown word splits into words known from news, this article or its title."""
    usual = load_word_costs()
    odd = [match for match in _WORD.finditer(text) if match[0].lower() not in usual]
    if not odd:
        return text
    here = {match[0].lower() for match in odd} | {word.lower() for word in _WORD.findall(title)}
    pieces, at = [], 0
    for match in odd:
        parts = [part for run in _split_at_capitals(match[0], usual) for part in _split(run, here, usual)]
        if len(parts) > 1:
            pieces += [text[at : match.start()], " ".join(parts)]
            at = match.end()
    return "".join([*pieces, text[at:]])


def _split_at_capitals(word: str, usual: Collection[str]) -> list[str]:
    """Split "JatanrasPolda", "ESDMBahlil" and "PLNterkait" in two; keep "iPhone"."""
    cuts = [0]
    for i in range(2, len(word)):
        before, here = word[i - 1], word[i]
        if before.islower() and here.isupper():
            cuts.append(i)
        elif before.isupper() and here.islower() and word[i - 2].isupper():
            # The abbreviation ends here or one letter earlier.
            rest = "".join(takewhile(str.islower, word[i:]))
            is_word = len(rest) >= 3 and rest in usual and word[i - 1].lower() + rest not in usual
            cuts.append(i if is_word else i - 1)
    starts = sorted({cut for cut in cuts if cut != 1})
    return [word[a:b] for a, b in zip(starts, [*starts[1:], len(word)], strict=True)]


def _split(word: str, here: Collection[str], usual: Mapping[str, float]) -> list[str]:
    """Return the cheapest reading of `word`: whole, as known words, or as a name followed by known words."""
    lower, size = word.lower(), len(word)
    if not _MIN_CHARS <= size <= _MAX_CHARS or lower in usual or len(lower) != size:
        return [word]
    # For each start: the cost of the cheapest reading in known words, and the end of its first word.
    costs, ends = [inf] * size + [0.0], [size] * (size + 1)
    for start in range(size - 2, -1, -1):
        for end in range(start + 2, min(size, start + _MAX_PART_CHARS) + 1):
            if costs[end] < inf and end - start < size:
                cost = _compute_cost(lower[start:end], here, usual) + costs[end] + (_COST_SEAM if end < size else 0.0)
                if cost < costs[start]:
                    costs[start], ends[start] = cost, end
    cheapest, name = min((_compute_name_cost(size), size), (costs[0], 0))
    for start in range(_MIN_NAME_CHARS, size - _SHORT_PART + 1) if word[0].isupper() else ():
        cost = _compute_name_cost(start) + _COST_SEAM + costs[start]
        if cost < cheapest and _is_sure(lower[start : ends[start]], usual):
            cheapest, name = cost, start
    parts, at = [word[:name]] if name else [], name
    while at < size:
        parts.append(word[at : ends[at]])
        at = ends[at]
    return parts


def _compute_name_cost(letters: int) -> float:
    return _COST_NAME + _COST_NAME_LETTER * letters


def _is_sure(part: str, usual: Mapping[str, float]) -> bool:
    return len(part) > _SHORT_PART or (len(part) == _SHORT_PART and usual.get(part, inf) <= _MAX_COST_AFTER_NAME)


def _compute_cost(part: str, here: Collection[str], usual: Mapping[str, float]) -> float:
    if part in _NO_PARTS or (len(part) < _SHORT_PART and part not in _SHORT_WORDS):
        return inf
    return usual.get(part, _COST_HERE if part in here else inf)
