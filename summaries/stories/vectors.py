"""Articles as vectors of term weights: a term is informative if it is rare in Indonesian news at large and in the
current window."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import compress
from math import log, sqrt
from types import MappingProxyType

from summaries.stories.signature import Signature
from summaries.text.words import read_data_lines

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
        prior = PRIOR_DOCUMENTS * (self.counts.get(term, 0) + _UNSEEN) / self.documents
        return max(_FLOOR, log((window + PRIOR_DOCUMENTS) / (others + prior)))


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


@dataclass(slots=True)
class CompactArticle:
    """A signature and its vector, of which the window holds tens of thousands in three days of news.

    Terms are interned strings, numbers are in arrays; `weights`, `values` and `is_name` follow the order of `terms`.
    `base` is the signature without weights and names. Comparing needs a `Vector`, which takes more memory.
    """

    base: Signature
    terms: tuple[str, ...]
    weights: array[float]
    is_name: bytes
    values: array[float]
    headline_shares: Mapping[str, float]
    event_norm: float = 1.0

    @classmethod
    def pack(cls, signature: Signature) -> CompactArticle:
        """Convert the signature; its vector is still empty."""
        terms = tuple(map(sys.intern, signature.weights))
        base = replace(
            signature,
            outlet=sys.intern(signature.outlet) if signature.outlet else signature.outlet,
            title=tuple(map(sys.intern, signature.title)),
            weights=_BARE.weights,
            names=_BARE.names,
            numbers=frozenset(map(sys.intern, signature.numbers)),
            day=sys.intern(signature.day) if signature.day else None,
        )
        return cls(
            base=base,
            terms=terms,
            weights=array("d", signature.weights.values()),
            is_name=bytes(term in signature.names for term in terms),
            values=array("f", bytes(4 * len(terms))),
            headline_shares={},
        )

    def names(self) -> frozenset[str]:
        return frozenset(compress(self.terms, self.is_name))

    def signature(self) -> Signature:
        weights = dict(zip(self.terms, self.weights, strict=True))
        return replace(self.base, weights=weights, names=self.names())

    def weigh(self, idf: Callable[[str], float]) -> None:
        """Compute the vector, given each term's inverse document frequency."""
        vector = make_vector(self.signature(), idf)
        self.values = array("f", vector.terms.values())
        self.headline_shares = vector.headline_shares
        self.event_norm = vector.event_norm

    def vector(self) -> Vector:
        return Vector(
            terms=dict(self.term_values()),
            names=self.names(),
            event_norm=self.event_norm,
            headline_shares=self.headline_shares,
        )

    def term_values(self) -> Iterator[tuple[str, float]]:
        """Return each term with its value in the vector."""
        return zip(self.terms, self.values, strict=True)
