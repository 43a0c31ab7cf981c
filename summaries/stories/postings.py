"""An inverted index in arrays: the articles that contain a term, and the term's value in each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Posting:
    """The articles that contain one term, by ascending number, and the term's value in each."""

    numbers: array[int] = field(default_factory=lambda: array("I"))
    values: array[float] = field(default_factory=lambda: array("f"))

    def __len__(self) -> int:
        return len(self.numbers)

    def position(self, number: int) -> int:
        """Return the index of the article, which must be present."""
        return bisect_left(self.numbers, number)

    def latest(self, count: int) -> Posting:
        """Return the part with the `count` latest articles."""
        return Posting(self.numbers[-count:], self.values[-count:])


class Postings:
    """Postings by term. The caller numbers the articles and adds them in ascending order."""

    def __init__(self) -> None:
        self._by_term: defaultdict[str, Posting] = defaultdict(Posting)

    def count(self, term: str) -> int:
        return len(self._by_term.get(term, ()))

    def get(self, term: str) -> Posting:
        """Return the term's posting; the term must be present."""
        return self._by_term[term]

    def add(self, number: int, valued: Iterable[tuple[str, float]]) -> None:
        """Add an article whose number is higher than all before."""
        for term, value in valued:
            posting = self._by_term[term]
            posting.numbers.append(number)
            posting.values.append(value)

    def set(self, number: int, valued: Iterable[tuple[str, float]]) -> None:
        """Update the values of an article."""
        for term, value in valued:
            posting = self._by_term[term]
            posting.values[posting.position(number)] = value

    def remove(self, number: int, terms: Iterable[str]) -> None:
        for term in terms:
            posting = self._by_term[term]
            position = posting.position(number)
            posting.numbers.pop(position)
            posting.values.pop(position)
            if not posting.numbers:
                del self._by_term[term]


def sum_overlaps(postings: Iterable[tuple[Posting, float]], *, at_least: float) -> Iterator[tuple[int, float]]:
    """Yield the articles of the postings, by number, with the weighted sum of their values, if at least `at_least`."""
    pairs = list(postings)
    if not pairs:
        return
    # Joined as bytes, because converting each posting to an array would dominate the cost.
    found = np.frombuffer(b"".join([posting.numbers for posting, _ in pairs]), np.uint32).astype(np.int64)
    values = np.frombuffer(b"".join([posting.values for posting, _ in pairs]), np.float32)
    weights = np.repeat(
        np.array([weight for _, weight in pairs], np.float32), [len(posting.numbers) for posting, _ in pairs]
    )
    first = found.min()
    sums = np.bincount(found - first, values * weights)
    enough = np.flatnonzero(sums >= at_least)
    yield from zip((enough + first).tolist(), sums[enough].tolist(), strict=True)
