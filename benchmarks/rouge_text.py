"""Plain ROUGE-1 and ROUGE-2 F1 as the package rouge-score counts them without stemming, for many short texts fast."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

_TOKEN = re.compile(r"[a-z0-9]+")


def tokens(text: str) -> list[str]:
    """Lower-case runs of ASCII letters and digits, as rouge-score takes them."""
    return _TOKEN.findall(text.lower())


def bigrams(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(words))


def rouge(reference: str, summary: str) -> tuple[float, float]:
    """ROUGE-1 and ROUGE-2 F1, each from 0 to 1."""
    want, have = tokens(reference), tokens(summary)
    return _f1(want, have), _f1(bigrams(want), bigrams(have))


def _f1(want: Sequence[Hashable], have: Sequence[Hashable]) -> float:
    common: Counter[Any] = Counter(want) & Counter(have)
    matched = sum(common.values())
    return 2 * matched / (len(want) + len(have)) if matched else 0.0
