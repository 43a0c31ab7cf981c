"""Link the stories of one affair over days and weeks into chains.

A story joins the chain whose stories share the most rare terms with it; otherwise it begins one. The strongest shared
term does not count: it is the subject that a whole topic has in common (a minister, a league, a currency), while the
stories of one affair have several rare terms in common. Terms are weighted by their rarity in Indonesian news at large,
so that the cost does not depend on the number of stories.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from heapq import nlargest
from itertools import count
from math import sqrt

from summaries.stories import WINDOW, StoryArticle, StoryIndex, pick_best
from summaries.stories.signature import Signature
from summaries.stories.vectors import load_background, make_vector

MEMORY = timedelta(days=28)
"""Stories further apart are not linked. In the labelled affairs, reports follow each other within two weeks."""
HALF_LIFE = timedelta(days=28)
"""The affinity of two stories halves with this distance: a topic returns after weeks more often than an affair."""
MAX_TERMS = 20
"""Terms of a story that are compared, those with the greatest weights. With 16 fewer stories of an affair are linked,
with 30 no more."""
MAX_POSTINGS = 30
"""Stories examined for each term, the newest. Limits the cost; an affair's stories share several terms."""
MAX_CANDIDATES = 40
"""Stories whose chains are compared, those with the greatest affinities."""
JOIN_AT = 0.14
"""The affinity from which a story joins a chain. From .12 to .16, precision on labelled affairs rises from .950 to .963
and recall falls from .844 to .788; the chain of an unlabelled article shrinks from 8.0 to 4.7 articles."""
BEST_SHARE = 0.5
"""Weight of the nearest story of a chain; the mean over its other candidates has the remaining weight. With the nearest
story alone, chains grow from topic to topic."""

Postings = Mapping[str, Sequence[tuple[int, float]]]
"""For each term, the stories with it and its weight there, the newest story last."""


@dataclass(frozen=True, slots=True)
class LinkedStory:
    """The chain of a story, and the date of its newest article."""

    chain_id: int
    latest_at: datetime


def choose_terms(signature: Signature) -> dict[str, float]:
    """Return the article's most informative terms with weights that form a unit vector."""
    vector = make_vector(signature, _measure_rarity)
    terms = nlargest(MAX_TERMS, vector.terms.items(), key=lambda term: (term[1], term[0]))
    length = sqrt(sum(weight * weight for _, weight in terms)) or 1.0
    return {term: round(weight / length, 4) for term, weight in terms}


@lru_cache(maxsize=50_000)
def _measure_rarity(term: str) -> float:
    return load_background().idf(term, others=0, window=0)


def find_candidates(terms: Mapping[str, float], postings: Postings, *, excluding: int) -> dict[int, float]:
    """Return the stories that share most with the `terms` of the story `excluding`, and their affinities to it."""
    shared: defaultdict[int, list[float]] = defaultdict(list)
    for term, weight in terms.items():
        for story_id, its_weight in postings.get(term, ())[-MAX_POSTINGS:]:
            shared[story_id].append(weight * its_weight)
    shared.pop(excluding, None)
    affinities = ((sum(found) - max(found), story_id) for story_id, found in shared.items() if len(found) > 1)
    return {story_id: affinity for affinity, story_id in nlargest(MAX_CANDIDATES, affinities)}


def choose_chain(candidates: Mapping[int, float], linked: Mapping[int, LinkedStory], at: datetime) -> int | None:
    """Return the chain that a story dated `at` joins, or None if it begins one. Candidates that are not `linked` do not
    count."""
    chains: defaultdict[int, list[float]] = defaultdict(list)
    for story_id, affinity in candidates.items():
        other = linked.get(story_id)
        if other is not None and (distance := abs(at - other.latest_at)) <= MEMORY:
            chains[other.chain_id].append(affinity * 0.5 ** (distance / HALF_LIFE))
    scores = (
        (BEST_SHARE * max(found) + (1 - BEST_SHARE) * sum(found) / len(found), -chain_id)
        for chain_id, found in chains.items()
    )
    score, chain_id = max(scores, default=(0.0, 0))
    return -chain_id if score >= JOIN_AT else None


class ChainIndex:
    """Stories by their terms, and their chains. `link` adds to both."""

    def __init__(self) -> None:
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._linked: dict[int, LinkedStory] = {}
        self._stored: Mapping[int, Mapping[int, float]] = {}

    def load(self, candidates: Mapping[int, Mapping[int, float]], linked: Mapping[int, LinkedStory]) -> None:
        """Add the candidates that a store has for the stories to link, and their chains."""
        self._stored = candidates
        self._linked |= linked

    def link(self, story_id: int, terms: Mapping[str, float], at: datetime, *, new_chain: int) -> int:
        """Add the story, and return the chain that it joins, or `new_chain` if it begins one."""
        candidates = find_candidates(terms, self._postings, excluding=story_id)
        candidates = {**self._stored.get(story_id, {}), **candidates}
        chain_id = choose_chain(candidates, self._linked, at) or new_chain
        for term, weight in terms.items():
            self._postings[term].append((story_id, weight))
        self._linked[story_id] = LinkedStory(chain_id, at)
        return chain_id

    def unlink(self, story_id: int, terms: Iterable[str]) -> None:
        """Remove the story with these terms."""
        self._linked.pop(story_id, None)
        for term in terms:
            self._postings[term] = [posting for posting in self._postings[term] if posting[0] != story_id]


BATCH_SPAN = timedelta(minutes=30)
MAX_BATCH = 64
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


class ChainBuilder:
    """Groups articles into stories and chains in the order in which a bot receives them, without a store."""

    def __init__(self) -> None:
        self._articles: dict[str, tuple[Signature, int]] = {}
        self._stories = StoryIndex()
        self._chains = ChainIndex()
        self._story_of: dict[str, int] = {}
        self._members_of: defaultdict[int, dict[str, None]] = defaultdict(dict)
        self._terms_of: dict[int, Mapping[str, float]] = {}
        self._chain_of: dict[int, int] = {}
        self._numbers = count(1)

    def add(self, batch: Sequence[tuple[Signature, int]]) -> None:
        """Add articles with dates, each with the number of its words, that a bot would store together."""
        self._articles |= {signature.id: (signature, words) for signature, words in batch}
        self._stories.expire(max(get_date(signature) for signature, _ in batch) - WINDOW)
        touched: set[int] = set()
        moved: set[int] = set()
        for article_id, story in self._stories.add([signature for signature, _ in batch]).items():
            before = self._story_of.get(article_id)
            if before is not None:
                del self._members_of[before][article_id]
                moved |= {before, story}
            self._story_of[article_id] = story
            self._members_of[story][article_id] = None
            touched.add(story)
        for story in moved & self._terms_of.keys():
            self._chains.unlink(story, self._terms_of.pop(story))
        unlinked = [story for story in touched | moved if self._members_of[story] and story not in self._terms_of]
        for latest_at, story in sorted((self._find_latest(story), story) for story in unlinked):
            terms = self._terms_of[story] = choose_terms(self._pick_best(story))
            self._chain_of[story] = self._chains.link(story, terms, latest_at, new_chain=next(self._numbers))

    def chains(self) -> dict[str, str]:
        """Map each article to its chain: the id of the chain's first article."""
        return self._name({article_id: self._chain_of[story] for article_id, story in self._story_of.items()})

    def stories(self) -> dict[str, str]:
        """Map each article to its story: the id of the story's first article."""
        return self._name(self._story_of)

    def _name(self, numbers: Mapping[str, int]) -> dict[str, str]:
        firsts: dict[int, str] = {}
        for article_id in sorted(numbers, key=lambda one: (get_date(self._articles[one][0]), one)):
            firsts.setdefault(numbers[article_id], article_id)
        return {article_id: firsts[number] for article_id, number in numbers.items()}

    def _find_latest(self, story: int) -> datetime:
        return max(get_date(self._articles[article_id][0]) for article_id in self._members_of[story])

    def _pick_best(self, story: int) -> Signature:
        members = [self._articles[article_id] for article_id in self._members_of[story]]
        best = pick_best([
            StoryArticle(number, signature.outlet, words, signature.published_at)
            for number, (signature, words) in enumerate(members)
        ])  # fmt: skip
        return members[best.id][0]


def get_date(signature: Signature) -> datetime:
    return signature.published_at or _UNDATED


def build_chains(articles: Iterable[tuple[Signature, int]]) -> tuple[dict[str, str], dict[str, str]]:
    """Map each article to its story and to its chain, given signatures with numbers of words, in any order.

    An article without a time has that of its predecessor.
    """
    at, dated = _UNDATED, []
    for signature, words in articles:
        at = signature.published_at or at
        dated.append((replace(signature, published_at=at), words))
    builder = ChainBuilder()
    batch: list[tuple[Signature, int]] = []
    for signature, words in sorted(dated, key=lambda one: (get_date(one[0]), one[0].id)):
        if batch and (len(batch) == MAX_BATCH or get_date(signature) - get_date(batch[0][0]) > BATCH_SPAN):
            builder.add(batch)
            batch = []
        batch.append((signature, words))
    if batch:
        builder.add(batch)
    return builder.stories(), builder.chains()
