"""Words that ran together: many a page's text loses the spaces around its links ("Polda Metro Jayamenangkap pria").

Links stand on what an article is about, so that just the telling words would be lost.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import takewhile
from math import inf, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_WORD = re.compile(r"[^\W\d_]{5,}")
_SHORTEST, _LONGEST = 6, 40
_LONGEST_PART = 20
# Parts of fewer letters than _SHORT_PART are only these; prefixes are words of their own nowhere.
_SHORT_PART = 4
_SHORTEST_NAME = 3
_SHORT_WORDS = frozenset(["di", "ke", "dan", "itu", "ini", "as", "ri", "tak", "kpk", "mk"])
_NO_PARTS = frozenset(["meng", "peng", "mena", "anti", "antar", "para", "maha", "waka"])
# Costs in nats: a word by its rank among all words, a word of the same article, a name that no list holds, a seam.
_RANK_SHIFT = 10
_COST_HERE = 7.0
_COST_NAME, _COST_NAME_LETTER = 12.0, 2.2
_COST_SEAM = 2.0
_MOST_AFTER_NAME = 4.7
"""Behind a name stands a word of five letters or more, or one of the hundred most frequent: "Lamborghini" is whole."""


@cache
def usual_words() -> Mapping[str, float]:
    """What a word of Indonesian news costs: the logarithm of its rank."""
    path = files("summaries.stories").joinpath("data", "words.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    ranked = [word for line in lines if not line.startswith("#") for word in line.split()]
    return {word: log(rank + _RANK_SHIFT) for rank, word in enumerate(ranked)}


def split_run_ons(text: str, title: str = "") -> str:
    """`text` with spaces where words that nobody uses fall into words that news, this article or its title use."""
    usual = usual_words()
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
    """ "JatanrasPolda", "ESDMBahlil" and "PLNterkait" in two; "iPhone" stays."""
    cuts = [0]
    for i in range(2, len(word)):
        before, here = word[i - 1], word[i]
        if before.islower() and here.isupper():
            cuts.append(i)
        elif before.isupper() and here.islower() and word[i - 2].isupper():
            # An abbreviation ends here or one letter before.
            rest = "".join(takewhile(str.islower, word[i:]))
            is_word = len(rest) >= 3 and rest in usual and word[i - 1].lower() + rest not in usual
            cuts.append(i if is_word else i - 1)
    starts = sorted({cut for cut in cuts if cut != 1})
    return [word[a:b] for a, b in zip(starts, [*starts[1:], len(word)], strict=True)]


def _split(word: str, here: Collection[str], usual: Mapping[str, float]) -> list[str]:
    """The cheapest way to read `word`: whole, in known words, or as a name with known words behind it."""
    lower, size = word.lower(), len(word)
    if not _SHORTEST <= size <= _LONGEST or lower in usual or len(lower) != size:
        return [word]
    # From each letter on: the cheapest reading in known words, and where its first word ends.
    costs, ends = [inf] * size + [0.0], [size] * (size + 1)
    for start in range(size - 2, -1, -1):
        for end in range(start + 2, min(size, start + _LONGEST_PART) + 1):
            if costs[end] < inf and end - start < size:
                cost = _cost(lower[start:end], here, usual) + costs[end] + (_COST_SEAM if end < size else 0.0)
                if cost < costs[start]:
                    costs[start], ends[start] = cost, end
    cheapest, name = min((_name_cost(size), size), (costs[0], 0))
    for start in range(_SHORTEST_NAME, size - _SHORT_PART + 1) if word[0].isupper() else ():
        cost = _name_cost(start) + _COST_SEAM + costs[start]
        if cost < cheapest and _is_sure(lower[start : ends[start]], usual):
            cheapest, name = cost, start
    parts, at = [word[:name]] if name else [], name
    while at < size:
        parts.append(word[at : ends[at]])
        at = ends[at]
    return parts


def _name_cost(letters: int) -> float:
    return _COST_NAME + _COST_NAME_LETTER * letters


def _is_sure(part: str, usual: Mapping[str, float]) -> bool:
    return len(part) > _SHORT_PART or (len(part) == _SHORT_PART and usual.get(part, inf) <= _MOST_AFTER_NAME)


def _cost(part: str, here: Collection[str], usual: Mapping[str, float]) -> float:
    if part in _NO_PARTS or (len(part) < _SHORT_PART and part not in _SHORT_WORDS):
        return inf
    return usual.get(part, _COST_HERE if part in here else inf)
