"""The best subset of sentences under a length, where some sentences need others.

For the usual lengths every subset is looked at, all at once, as rows of arrays that are made once for each number of
candidates. For long summaries there are too many: then subsets grow sentence by sentence and the most promising go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from summaries.summarizer.anchors import Anchors

    Values = NDArray[np.float64]
    Bits = NDArray[np.int64]

# Beyond so many subsets they are no longer all looked at; then so many go on after each candidate.
_MOST_SUBSETS = 20_000
_MOST_IN_TABLE = 16
_WIDTH = 4_096
# Subsets are bits of a signed 64-bit number.
MOST_CANDIDATES = 62


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be chosen: where it stands, its words, what it is worth, and what it leans on."""

    position: int
    size: int
    worth: float
    anchors: Anchors | None = None


@dataclass(frozen=True, slots=True)
class _Subsets:
    """Subsets as columns: words, sentences, worth, members as bits."""

    words: Values
    count: Bits
    worth: Values
    members: Bits

    def take(self, which: Any) -> _Subsets:
        return _Subsets(self.words[which], self.count[which], self.worth[which], self.members[which])

    def join(self, other: _Subsets) -> _Subsets:
        return _Subsets(
            np.concatenate([self.words, other.words]),
            np.concatenate([self.count, other.count]),
            np.concatenate([self.worth, other.worth]),
            np.concatenate([self.members, other.members]),
        )


def best_subset(
    candidates: Sequence[Candidate], *, least: int, most: int, longest: float, value: Callable[[Values, Values], Values]
) -> tuple[int, ...]:
    """The positions of the subset with the highest `value(worth, words)`, in order.

    It holds `least` to `most` sentences and at most `longest` words, a single sentence any number. Fewer than `least`
    where so many do not go together. Empty when nothing can stand.

    Args:
        candidates: in article order, at most `MOST_CANDIDATES`.
    """
    m = len(candidates)
    few = m <= _MOST_IN_TABLE and sum(comb(m, k) for k in range(1, min(most, m) + 1)) <= _MOST_SUBSETS
    found = _all_subsets(candidates, min(most, m), longest) if few else _grown_subsets(candidates, most, longest)
    if not len(found.count):
        return ()
    values = np.where(found.count >= min(least, int(found.count.max())), value(found.worth, found.words), -np.inf)
    members = int(found.members[int(values.argmax())])
    return tuple(candidate.position for k, candidate in enumerate(candidates) if members >> k & 1)


def _all_subsets(candidates: Sequence[Candidate], most: int, longest: float) -> _Subsets:
    table = _table(len(candidates), most)
    words = table.matrix @ np.array([float(candidate.size) for candidate in candidates])
    worth = table.matrix @ np.array([candidate.worth for candidate in candidates])
    fits = (words <= longest) | (table.count == 1)
    bits = _bits(candidates)
    for k, candidate in enumerate(candidates):
        if candidate.anchors is not None:
            fits &= table.without[k] | _stands(k, table.members, table.last[k], candidate.anchors, bits)
    return _Subsets(words, table.count, worth, table.members).take(fits)


def _grown_subsets(candidates: Sequence[Candidate], most: int, longest: float) -> _Subsets:
    bits = _bits(candidates)
    rate = sum(candidate.worth for candidate in candidates) / (sum(candidate.size for candidate in candidates) or 1)
    none = np.zeros(1, dtype=np.int64)
    subsets = _Subsets(np.zeros(1), none, np.zeros(1), none)
    for k, candidate in enumerate(candidates):
        fits = (subsets.count < most) & ((subsets.words + candidate.size <= longest) | (subsets.count == 0))
        if candidate.anchors is not None:
            fits &= _stands(k, subsets.members, _highest(subsets.members, k), candidate.anchors, bits)
        grown = subsets.take(fits)
        more = _Subsets(
            grown.words + candidate.size, grown.count + 1, grown.worth + candidate.worth, grown.members | 1 << k
        )
        subsets = subsets.join(more)
        if len(subsets.count) > _WIDTH:
            promise = subsets.worth - rate * subsets.words
            subsets = subsets.take(np.sort(np.argpartition(-promise, _WIDTH)[:_WIDTH]))
    return subsets.take(subsets.count > 0)


def _bits(candidates: Sequence[Candidate]) -> dict[int, int]:
    return {candidate.position: 1 << k for k, candidate in enumerate(candidates)}


def _stands(k: int, members: Bits, last: Bits, anchors: Anchors, bits: dict[int, int]) -> NDArray[np.bool_]:
    """Whether what candidate `k` leans on is among the members before it, of which `last` is the last."""
    near, far, blocked = (
        sum([bits.get(position, 0) for position in positions])
        for positions in (anchors.just_before, anchors.anywhere, anchors.unless_after)
    )
    stands: NDArray[np.bool_] = last & near != 0
    far &= (1 << k) - 1
    if far:
        reaches = members & far != 0
        stands |= reaches & (last & blocked == 0) if blocked else reaches
    return stands


def _highest(members: Bits, k: int) -> Bits:
    """The highest of the `k` lowest bits that is set, as a bit; 0 where none is."""
    highest = np.zeros_like(members)
    for bit in range(k):
        highest = np.where(members & (1 << bit) != 0, 1 << bit, highest)
    return highest


@dataclass(frozen=True, slots=True)
class _Table:
    """All subsets of up to so many of m candidates: as rows of ones and as bits, with the last member before each.

    `without` tells by candidate which subsets do not hold it.
    """

    matrix: Values
    members: Bits
    count: Bits
    last: tuple[Bits, ...]
    without: tuple[NDArray[np.bool_], ...]


@lru_cache(maxsize=64)
def _table(m: int, most: int) -> _Table:
    members = np.arange(1, 1 << m, dtype=np.int64)
    matrix = (members[:, None] >> np.arange(m) & 1).astype(float)
    count = matrix.sum(axis=1).astype(np.int64)
    few = count <= most
    members = members[few]
    last = tuple(_highest(members & ((1 << k) - 1), k) for k in range(m))
    without = tuple(members & (1 << k) == 0 for k in range(m))
    return _Table(matrix[few], members, count[few], last, without)
