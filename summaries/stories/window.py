"""The articles of the last days and, for each, the few that may report the same event, found by an inverted index."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from heapq import nlargest
from math import inf

import numpy as np

from summaries.stories.pair_model import MAX_HOURS, Density, Scorer, Similarity, compare, count_hours_between
from summaries.stories.signature import HeadlineKind, Signature
from summaries.stories.vectors import Background, CompactArticle, Vector

QUERY_TERMS = 25
MAX_POSTINGS = 200
"""A term in more articles of the window yields no candidates, which bounds an article's cost. If all of its terms are
that frequent, the latest articles with its most informative terms are examined."""
MAX_CANDIDATES = 30
MAX_NEIGHBOURS = 200
"""How many similarities an article keeps. Without a limit, each of thousands of articles that resemble one would
traverse all the others."""
MAX_VECTORS = 500
"""How many unpacked vectors are kept; an article's candidates are compared with it one after another."""
STALE_FACTOR, STALE_MORE = 2, 1
"""Weights are stale when the document frequency of the key term has grown by this factor and this addend."""
_MIN_OVERLAP = 0.02
_MAX_S = MAX_HOURS * 3600
_MIN_BEFORE_REWEIGHING = 200


@dataclass(slots=True)
class _Member:
    number: int
    article: CompactArticle
    # Times are compared a hundred times per article; as numbers that takes a tenth of the time.
    published_s: float | None
    neighbours: dict[str, Similarity] = field(default_factory=dict)
    # Articles that list this one among their neighbours but are not in its own list, which is full.
    followers: set[str] = field(default_factory=set)
    # Neighbours are computed on first use: after a restart most articles are never queried.
    has_neighbours: bool = False
    density: Density | None = None
    # Its most informative term, and the term's document frequency when it was weighed.
    key_term: str = ""
    key_count: int = 0


class Window:
    """Articles by id, the document frequencies of their terms, and their neighbours.

    An article is weighed when it arrives. All are reweighed each time half of the window has changed, and pairs are
    recomputed when its size has doubled; a single article is reweighed when twice as many articles cover the same event
    (`refresh`). So the cost of an article does not depend on the size of the window or on bursts of news.
    """

    def __init__(self, background: Background, scorer: Scorer) -> None:
        self._background = background
        self._scorer = scorer
        self._members: dict[str, _Member] = {}
        self._by_number: dict[int, _Member] = {}
        self._postings = Postings()
        self._vectors: dict[str, Vector] = {}
        self._numbered = 0
        self._added = self._compared_at = 0

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def signature(self, article_id: str) -> Signature:
        return self._members[article_id].article.signature()

    def published_at(self, article_id: str) -> datetime | None:
        return self._members[article_id].article.base.published_at

    def insert(self, signatures: Sequence[Signature]) -> None:
        """Insert articles; one with a known id replaces it."""
        new = []
        for signature in signatures:
            self.remove(signature.id)
            moment = signature.published_at
            published_s = moment.timestamp() if moment is not None else None
            member = _Member(self._numbered, CompactArticle.pack(signature), published_s)
            self._numbered += 1
            self._members[signature.id] = self._by_number[member.number] = member
            self._postings.add(member.number, member.article.term_values())
            new.append(member)
        self._added += len(signatures)
        has_grown = len(signatures) * 2 > len(self) or len(self) >= 2 * max(self._compared_at, _MIN_BEFORE_REWEIGHING)
        if has_grown or self._added >= max(_MIN_BEFORE_REWEIGHING, len(self) // 2):
            self._added = 0
            self._weigh_all()
        else:
            # The last of two articles with the same id has replaced the first.
            new = [member for member in new if self._members.get(member.article.base.id) is member]
            self._weigh(new)
            for member in new:
                self._postings.set(member.number, member.article.term_values())
        if has_grown:
            self._compared_at = len(self)
            for member in self._members.values():
                member.neighbours, member.followers = {}, set()
                member.has_neighbours, member.density = False, None

    def remove(self, article_id: str) -> None:
        member = self._members.pop(article_id, None)
        if member is None:
            return
        del self._by_number[member.number]
        self._postings.remove(member.number, member.article.terms)
        self._vectors.pop(article_id, None)
        for other in member.neighbours.keys() | member.followers:
            beside = self._members[other]
            beside.neighbours.pop(article_id, None)
            beside.followers.discard(article_id)
            beside.density = None

    def refresh(self, article_id: str) -> None:
        """Reweigh and recompare the article's neighbours whose key term has become frequent."""
        for other in list(self.neighbours(article_id)):
            member = self._members[other]
            if self._postings.count(member.key_term) >= STALE_FACTOR * member.key_count + STALE_MORE:
                self._weigh([member])
                self._vectors.pop(other, None)
                for beside in self.nearest(other):
                    self._compare(member, self._members[beside])

    def neighbours(self, article_id: str) -> dict[str, Similarity]:
        """Return the articles that may report the same event, with their similarity."""
        member = self._members[article_id]
        if not member.has_neighbours:
            member.has_neighbours = True
            for other in self._find_candidates(member):
                if other not in member.neighbours:
                    self._compare(member, self._members[other])
        return member.neighbours

    def nearest(self, article_id: str) -> list[str]:
        """Return the most similar neighbours, at most MAX_CANDIDATES."""
        neighbours = self.neighbours(article_id)
        return nlargest(MAX_CANDIDATES, neighbours, key=lambda other: (neighbours[other].cosine, other))

    def log_odds(self, a: str, b: str) -> float:
        """Return the log-odds that a and b report the same event (see `pair_model.Scorer`); minus infinity if their
        times are too far apart, or only one is a fact-check."""
        one, other = self._members[a], self._members[b]
        one_kind, other_kind = one.article.base.kind, other.article.base.kind
        if (one_kind is HeadlineKind.FACT_CHECK) is not (other_kind is HeadlineKind.FACT_CHECK):
            return -inf
        similarity = self.neighbours(a).get(b)
        if similarity is None:
            hours = count_hours_between(one.article.base, other.article.base)
            if hours is not None and hours > MAX_HOURS:
                return -inf
            similarity = self._compare(one, other)
        return self._scorer.log_odds(similarity, self._measure_density(a), self._measure_density(b))

    def _measure_density(self, article_id: str) -> Density:
        similarities = self.neighbours(article_id).values()
        member = self._members[article_id]
        if member.density is None:
            member.density = Density.measure([similarity.cosine for similarity in similarities])
        return member.density

    def _weigh_all(self) -> None:
        self._vectors.clear()
        self._weigh(self._members.values())
        self._postings = Postings()
        for member in self._members.values():
            self._postings.add(member.number, member.article.term_values())

    def _weigh(self, members: Iterable[_Member]) -> None:
        @cache  # most terms of an article also occur in others
        def idf(term: str) -> float:
            others = self._postings.count(term) - 1  # without the article itself
            return self._background.idf(term, others=max(0, others), window=len(self))

        for member in members:
            member.article.weigh(idf)
            member.key_term = max(member.article.term_values(), key=lambda item: item[1], default=("", 0.0))[0]
            member.key_count = self._postings.count(member.key_term)

    def _compare(self, a: _Member, b: _Member) -> Similarity:
        found = compare(a.article.base, b.article.base, self._unpack(a.article), self._unpack(b.article))
        similarity = replace(found, numbers=array("f", found.numbers))
        a.density = b.density = None
        # Insert on both sides before evicting: an eviction depends on whether the other side keeps the pair.
        for one, other in ((a, b), (b, a)):
            one.neighbours[other.article.base.id] = similarity
            one.followers.discard(other.article.base.id)
        for one in (a, b):
            if len(one.neighbours) > MAX_NEIGHBOURS:
                self._evict_farthest(one)
        return similarity

    def _unpack(self, article: CompactArticle) -> Vector:
        vector = self._vectors.get(article.base.id)
        if vector is None:
            vector = self._vectors[article.base.id] = article.vector()
            if len(self._vectors) > MAX_VECTORS:
                del self._vectors[next(iter(self._vectors))]
        return vector

    def _evict_farthest(self, member: _Member) -> None:
        neighbours = member.neighbours
        farthest = min(neighbours, key=lambda other: (neighbours[other].cosine, other))
        del neighbours[farthest]
        beside = self._members[farthest]
        if member.article.base.id in beside.neighbours:
            member.followers.add(farthest)
        else:
            beside.followers.discard(member.article.base.id)

    def _find_overlapping(self, member: _Member) -> Iterator[tuple[_Member, float]]:
        """Yield other articles that share informative terms, with the approximate overlap, if large enough."""
        informative = sorted((-value, name) for name, value in member.article.term_values())
        postings = [(self._postings.get(name), -value) for value, name in informative]
        rare = [(posting, value) for posting, value in postings if len(posting) <= MAX_POSTINGS][:QUERY_TERMS]
        if not rare:  # there are hundreds of copies of this text
            rare = [(posting.latest(MAX_POSTINGS), value) for posting, value in postings[:QUERY_TERMS]]
        for number, shared in sum_overlaps(rare, at_least=_MIN_OVERLAP):
            if number != member.number:
                yield self._by_number[number], shared

    def _find_candidates(self, member: _Member) -> list[str]:
        at = member.published_s
        near = [
            (-shared, other.article.base.id)
            for other, shared in self._find_overlapping(member)
            if at is None or other.published_s is None or abs(at - other.published_s) <= _MAX_S
        ]
        return [other for _, other in sorted(near)[:MAX_CANDIDATES]]


@dataclass(slots=True)
class Posting:
    """The articles that contain one term, by ascending number, and the term's value in each."""

    numbers: array[int] = field(default_factory=lambda: array("I"))
    values: array[float] = field(default_factory=lambda: array("f"))

    def __len__(self) -> int:
        return len(self.numbers)

    def latest(self, count: int) -> Posting:
        """Return the part with the `count` latest articles."""
        return Posting(self.numbers[-count:], self.values[-count:])


class Postings:
    """An inverted index: postings by term. The caller numbers the articles and adds them in ascending order."""

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
            posting.values[bisect_left(posting.numbers, number)] = value

    def remove(self, number: int, terms: Iterable[str]) -> None:
        for term in terms:
            posting = self._by_term[term]
            position = bisect_left(posting.numbers, number)
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
