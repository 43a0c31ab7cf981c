"""Select the sentences of a summary, given each one's share of relevant words.

The selection maximises the expected F1 against an editor's summary of the wanted length: twice the relevant words
divided by the words of both, minus a penalty for missing the length, plus a bonus for the part of the headline that the
sentences contain, because the headline names the news. Redundant sentences are removed first; a sentence with
references is selected with one of their targets or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from summaries.model import Length
from summaries.summarizer.document import Document, Sentence
from summaries.summarizer.features import encode_outlet
from summaries.summarizer.references import find_references
from summaries.summarizer.subset_search import MAX_CANDIDATES, Bits, Candidate, Values, find_best_subset
from summaries.summarizer.unfit import is_unfit

# A sentence repeats another one if that has more than this share of its terms, or all but one of them. Editors of the
# training data's outlets did keep a longer sentence next to a short one that it repeats.
_REPEATS = 0.8
_REPEATS_BUT_ONE = 0.6
_NEW_HEADLINE_WORDS = 2
# Candidates per wanted sentence; candidates of lower rank are never selected.
_CANDIDATES_EACH = 2
_MIN_CANDIDATES = 8
_WORDS_EACH = 20
_TWO_SENTENCES = 50
_MAX_LENGTH_FACTOR = 1.6  # times the wanted words
# The weight of missing the wanted length, and the words of a short sentence: a summary has no more sentences than fit
# at that size.
_MISS_PENALTY = 0.2
_SHORT_SENTENCE_WORDS = 12
# The worth of the whole headline, and the additional worth of its core: a summary with less than this share of its
# words misses the news. The ranker knows where outlets of its training data put the news; with any other outlet the
# headline is the better guide. Higher values cost more of an editor's sentences than they are worth.
_WORTH, _WORTH_IF_LEARNED = 0.3, 0.05
_CORE_WORTH, _CORE_WORTH_IF_LEARNED = 0.6, 0.05
_CORE_SHARE = 0.6
# Words of a headline that count; few headlines have more.
_MAX_HEADLINE_WORDS = 16
# The sentences with the most words of the headline are candidates at any rank.
_HEADLINE_CANDIDATES = 2
# A sentence with this share of its terms from the headline repeats it, or with the lower share if it has no number of
# its own.
_REPEATS_HEADLINE, _REPEATS_HEADLINE_WITHOUT_NUMBER = 0.6, 0.45
# Below a headline, two numbers in common make a repetition, or one with this share of the terms.
_REPEATS_NUMBERS, _REPEATS_ONE_NUMBER = 2, 0.35
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class LengthGoal:
    """The wanted length in words, and the bounds of the sentence count; they are equal if a count was requested."""

    words: int
    least: int
    most: int

    @classmethod
    def from_length(cls, length: Length, *, is_below_headline: bool = False) -> LengthGoal:
        if length.sentences is not None:
            return cls(_WORDS_EACH * length.sentences, length.sentences, length.sentences)
        words = length.words or _WORDS_EACH
        # Two to five sentences for 60 words: fewer say too little, more are fragments.
        least = 2 if words >= _TWO_SENTENCES or is_below_headline else 1
        return cls(words, least, max(2, round(words / _SHORT_SENTENCE_WORDS)))

    @property
    def is_exact(self) -> bool:
        return self.least == self.most

    @property
    def candidates(self) -> int:
        wanted = self.most if self.is_exact else self.words // _WORDS_EACH
        return min(MAX_CANDIDATES, max(_MIN_CANDIDATES, _CANDIDATES_EACH * wanted))

    @property
    def longest(self) -> float:
        return float("inf") if self.is_exact else _MAX_LENGTH_FACTOR * self.words

    def value(self, worth: Values, words: Values) -> Values:
        miss = words / self.words - 1.0
        return 2 * worth / (self.words + words) - _MISS_PENALTY * miss * miss


@dataclass(frozen=True, slots=True)
class Headline:
    """The words of the headline that the article uses.

    `covers` holds for each sentence the words that it has, as bits. `parts` are the words' parts of the headline's
    worth: rare words have larger parts. `share` is one word's share of the whole headline, and `core` the additional
    worth of its core. `is_learned`: the outlet is one of the training data.
    """

    covers: Sequence[int]
    parts: Values
    share: float
    core: float
    is_learned: bool

    @classmethod
    def from_document(cls, document: Document) -> Headline:
        sentences = document.sentences
        texts = [f" {sentence.text.lower()}" for sentence in sentences] if document.title_stop_words else []
        has = [[term in sentence.terms for sentence in sentences] for term in sorted(document.title_terms)]
        has += [[f" {word}" in text for text in texts] for word in sorted(document.title_stop_words)]
        used = np.array([row for row in has if any(row)][:_MAX_HEADLINE_WORDS], dtype=np.int64)
        used = used.reshape(-1, len(sentences))
        weights = np.log1p(len(sentences) / used.sum(axis=1))
        is_learned = bool(encode_outlet(document.outlet).any())
        worth, core = (_WORTH_IF_LEARNED, _CORE_WORTH_IF_LEARNED) if is_learned else (_WORTH, _CORE_WORTH)
        covers: list[int] = ((1 << np.arange(len(used))) @ used).tolist()
        return cls(covers, worth * weights / (weights.sum() or 1.0), 1 / max(1, len(has)), core, is_learned)

    def value(self, covered: Bits) -> Values:
        """Return the worth of the covered words of each subset."""
        bits = covered >> np.arange(len(self.parts))[:, None] & 1
        shares = self.share * bits.sum(axis=0)
        found: Values = self.parts @ bits + self.core * np.minimum(shares / _CORE_SHARE, 1.0)
        return found


def select_sentences(
    document: Document,
    shares: Sequence[float],
    length: Length,
    language: str = "id",
    *,
    is_below_headline: bool = False,
) -> list[Sentence]:
    """Return the best sentences for `length`, in article order; at least one if there is any.

    If that many sentences are not available without unresolved references, these are accepted. Questions, headings
    and other unfit sentences are accepted only if there is nothing else. With `is_below_headline` the reader has just
    read the headline: its words are no news, and sentences that repeat it are accepted only if there is nothing else.
    """
    sentences = document.sentences
    if not sentences:
        return []
    goal = LengthGoal.from_length(length, is_below_headline=is_below_headline)
    if goal.most > MAX_CANDIDATES // 2:
        # Nearly the whole article: there is nothing to optimise.
        return take_top_ranked([s for s in sentences if not is_unfit(s)] or sentences, shares, length)
    if is_below_headline and (news := _select_news(document, shares, goal, language)):
        return [sentences[i] for i in news]
    headline = Headline.from_document(document)
    by_share = sorted(range(len(sentences)), key=shares.__getitem__, reverse=True)
    candidates = _take_fit(sentences, by_share, goal.candidates)
    others = [i for i, covers in enumerate(headline.covers) if covers and i not in candidates]
    others.sort(key=lambda i: -headline.covers[i].bit_count())
    candidates += _take_fit(sentences, others, _HEADLINE_CANDIDATES)
    candidates = candidates or list(range(len(sentences)))[:MAX_CANDIDATES]
    chosen = _search(sentences, shares, candidates, goal, headline, language)
    if len(chosen) < min(goal.least, len(candidates)):
        chosen = _search(sentences, shares, candidates, goal, headline, None)
    return [sentences[i] for i in chosen]


def _select_news(document: Document, shares: Sequence[float], goal: LengthGoal, language: str) -> tuple[int, ...]:
    """Return the best selection of the sentences that say more than the headline; nothing if there are none."""
    sentences, title = document.sentences, document.title_terms
    by_share = sorted(range(len(sentences)), key=shares.__getitem__, reverse=True)
    fresh = [i for i in by_share if not _repeats_headline(sentences[i].terms, title)]
    candidates = _take_fit(sentences, fresh, goal.candidates)
    return _search(sentences, shares, candidates, goal, None, language)


def _repeats_headline(terms: frozenset[str], title: frozenset[str]) -> bool:
    share = len(terms & title) / (len(terms) or 1)
    if any(map(_is_number, terms - title)):
        return share >= _REPEATS_HEADLINE
    return share >= _REPEATS_HEADLINE_WITHOUT_NUMBER or _repeats_numbers(terms, title, len(terms))


def _repeats_numbers(one: frozenset[str], other: frozenset[str], size: int) -> bool:
    shared = one & other
    count = sum(map(_is_number, shared))
    return count >= _REPEATS_NUMBERS or (count > 0 and len(shared) >= _REPEATS_ONE_NUMBER * size)


def _is_number(term: str) -> bool:
    return term[0].isdigit() and _YEAR.fullmatch(term) is None


def _search(
    sentences: Sequence[Sentence],
    shares: Sequence[float],
    candidates: Sequence[int],
    goal: LengthGoal,
    headline: Headline | None,
    language: str | None,
) -> tuple[int, ...]:
    """Return the best selection among the candidates; without a language, references and repetitions are ignored.

    Without a headline, its words are worth nothing.
    """
    covers = headline.covers if headline is not None else (0,) * len(sentences)
    pool = [
        Candidate(i, sentences[i].size, max(shares[i] * sentences[i].size, 0.0), covers[i]) for i in sorted(candidates)
    ]
    if language:
        pool = _mark_repetitions(pool, sentences, shares, headline)
    return find_best_subset(
        pool,
        lambda i: find_references(sentences, i, language) if language else None,
        least=goal.least,
        most=goal.most,
        longest=goal.longest,
        value=lambda worth, words, covered: (
            goal.value(worth, words) + (headline.value(covered) if headline is not None else 0.0)
        ),
    )


def _take_fit(sentences: Sequence[Sentence], order: Iterable[int], most: int) -> list[int]:
    """Return the first sentences of `order` that a summary may contain, at most `most`."""
    return list(islice((i for i in order if not is_unfit(sentences[i])), most))


def _mark_repetitions(
    pool: Sequence[Candidate], sentences: Sequence[Sentence], shares: Sequence[float], headline: Headline | None
) -> list[Candidate]:
    """Return the candidates, each with those that state the same fact.

    The sentence of lower rank repeats the other one; except with the headline of a known outlet, the one of higher rank
    may repeat it, too. Below a headline a number in common suffices, with some other words.
    """
    both_ways = headline is None or not headline.is_learned
    repeats = [0] * len(pool)
    terms = [sentences[one.position].terms for one in pool]
    for j, k in combinations(range(len(pool)), 2):
        shared = len(terms[j] & terms[k])
        if headline is None and _repeats_numbers(terms[j], terms[k], min(len(terms[j]), len(terms[k]))):
            repeats[j] |= 1 << k
            repeats[k] |= 1 << j
        if shared < _REPEATS_BUT_ONE * min(len(terms[j]), len(terms[k])):
            continue
        low, high = (j, k) if shares[pool[j].position] < shares[pool[k].position] else (k, j)
        for one, other in ((low, high), (high, low)) if both_ways else ((low, high),):
            new = terms[one] - terms[other]
            # A new number is a new fact, and so are two more words of the headline.
            is_new = any(term[0].isdigit() for term in new) or (
                (pool[one].covers & ~pool[other].covers).bit_count() >= _NEW_HEADLINE_WORDS
            )
            shared_share = shared / (len(terms[one]) or 1)
            if not is_new and (shared_share > _REPEATS or (shared_share >= _REPEATS_BUT_ONE and len(new) <= 1)):
                repeats[j] |= 1 << k
                repeats[k] |= 1 << j
    return [one._replace(repeats=same) for one, same in zip(pool, repeats, strict=True)]


def take_top_ranked(sentences: Sequence[Sentence], ranks: Sequence[float], length: Length) -> list[Sentence]:
    """Take sentences by rank until the length is met as closely as whole sentences allow, in article order.

    The classic methods fill a length this way, without optimising.
    """
    chosen: list[int] = []
    size = 0
    for i in sorted(range(len(sentences)), key=lambda i: (-ranks[i], i)):
        if length.sentences is not None and len(chosen) == length.sentences:
            break
        if length.words is not None and chosen and sentences[i].size + 2 * size > 2 * length.words:
            break
        chosen.append(i)
        size += sentences[i].size
    return [sentences[i] for i in sorted(chosen)]
