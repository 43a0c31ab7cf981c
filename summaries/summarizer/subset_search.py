"""Find the best subset of sentences under a length limit, where some sentences require others.

For the usual lengths every subset is evaluated at once, in arrays precomputed per number of candidates. For long
summaries there are too many: a beam search extends subsets sentence by sentence and keeps the most promising.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from summaries.summarizer.references import SentenceReferences

Values = NDArray[np.float64]
Bits = NDArray[np.int64]
# The sentences of a `SentenceReferences` as bits: just before, anywhere, unless after.
ReferenceBits = tuple[int, int, int]

# Above this number of subsets, use beam search with this width.
_MAX_SUBSETS = 20_000
_MAX_TABLE_CANDIDATES = 16
_BEAM_WIDTH = 1_024
# Subsets are bits of a signed 64-bit integer.
MAX_CANDIDATES = 62


class Candidate(NamedTuple):
    """A sentence that may be selected: its position, words, and expected relevant words.

    `covers` are its words of the headline, and `repeats` the candidates that state the same fact, as bits.
    """

    position: int
    size: int
    worth: float
    covers: int = 0
    repeats: int = 0


# Subsets of the beam search as rows: words, sentences, worth, members as bits.
_SUBSET = np.dtype([("words", np.float64), ("count", np.int64), ("worth", np.float64), ("members", np.int64)])


def find_best_subset(
    candidates: Sequence[Candidate],
    find_references: Callable[[int], SentenceReferences | None],
    *,
    least: int,
    most: int,
    longest: float,
    value: Callable[[Values, Values, Bits], Values],
) -> tuple[int, ...]:
    """Return the positions of the subset with the highest `value(worth, words, covered)`, in order.

    It has `least` to `most` sentences, at most `longest` words (a single sentence may be longer), and a target for each
    reference. It has fewer than `least` if no such subset exists, and is empty if none is valid.

    Args:
        candidates: in article order, at most `MAX_CANDIDATES`.
        find_references: returns the references of the sentence at a position. Called for few of them.
    """
    bits = {candidate.position: 1 << k for k, candidate in enumerate(candidates)}

    @cache
    def find_reference_bits(k: int) -> ReferenceBits | None:
        references = find_references(candidates[k].position)
        if references is None:
            return None
        near, far, blocked = (
            sum(bits.get(position, 0) for position in positions)
            for positions in (references.just_before, references.anywhere, references.unless_after)
        )
        return near, far & ((1 << k) - 1), blocked

    table = _make_table(len(candidates), min(most, len(candidates)))
    if table is not None:
        return _search_table(candidates, find_reference_bits, table, least, longest, value)
    found = _search_beam(candidates, find_reference_bits, most, longest)
    if not len(found):
        return ()
    values = value(found["worth"], found["words"], _find_covered(candidates, found["members"]))
    best = _find_best(found["count"] > 0, found["count"], least, values)
    return () if best is None else _list_positions(candidates, int(found["members"][best]))


def _search_table(
    candidates: Sequence[Candidate],
    find_reference_bits: Callable[[int], ReferenceBits | None],
    table: _Table,
    least: int,
    longest: float,
    value: Callable[[Values, Values, Bits], Values],
) -> tuple[int, ...]:
    words, worth = np.array([(one.size, one.worth) for one in candidates]).T @ table.matrix
    fits = (words <= longest) | table.single
    for k, candidate in enumerate(candidates):
        if candidate.repeats:
            fits &= table.without[k] | (table.members & candidate.repeats == 0)
    # Most subsets are too long: fewer than half are worth a value.
    fitting = fits.nonzero()[0]
    subsets, count = table.members[fitting], table.count[fitting]
    values = value(worth[fitting], words[fitting], _find_covered(candidates, subsets))
    fits = np.ones(len(fitting), dtype=np.bool_)
    # The best subset is nearly always valid, so references are resolved only for its members, not for all candidates.
    while (best := _find_best(fits, count, least, values)) is not None:
        members = int(subsets[best])
        for k in range(len(candidates)):
            if members >> k & 1 and (needs := find_reference_bits(k)) is not None:
                fits &= (subsets >> k & 1 == 0) | _resolves(subsets, table.last[k][fitting], needs)
        if fits[best]:
            return _list_positions(candidates, members)
    return ()


def _find_covered(candidates: Sequence[Candidate], members: Bits) -> Bits:
    """Return the headline terms that each subset covers."""
    covers = np.array([candidate.covers for candidate in candidates], dtype=np.int64)
    covered: Bits = np.bitwise_or.reduce((members >> np.arange(len(covers))[:, None] & 1) * covers[:, None])
    return covered


def _find_best(fits: NDArray[np.bool_], count: Bits, least: int, values: Values) -> int | None:
    """Return the index of the best fitting subset with at least `least` sentences, or with the most that fit."""
    enough = fits & (count >= least)
    best = int(np.where(enough, values, -np.inf).argmax())
    if enough[best]:
        return best
    if not fits.any():
        return None
    enough = fits & (count == count[fits].max())
    return int(np.where(enough, values, -np.inf).argmax())


def _list_positions(candidates: Sequence[Candidate], members: int) -> tuple[int, ...]:
    return tuple([candidate.position for k, candidate in enumerate(candidates) if members >> k & 1])


def _search_beam(
    candidates: Sequence[Candidate],
    find_reference_bits: Callable[[int], ReferenceBits | None],
    most: int,
    longest: float,
) -> NDArray[np.void]:
    rate = sum(candidate.worth for candidate in candidates) / (sum(candidate.size for candidate in candidates) or 1)
    subsets: NDArray[np.void] = np.zeros(1, _SUBSET)
    for k, candidate in enumerate(candidates):
        fits = (subsets["count"] < most) & ((subsets["words"] + candidate.size <= longest) | (subsets["count"] == 0))
        if candidate.repeats:
            fits &= subsets["members"] & candidate.repeats == 0
        if (needs := find_reference_bits(k)) is not None:
            fits &= _resolves(subsets["members"], _find_highest_bit(subsets["members"], k), needs)
        grown = subsets[fits]
        grown["words"] += candidate.size
        grown["count"] += 1
        grown["worth"] += candidate.worth
        grown["members"] |= 1 << k
        subsets = np.concatenate([subsets, grown])
        if len(subsets) > _BEAM_WIDTH:
            promise = subsets["worth"] - rate * subsets["words"]
            subsets = subsets[np.sort(np.argpartition(-promise, _BEAM_WIDTH)[:_BEAM_WIDTH])]
    return subsets[subsets["count"] > 0]


def _resolves(members: Bits, last: Bits, needs: ReferenceBits) -> NDArray[np.bool_]:
    """Return whether each subset resolves a candidate's references; `last` is its last member before the candidate."""
    near, far, blocked = needs
    resolved: NDArray[np.bool_] = last & near != 0
    if far:
        reaches = members & far != 0
        resolved |= reaches & (last & blocked == 0) if blocked else reaches
    return resolved


def _find_highest_bit(members: Bits, k: int) -> Bits:
    """Return the highest set bit among the `k` lowest, or 0."""
    highest = np.zeros_like(members)
    for bit in range(k):
        highest = np.where(members & (1 << bit) != 0, 1 << bit, highest)
    return highest


@dataclass(frozen=True, slots=True)
class _Table:
    """All subsets of up to `most` of m candidates: as columns of ones and as bits, with the last member before each.

    `single` marks subsets of one member, `without` maps each candidate to the subsets that lack it.
    """

    matrix: Values
    members: Bits
    count: Bits
    single: NDArray[np.bool_]
    last: tuple[Bits, ...]
    without: tuple[NDArray[np.bool_], ...]


@lru_cache(maxsize=64)
def _make_table(m: int, most: int) -> _Table | None:
    """Return None if there are too many subsets or no candidate."""
    if not 0 < m <= _MAX_TABLE_CANDIDATES or sum(comb(m, k) for k in range(1, most + 1)) > _MAX_SUBSETS:
        return None
    members = np.arange(1, 1 << m, dtype=np.int64)
    matrix = (members >> np.arange(m)[:, None] & 1).astype(float)
    count = matrix.sum(axis=0).astype(np.int64)
    few = count <= most
    members, count = members[few], count[few]
    last = tuple(_find_highest_bit(members & ((1 << k) - 1), k) for k in range(m))
    without = tuple(members & (1 << k) == 0 for k in range(m))
    return _Table(np.ascontiguousarray(matrix[:, few]), members, count, count == 1, last, without)
