"""The articles of the last days, and for each the few that may tell the same: an inverted index over telling terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from summaries.stories.pairs import MAX_HOURS, Crowd, Likeness, Scorer, compare, hours_between
from summaries.stories.weighting import Background, Vector, weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from summaries.stories.signature import Signature

QUERY_TERMS = 25
MAX_POSTINGS = 200
"""A term that more articles of the window hold brings no candidates: that keeps an article's cost bounded."""
MAX_CANDIDATES = 30
_MIN_OVERLAP = 0.02
_MIN_BEFORE_REWEIGHING = 200

_UNWEIGHED = Vector({}, {}, {}, {}, {}, frozenset())


@dataclass(slots=True)
class _Member:
    signature: Signature
    vector: Vector
    neighbours: dict[str, Likeness] = field(default_factory=dict)
    # Neighbours are looked for when first needed: after a restart most articles are never asked for again.
    is_asked: bool = False
    crowd: Crowd | None = None


class Window:
    """Articles by id, how telling each term is among them, and which articles are near each other.

    Weights are those of the moment when an article came in, and all are made anew each time the window has changed by
    half; pairs are compared anew when it has doubled. So an article costs the same in a large window as in a small one.
    """

    def __init__(self, background: Background, scorer: Scorer) -> None:
        self._background = background
        self._scorer = scorer
        self._members: dict[str, _Member] = {}
        self._postings: dict[str, dict[str, float]] = {}
        self._added = self._compared_at = 0

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def signature(self, article_id: str) -> Signature:
        return self._members[article_id].signature

    def insert(self, signatures: Sequence[Signature]) -> None:
        """Take articles in; one with a known id replaces it."""
        for signature in signatures:
            self.remove(signature.id)
            self._members[signature.id] = _Member(signature, _UNWEIGHED)
            for name in signature.weights:
                self._postings.setdefault(name, {})[signature.id] = 0.0
        self._added += len(signatures)
        has_grown = len(signatures) * 2 > len(self) or len(self) >= 2 * max(self._compared_at, _MIN_BEFORE_REWEIGHING)
        if has_grown or self._added >= max(_MIN_BEFORE_REWEIGHING, len(self) // 2):
            self._added = 0
            self._weigh(self._members)
        else:
            self._weigh(signature.id for signature in signatures)
        if has_grown:
            self._forget_likeness()

    def remove(self, article_id: str) -> None:
        member = self._members.pop(article_id, None)
        if member is None:
            return
        for name in member.signature.weights:
            postings = self._postings[name]
            del postings[article_id]
            if not postings:
                del self._postings[name]
        for other in member.neighbours:
            beside = self._members[other]
            beside.neighbours.pop(article_id, None)
            beside.crowd = None

    def neighbours(self, article_id: str) -> dict[str, Likeness]:
        """The articles that may tell the same, and how alike they are."""
        member = self._members[article_id]
        if not member.is_asked:
            member.is_asked = True
            for other in self._candidates(member):
                if other not in member.neighbours:
                    self._compare(member, self._members[other])
        return member.neighbours

    def log_odds(self, a: str, b: str) -> float:
        """How likely a and b tell the same event (see `pairs.Scorer`); minus infinity for what is too far apart."""
        likeness = self.neighbours(a).get(b)
        if likeness is None:
            one, other = self._members[a], self._members[b]
            if not _is_near(one.signature, other.signature):
                return -inf
            likeness = self._compare(one, other)
        return self._scorer.log_odds(likeness, self._crowd(a), self._crowd(b))

    def _crowd(self, article_id: str) -> Crowd:
        likenesses = self.neighbours(article_id).values()
        member = self._members[article_id]
        if member.crowd is None:
            member.crowd = Crowd.of([likeness.alike for likeness in likenesses])
        return member.crowd

    def rarity(self, term: str) -> float:
        """How telling a term is; the article that holds it does not count itself."""
        others = len(self._postings.get(term, ())) - 1
        return self._background.rarity(term, others=max(0, others), window=len(self))

    def _forget_likeness(self) -> None:
        self._compared_at = len(self)
        for member in self._members.values():
            member.neighbours, member.is_asked, member.crowd = {}, False, None

    def _weigh(self, article_ids: Iterable[str]) -> None:
        known: dict[str, float] = {}

        def rarity(term: str) -> float:
            # Most terms of an article are also in others.
            value = known.get(term)
            if value is None:
                value = known[term] = self.rarity(term)
            return value

        for article_id in article_ids:
            member = self._members[article_id]
            member.vector = weigh(member.signature, rarity)
            for name, value in member.vector.terms.items():
                self._postings[name][article_id] = value

    def _compare(self, a: _Member, b: _Member) -> Likeness:
        likeness = compare(a.signature, b.signature, a.vector, b.vector)
        a.neighbours[b.signature.id] = b.neighbours[a.signature.id] = likeness
        a.crowd = b.crowd = None
        return likeness

    def _overlapping(self, member: _Member) -> dict[str, float]:
        """Articles that share telling terms, each with about how much; not the article itself."""
        telling = sorted(member.vector.terms.items(), key=lambda item: (-item[1], item[0]))
        overlap: dict[str, float] = {}
        used = 0
        for name, value in telling:
            postings = self._postings[name]
            if len(postings) > MAX_POSTINGS:
                continue
            used += 1
            if used > QUERY_TERMS:
                break
            for other, weight in postings.items():
                overlap[other] = overlap.get(other, 0.0) + value * weight
        overlap.pop(member.signature.id, None)
        return overlap

    def _candidates(self, member: _Member) -> list[str]:
        near = [
            (-shared, other)
            for other, shared in self._overlapping(member).items()
            if shared >= _MIN_OVERLAP and _is_near(member.signature, self._members[other].signature)
        ]
        return [other for _, other in sorted(near)[:MAX_CANDIDATES]]


def _is_near(a: Signature, b: Signature) -> bool:
    hours = hours_between(a, b)
    return hours is None or hours <= MAX_HOURS
