"""Articles as vectors of term weights: a term is informative if it is rare in Indonesian news at large and in the
current window."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, compress, count
from math import log, sqrt
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from summaries.stories.signature import Signature
from summaries.text.words import read_data_lines

Floats = NDArray[np.float64]
PRIOR_DOCUMENTS = 300
"""The background corpus counts as much as this many articles of the window."""
_UNSEEN = 0.5
_FLOOR = 0.01
_TERM_POWER, _RARITY_POWER = 0.8, 0.75
_BARE = Signature("", weights=MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Background:
    """Document frequencies in a corpus of `documents` articles; rare terms are omitted and count as unseen."""

    documents: int
    counts: Mapping[str, int]

    @classmethod
    def parse(cls, lines: Iterable[str]) -> Background:
        """Parse the table: "documents N" first, then per line a count and the terms with that count."""
        rows = [line.split() for line in lines]
        counts = {name: int(row[0]) for row in rows[1:] for name in row[1:]}
        return cls(int(rows[0][1]), MappingProxyType(counts))

    def idf(self, term: str, *, others: int, window: int) -> float:
        """Return the term's inverse document frequency in nats, at least _FLOOR, if `others` of `window` articles
        contain it."""
        return max(_FLOOR, log((window + PRIOR_DOCUMENTS) / (others + self.prior(term))))

    def prior(self, term: str) -> float:
        """Return the number of the term's articles among PRIOR_DOCUMENTS of the corpus."""
        return PRIOR_DOCUMENTS * (self.counts.get(term, 0) + _UNSEEN) / self.documents


@cache
def load_background() -> Background:
    return Background.parse(read_data_lines("summaries.stories", "background.txt"))


@dataclass(frozen=True, slots=True)
class Vector:
    """The vectors of an article.

    `terms` is a unit vector of all its terms. `headline_shares` are the headline's terms with weights that add up to 1.
    `names` are the terms that are names, and `event_norm` is the norm of the vector without them, or 1 if nothing else
    is left.
    """

    terms: Mapping[str, float]
    names: frozenset[str]
    event_norm: float
    headline_shares: Mapping[str, float]


def make_vector(signature: Signature, idf: Callable[[str], float]) -> Vector:
    """Compute the article's vectors, given each term's inverse document frequency."""
    names = signature.names
    values: dict[str, float] = {
        term: weight**_TERM_POWER * idf(term) ** _RARITY_POWER for term, weight in signature.weights.items()
    }
    length = sqrt(sum([value * value for value in values.values()])) or 1.0
    terms = {term: value / length for term, value in values.items()}
    event_norm = sqrt(sum([value * value for term, value in terms.items() if term not in names])) or 1.0
    headline = {term: idf(term) for term in signature.title}
    total = sum(headline.values())
    return Vector(terms, names, event_norm, {term: value / total for term, value in headline.items()})


def measure_headline(a: Vector, b: Vector) -> tuple[float, float, float]:
    """Return how much of a's headline occurs in b: the share of the headline, the share of its terms other than names,
    and the share of its names that are missing. Names recur in many stories, the action does not."""
    names = names_met = action = action_met = 0.0
    for term, share in a.headline_shares.items():
        found = share if term in b.terms else 0.0
        if term in a.names:
            names += share
            names_met += found
        else:
            action += share
            action_met += found
    return names_met + action_met, action_met / action if action else 0.0, 1 - names_met / names if names else 0.0


def compute_similarity(a: Vector, b: Vector) -> tuple[float, float]:
    """Return the cosine over all terms, and over the terms that are names in neither article."""
    alike = events = 0.0
    for name in a.terms.keys() & b.terms.keys():
        product = a.terms[name] * b.terms[name]
        alike += product
        if name not in a.names and name not in b.names:
            events += product
    return alike, events / (a.event_norm * b.event_norm)


class _Numbers(dict[str, int]):
    """The number of each term; `add` numbers a term that is looked up for the first time."""

    def __init__(self, add: Callable[[str], int], known: Iterable[tuple[str, int]] = ()) -> None:
        super().__init__(known)
        self._add = add

    def __missing__(self, term: str) -> int:
        number = self[term] = self._add(term)
        return number


class Vocabulary:
    """Numbers for the terms of the window, with the number of its articles that contain each."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._terms: list[str] = []
        self._numbers = _Numbers(self._add)
        self._counts = array("i")
        self._priors = array("d")

    def __len__(self) -> int:
        return len(self._terms)

    def terms(self, numbers: NDArray[np.uint32]) -> list[str]:
        """Return the terms with these numbers."""
        return list(map(self._terms.__getitem__, numbers.tolist()))

    @property
    def counts(self) -> NDArray[np.int32]:
        """The document frequency of each term, by its number. Do not keep the array: a new term invalidates it."""
        return np.asarray(self._counts)

    def number(self, terms: Iterable[str]) -> NDArray[np.uint32]:
        """Return the number of each term, a new one if it is new."""
        return np.fromiter(map(self._numbers.__getitem__, terms), np.uint32)

    def _add(self, term: str) -> int:
        self._terms.append(term)
        self._counts.append(0)
        self._priors.append(self._background.prior(term))
        return len(self._terms) - 1

    def idf(self, numbers: NDArray[np.uint32] | slice, window: int) -> Floats:
        """Return the inverse document frequency (see `Background.idf`) of terms in an article of the window."""
        others = np.maximum(0, self.counts[numbers] - 1)  # without the article itself
        idf: Floats = np.log((window + PRIOR_DOCUMENTS) / (others + np.asarray(self._priors)[numbers]))
        return np.maximum(_FLOOR, idf)

    def compact(self) -> NDArray[np.uint32]:
        """Remove terms that no article contains, and return the new number of each old one."""
        is_used = self.counts > 0
        renumbered = (np.cumsum(is_used) - 1).astype(np.uint32)
        self._terms = list(compress(self._terms, is_used))
        self._numbers = _Numbers(self._add, zip(self._terms, count()))
        self._counts = array("i", self.counts[is_used].tobytes())
        self._priors = array("d", np.asarray(self._priors)[is_used].tobytes())
        return renumbered


def _strip(signature: Signature) -> Signature:
    """Return the signature without its weights and names. Equal strings of several articles become one object."""
    return Signature(
        signature.id,
        sys.intern(signature.outlet) if signature.outlet else signature.outlet,
        signature.published_at,
        tuple(map(sys.intern, signature.title)),
        _BARE.weights,
        _BARE.names,
        signature.numbers,
        signature.day,
        signature.kind,
    )


@dataclass(slots=True)
class CompactArticle:
    """A signature and its vector, of which the window holds tens of thousands in three days of news.

    `terms` are numbers of the window's vocabulary; `weights`, `values` and `is_name` follow their order. `base` is the
    signature without weights and names. Comparing in full needs a `Vector`, which takes more memory.
    """

    base: Signature
    terms: NDArray[np.uint32]
    weights: Floats
    is_name: NDArray[np.bool_]
    values: NDArray[np.float32]
    event_norm: float = 1.0

    @classmethod
    def pack(cls, signatures: Sequence[Signature], vocabulary: Vocabulary) -> list[CompactArticle]:
        """Convert the signatures; their vectors are still empty."""
        # One array for all articles, cut afterwards, takes half the time of an array for each article.
        terms = vocabulary.number(chain.from_iterable(one.weights for one in signatures))
        weights = np.fromiter(chain.from_iterable(one.weights.values() for one in signatures), np.float64)
        is_name = np.fromiter(
            chain.from_iterable(map(one.names.__contains__, one.weights) for one in signatures), np.bool_
        )
        packed = []
        end = 0
        for signature in signatures:
            start, end = end, end + len(signature.weights)
            part = slice(start, end)
            # Copies, because a part of an array keeps the whole array in memory.
            values = np.zeros(end - start, np.float32)
            packed.append(
                cls(_strip(signature), terms[part].copy(), weights[part].copy(), is_name[part].copy(), values)
            )
        return packed

    def names(self, vocabulary: Vocabulary) -> frozenset[str]:
        return frozenset(vocabulary.terms(self.terms[self.is_name]))

    def signature(self, vocabulary: Vocabulary) -> Signature:
        weights = dict(zip(vocabulary.terms(self.terms), self.weights.tolist(), strict=True))
        return replace(self.base, weights=weights, names=self.names(vocabulary))

    def weigh(self, idf: Floats) -> None:
        """Compute the vector as `make_vector` does, given the inverse document frequency of each of the terms."""
        values = self.weights**_TERM_POWER * idf**_RARITY_POWER
        self.values = (values / (sqrt(values @ values) or 1.0)).astype(np.float32)
        others = self.values[~self.is_name]
        self.event_norm = sqrt(others @ others) or 1.0

    def vector(self, vocabulary: Vocabulary, window: int) -> Vector:
        terms = dict(zip(vocabulary.terms(self.terms), self.values.tolist(), strict=True))
        title = self.base.title
        idf = vocabulary.idf(vocabulary.number(title), window)
        shares = dict(zip(title, (idf / idf.sum()).tolist(), strict=True)) if title else {}
        return Vector(terms, self.names(vocabulary), self.event_norm, shares)
