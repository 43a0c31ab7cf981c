"""Which articles hold a term, and how much it counts in each: an inverted index in arrays."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def _numbers() -> array[int]:
    return array("I")


def _values() -> array[float]:
    return array("f")


@dataclass(slots=True)
class Posting:
    """The articles that hold one term, by their numbers in ascending order, and the term's value in each."""

    numbers: array[int] = field(default_factory=_numbers)
    values: array[float] = field(default_factory=_values)

    def __len__(self) -> int:
        return len(self.numbers)

    def position(self, number: int) -> int:
        """Where the article, which must be among these, is found."""
        return bisect_left(self.numbers, number)

    def latest(self, count: int) -> Posting:
        """The part of it with the articles that came in last, `count` at most."""
        return Posting(self.numbers[-count:], self.values[-count:])


class Postings:
    """Postings by term. Articles are numbered by the caller, and taken in by ascending numbers."""

    def __init__(self) -> None:
        self._by_term: dict[str, Posting] = {}

    def count(self, term: str) -> int:
        return len(self._by_term.get(term, ()))

    def get(self, term: str) -> Posting:
        """The term's articles, of which there must be some."""
        return self._by_term[term]

    def add(self, number: int, valued: Iterable[tuple[str, float]]) -> None:
        """Take in an article whose number is higher than any before."""
        for term, value in valued:
            posting = self._by_term.get(term)
            if posting is None:
                posting = self._by_term[term] = Posting()
            posting.numbers.append(number)
            posting.values.append(value)

    def set(self, number: int, valued: Iterable[tuple[str, float]]) -> None:
        """Change the values of an article."""
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

    def clear(self) -> None:
        self._by_term.clear()


def overlaps(postings: Iterable[tuple[Posting, float]], *, at_least: float) -> Iterator[tuple[int, float]]:
    """The articles of the postings, by number, each with the sum of its values there times the posting's weight."""
    pairs = list(postings)
    if not pairs:
        return
    # Joined as bytes: to make an array of each posting would take longer than all else.
    found = np.frombuffer(b"".join([posting.numbers for posting, _ in pairs]), np.uint32).astype(np.int64)
    values = np.frombuffer(b"".join([posting.values for posting, _ in pairs]), np.float32)
    weights = np.repeat(
        np.array([weight for _, weight in pairs], np.float32), [len(posting.numbers) for posting, _ in pairs]
    )
    first = found.min()
    sums = np.bincount(found - first, values * weights)
    enough = np.flatnonzero(sums >= at_least)
    yield from zip((enough + first).tolist(), sums[enough].tolist(), strict=True)
