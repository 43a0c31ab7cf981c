"""The articles of the last days and, for each, the few that may report the same event, found by an inverted index."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from math import inf, nan
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from summaries.stories.pair_model import MAX_HOURS, Density, Scorer, Similarity, compare, count_hours_between
from summaries.stories.signature import HeadlineKind, Signature
from summaries.stories.vectors import Background, CompactArticle, Floats, Vector, Vocabulary

K = TypeVar("K")
V = TypeVar("V")

QUERY_TERMS = 25
MAX_POSTINGS = 200
"""A term in more articles of the window yields no candidates, which bounds an article's cost. If all of its terms are
that frequent, the latest articles with its most informative terms are examined."""
MAX_CANDIDATES = 30
MAX_MEASURED = 4 * MAX_CANDIDATES
"""How many articles that share informative terms are compared term by term, to choose the candidates among them."""
MAX_NEIGHBOURS = 200
"""How many cosines an article keeps. Without a limit, each of thousands of articles that resemble one would traverse
all the others."""
MIN_COSINE = 0.3
"""Neighbours farther away are no reason to regroup: the lowest cosine of a pair that scores as one story was 0.51 among
200 real pairs, and 0.34 among 2,400 made-up ones. Most neighbours are farther away, so few pairs need features."""
MAX_VECTORS, MAX_SIMILARITIES = 500, 20_000
"""How many unpacked vectors and features of pairs are kept: a story's pairs are scored again with each new article."""
STALE_FACTOR, STALE_MORE = 2, 1
"""Weights are stale when the document frequency of the key term has grown by this factor and this addend."""
_MIN_OVERLAP = 0.02
_MAX_S = MAX_HOURS * 3600
_MIN_BEFORE_REWEIGHING = 200
_NONE = array("I")
_NO_TERMS = np.empty(0, np.uint32)


@dataclass(slots=True)
class _Member:
    article: CompactArticle
    published_s: float
    # Its number in the postings.
    number: int = 0
    # The cosine of each; Python's objects for the features of every pair would take several times the memory.
    neighbours: dict[str, float] = field(default_factory=dict)
    # Articles that list this one among their neighbours but are not in its own list, which is full.
    followers: set[str] = field(default_factory=set)
    # Neighbours are computed on first use: after a restart most articles are never queried.
    has_neighbours: bool = False
    density: Density | None = None
    # Its most informative term, the term's document frequency when it was weighed, and the number of that weighing.
    key_term: int | None = None
    key_count: int = 0
    weighing: int = 0


class Window:
    """Articles by id, the document frequencies of their terms, and their neighbours.

    An article is weighed when it arrives. All are reweighed each time half of the window has changed, and pairs are
    recomputed when its size has doubled; a single article is reweighed when twice as many articles cover the same event
    (`refresh`). So the cost of an article does not depend on the size of the window or on bursts of news.
    """

    def __init__(self, background: Background, scorer: Scorer) -> None:
        self._scorer = scorer
        self._members: dict[str, _Member] = {}
        self._vocabulary = Vocabulary(background)
        self._postings = Postings()
        self._vectors: dict[str, Vector] = {}
        self._similarities: dict[tuple[int, int], Similarity] = {}
        # A scratch vector over all terms; it is zero between uses.
        self._dense = np.zeros(0)
        self._weighings = 0
        self._added = self._compared_at = 0
        # All are indexed and weighed on the next query, so that many insertions in a row cost little.
        self._is_stale = False

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def signature(self, article_id: str) -> Signature:
        return self._members[article_id].article.signature(self._vocabulary)

    def published_before(self, moment: datetime) -> list[str]:
        """Return the articles that were published before the moment, oldest arrivals first."""
        self._settle()
        return self._postings.find_earlier(moment.timestamp())

    def insert(self, signatures: Sequence[Signature]) -> None:
        """Insert articles; one with a known id replaces it."""
        new = {signature.id: signature for signature in signatures}
        for article_id in new:
            self.remove(article_id)
        articles = CompactArticle.pack(list(new.values()), self._vocabulary)
        for article in articles:
            moment = article.base.published_at
            self._members[article.base.id] = _Member(article, moment.timestamp() if moment is not None else nan)
        terms = np.concatenate([_NO_TERMS, *(article.terms for article in articles)])
        np.add.at(self._vocabulary.counts, terms, np.int32(1))
        self._added += len(signatures)
        has_grown = len(signatures) * 2 > len(self) or len(self) >= 2 * max(self._compared_at, _MIN_BEFORE_REWEIGHING)
        if has_grown or self._added >= max(_MIN_BEFORE_REWEIGHING, len(self) // 2):
            self._added = 0
            self._is_stale = True
        elif not self._is_stale:
            members = [self._members[article_id] for article_id in new]
            for member in members:
                member.number = self._postings.add(member.article.base.id, member.article.terms, member.published_s)
            self._weigh(members)
        if has_grown:
            self._compared_at = len(self)
            for member in self._members.values():
                member.neighbours, member.followers = {}, set()
                member.has_neighbours, member.density = False, None

    def remove(self, article_id: str) -> None:
        member = self._members.pop(article_id, None)
        if member is None:
            return
        if not self._is_stale:
            self._postings.remove(member.number)
        self._vocabulary.counts[member.article.terms] -= 1
        self._vectors.pop(article_id, None)
        for other in member.neighbours.keys() | member.followers:
            beside = self._members[other]
            beside.neighbours.pop(article_id, None)
            beside.followers.discard(article_id)
            beside.density = None
        if not self._is_stale and self._postings.removed > max(_MIN_BEFORE_REWEIGHING, len(self)):
            self._rebuild()

    def refresh(self, article_id: str) -> None:
        """Reweigh and recompare the article's neighbours whose key term has become frequent."""
        for other in list(self.neighbours(article_id)):
            member = self._members[other]
            if self._count(member.key_term) >= STALE_FACTOR * member.key_count + STALE_MORE:
                self._weigh([member])
                self._link_all(member, [self._members[beside] for beside in self.nearest(other)])

    def neighbours(self, article_id: str) -> dict[str, float]:
        """Return the articles that may report the same event, with their cosine."""
        self._settle()
        member = self._members[article_id]
        if not member.has_neighbours:
            member.has_neighbours = True
            found = self._find_candidates(member)
            self._link_all(member, [other for other in found if other.article.base.id not in member.neighbours])
        return member.neighbours

    def nearest(self, article_id: str) -> list[str]:
        """Return the most similar neighbours, at most MAX_CANDIDATES."""
        neighbours = self.neighbours(article_id)
        return nlargest(MAX_CANDIDATES, neighbours, key=lambda other: (neighbours[other], other))

    def links(self, article_id: str) -> Iterator[tuple[str, float]]:
        """Yield the nearest neighbours that are likely to report the same event, with the log-odds."""
        neighbours = self.neighbours(article_id)
        for other in self.nearest(article_id):
            if neighbours.get(other, 0.0) >= MIN_COSINE:
                if not self._members[other].has_neighbours:
                    # They have to be found first, but can only make the pair less likely.
                    features, density = self.compare(article_id, other), self._measure_density(article_id)
                    if self._scorer.log_odds(features, density, Density()) < self._scorer.join_at:
                        continue
                log_odds = self.log_odds(article_id, other)
                if log_odds >= self._scorer.join_at:
                    yield other, log_odds

    def log_odds(self, a: str, b: str) -> float:
        """Return the log-odds that a and b report the same event (see `pair_model.Scorer`); minus infinity if their
        times are too far apart, or only one is a fact-check."""
        one, other = self._members[a], self._members[b]
        one_kind, other_kind = one.article.base.kind, other.article.base.kind
        if (one_kind is HeadlineKind.FACT_CHECK) is not (other_kind is HeadlineKind.FACT_CHECK):
            return -inf
        if b not in self.neighbours(a):
            hours = count_hours_between(one.article.base, other.article.base)
            if hours is not None and hours > MAX_HOURS:
                return -inf
        similarity = self.compare(a, b)
        return self._scorer.log_odds(similarity, self._measure_density(a), self._measure_density(b))

    def compare(self, a: str, b: str) -> Similarity:
        """Return the features of the pair, which become neighbours."""
        one, other = self._members[a], self._members[b]
        pair = (min(one.weighing, other.weighing), max(one.weighing, other.weighing))
        similarity = self._similarities.get(pair)
        if similarity is None:
            similarity = compare(one.article.base, other.article.base, self._unpack(one), self._unpack(other))
            _keep(self._similarities, pair, similarity, MAX_SIMILARITIES)
            self._link(one, other, similarity.cosine)
        return similarity

    def _measure_density(self, article_id: str) -> Density:
        neighbours = self.neighbours(article_id)
        member = self._members[article_id]
        if member.density is None:
            member.density = Density.measure(neighbours.values())
        return member.density

    def _count(self, term: int | None) -> int:
        return 0 if term is None else int(self._vocabulary.counts[term])

    def _settle(self) -> None:
        """Index and weigh all articles, if that is due."""
        if not self._is_stale:
            return
        self._is_stale = False
        self._vectors.clear()
        self._similarities.clear()
        self._rebuild()
        self._weigh(self._members.values(), self._vocabulary.idf(slice(None), len(self)))

    def _rebuild(self) -> None:
        """Number articles and terms again, without those that were removed."""
        renumbered = self._vocabulary.compact()
        for number, member in enumerate(self._members.values()):
            member.number = number
            member.article.terms = renumbered[member.article.terms]
            if member.key_term is not None:
                member.key_term = int(renumbered[member.key_term])
        self._postings = Postings(
            {article_id: (member.article.terms, member.published_s) for article_id, member in self._members.items()}
        )

    def _weigh(self, members: Iterable[_Member], idf: Floats | None = None) -> None:
        """Weigh the articles, given the inverse document frequency of all terms unless they are few."""
        for member in members:
            terms = member.article.terms
            member.article.weigh(self._vocabulary.idf(terms, len(self)) if idf is None else idf[terms])
            member.key_term = int(terms[member.article.values.argmax()]) if len(terms) else None
            member.key_count = self._count(member.key_term)
            self._weighings += 1
            member.weighing = self._weighings
            self._vectors.pop(member.article.base.id, None)

    def _link(self, a: _Member, b: _Member, cosine: float) -> None:
        a.density = b.density = None
        # Insert on both sides before evicting: an eviction depends on whether the other side keeps the pair.
        for one, other in ((a, b), (b, a)):
            one.neighbours[other.article.base.id] = cosine
            one.followers.discard(other.article.base.id)
        for one in (a, b):
            if len(one.neighbours) > MAX_NEIGHBOURS:
                self._evict_farthest(one)

    def _link_all(self, member: _Member, others: Sequence[_Member]) -> None:
        article = member.article
        for other, cosine in zip(others, self._sum_products(article.terms, article.values, others), strict=True):
            self._link(member, other, cosine)

    def _unpack(self, member: _Member) -> Vector:
        article = member.article
        vector = self._vectors.get(article.base.id)
        if vector is None:
            vector = article.vector(self._vocabulary, len(self))
            _keep(self._vectors, article.base.id, vector, MAX_VECTORS)
        return vector

    def _evict_farthest(self, member: _Member) -> None:
        neighbours = member.neighbours
        farthest = min(neighbours, key=lambda other: (neighbours[other], other))
        del neighbours[farthest]
        beside = self._members[farthest]
        if member.article.base.id in beside.neighbours:
            member.followers.add(farthest)
        else:
            beside.followers.discard(member.article.base.id)

    def _sum_products(
        self, terms: NDArray[np.uint32], values: NDArray[np.float32], others: Sequence[_Member]
    ) -> list[float]:
        """Return the dot product of a vector, given its terms and their values, with that of each of the others."""
        if not others:
            return []
        dense = self._dense
        if len(dense) < len(self._vocabulary):
            dense = self._dense = np.zeros(2 * len(self._vocabulary))
        dense[terms] = values
        products = dense[np.concatenate([other.article.terms for other in others])]
        products *= np.concatenate([other.article.values for other in others])
        dense[terms] = 0.0
        places = np.repeat(np.arange(len(others)), [len(other.article.terms) for other in others])
        sums: list[float] = np.bincount(places, products, minlength=len(others)).tolist()
        return sums

    def _find_candidates(self, member: _Member) -> list[_Member]:
        """Return the other articles that share most with this one, by its informative terms."""
        article = member.article
        informative = np.argsort(-article.values, kind="stable")
        is_rare = self._vocabulary.counts[article.terms[informative]] <= MAX_POSTINGS
        chosen, limit = informative[is_rare][:QUERY_TERMS], None
        if not len(chosen):  # there are hundreds of copies of this text
            chosen, limit = informative[:QUERY_TERMS], MAX_POSTINGS
        terms, values = article.terms[chosen], article.values[chosen]
        found = self._postings.find(terms.tolist(), values, member.published_s, limit)
        others = [self._members[other] for other in found if other != article.base.id]
        near = sorted(
            (-shared, other.article.base.id)
            for other, shared in zip(others, self._sum_products(terms, values, others), strict=True)
            if shared >= _MIN_OVERLAP
        )
        return [self._members[other] for _, other in near[:MAX_CANDIDATES]]


def _keep(kept: dict[K, V], key: K, value: V, limit: int) -> None:
    """Insert the value, and remove the oldest if there are more than `limit`."""
    kept[key] = value
    if len(kept) > limit:
        del kept[next(iter(kept))]


class Postings:
    """An inverted index: the articles with each term, and their times.

    Articles have ascending numbers. Those given at first are in one array, sorted by term; for later ones each term has
    an array of its own. A removed article is only marked, until the index is built again.
    """

    def __init__(self, articles: Mapping[str, tuple[NDArray[np.uint32], float]] = MappingProxyType({})) -> None:
        """Index the articles, given by id as terms and time in seconds (nan if it is unknown)."""
        self._ids: list[str] = list(articles)
        self._times = array("d", [published_s for _, published_s in articles.values()])
        self._is_removed = array("b", bytes(len(articles)))
        terms = np.concatenate([_NO_TERMS, *(terms for terms, _ in articles.values())])
        numbers = np.repeat(np.arange(len(articles), dtype=np.uint64), [len(terms) for terms, _ in articles.values()])
        # Sorting pairs as single integers takes a fifth of the time of sorting by term.
        self._numbers = np.sort(terms.astype(np.uint64) << np.uint64(32) | numbers).astype(np.uint32)
        self._ends = np.cumsum(np.bincount(terms))
        self._later: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))
        self.removed = 0

    def add(self, article_id: str, terms: NDArray[np.uint32], published_s: float) -> int:
        """Add an article and return its number."""
        number = len(self._ids)
        self._ids.append(article_id)
        self._times.append(published_s)
        self._is_removed.append(0)
        for term in terms.tolist():
            self._later[term].append(number)
        return number

    def remove(self, number: int) -> None:
        self._is_removed[number] = 1
        self.removed += 1

    def find_earlier(self, published_s: float) -> list[str]:
        """Return the ids of the articles before that time, in the order of their numbers."""
        is_earlier = np.asarray(self._times) < published_s
        return [
            self._ids[number] for number in np.flatnonzero(is_earlier & (np.asarray(self._is_removed) == 0)).tolist()
        ]

    def get(self, term: int) -> NDArray[np.uint32]:
        """Return the numbers of the articles with the term, also of removed ones."""
        start, end = (self._ends[term - 1] if term else 0, self._ends[term]) if term < len(self._ends) else (0, 0)
        return np.concatenate([self._numbers[start:end], np.asarray(self._later.get(term, _NONE))])

    def find(
        self, terms: Sequence[int], values: NDArray[np.float32], published_s: float, limit: int | None
    ) -> list[str]:
        """Return the ids of at most MAX_MEASURED articles of about the same time: those that share the most valuable of
        the terms. With a `limit`, only the latest articles of each term count."""
        parts = [self.get(term)[-limit if limit else None :] for term in terms]
        if not parts:
            return []
        sums = np.bincount(np.concatenate(parts), np.repeat(values * values, [len(part) for part in parts]))
        found = np.flatnonzero(sums)
        is_near = ~(np.abs(np.asarray(self._times)[found] - published_s) > _MAX_S)
        found = found[is_near & (np.asarray(self._is_removed)[found] == 0)]
        best = found[np.argsort(sums[found], kind="stable")[-MAX_MEASURED:]]
        return [self._ids[number] for number in best.tolist()]
