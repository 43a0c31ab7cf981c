"""Memory-efficient articles for the window, which holds tens of thousands of them in three days of news.

Terms are interned strings, numbers are in arrays. Comparing needs a `Vector`, which takes more memory.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import compress

from summaries.stories.signature import SUBJECT_TERMS, HeadlineKind, Signature
from summaries.stories.term_weights import Vector, make_vector


@dataclass(slots=True)
class CompactArticle:
    """A signature and its vector. `weights`, `values` and `is_name` follow the order of `terms`."""

    id: str
    outlet: str | None
    published_at: datetime | None
    kind: HeadlineKind
    title: tuple[str, ...]
    terms: tuple[str, ...]
    weights: array[float]
    is_name: bytes
    speakers: frozenset[str]
    values: array[float]
    headline_shares: Mapping[str, float]
    event_norm: float = 1.0

    @classmethod
    def pack(cls, signature: Signature) -> CompactArticle:
        """Convert the signature; its vector is still empty."""
        terms = tuple(map(sys.intern, signature.weights))
        return cls(
            id=signature.id,
            outlet=sys.intern(signature.outlet) if signature.outlet else signature.outlet,
            published_at=signature.published_at,
            kind=signature.kind,
            title=tuple(map(sys.intern, signature.title)),
            terms=terms,
            weights=array("d", signature.weights.values()),
            is_name=bytes(term in signature.names for term in terms),
            speakers=frozenset(map(sys.intern, signature.speakers)),
            values=array("f", bytes(4 * len(terms))),
            headline_shares={},
        )

    @property
    def subject(self) -> tuple[str, ...]:
        return self.title[:SUBJECT_TERMS]

    def names(self) -> frozenset[str]:
        return frozenset(compress(self.terms, self.is_name))

    def signature(self) -> Signature:
        return Signature(
            id=self.id,
            outlet=self.outlet,
            published_at=self.published_at,
            title=self.title,
            weights=dict(zip(self.terms, self.weights, strict=True)),
            names=self.names(),
            speakers=self.speakers,
            kind=self.kind,
        )

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
