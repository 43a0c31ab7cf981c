"""Select the sentences of a summary, given each one's share of relevant words.

The selection maximises the expected F1 against an editor's summary of the wanted length: twice the relevant words
divided by the words of both, minus a penalty for missing the length, plus a bonus for the part of the headline that the
sentences contain, because the headline names the news. Redundant sentences are removed first; a sentence with
references is selected with one of their targets or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from summaries.model import Length
from summaries.summarizer.document import Document, Sentence
from summaries.summarizer.features import encode_outlet
from summaries.summarizer.references import find_references
from summaries.summarizer.subset_search import MAX_CANDIDATES, Bits, Candidate, Values, find_best_subset
from summaries.summarizer.unfit import is_unfit

# A sentence repeats another one if that has more than this share of its terms, or all but one of them.
_REPEATS = 0.8
_REPEATS_BUT_ONE = 0.6
# Candidates per wanted sentence; candidates of lower rank are never selected.
_CANDIDATES_EACH = 3
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
_HEADLINE_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class LengthGoal:
    """The wanted length in words, and the bounds of the sentence count; they are equal if a count was requested."""

    words: int
    least: int
    most: int

    @classmethod
    def from_length(cls, length: Length) -> LengthGoal:
        if length.sentences is not None:
            return cls(_WORDS_EACH * length.sentences, length.sentences, length.sentences)
        words = length.words or _WORDS_EACH
        # Two to five sentences for 60 words: fewer say too little, more are fragments.
        least = 2 if words >= _TWO_SENTENCES else 1
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
    worth of its core.
    """

    covers: Sequence[int]
    parts: Values
    share: float
    core: float

    @classmethod
    def from_document(cls, document: Document) -> Headline:
        sentences = document.sentences
        texts = [f" {sentence.text.lower()}" for sentence in sentences] if document.title_stop_words else []
        has = [[term in sentence.terms for sentence in sentences] for term in sorted(document.title_terms)]
        has += [[f" {word}" in text for text in texts] for word in sorted(document.title_stop_words)]
        used = np.array([row for row in has if any(row)][:_MAX_HEADLINE_WORDS]).reshape(-1, len(sentences))
        weights = np.log1p(len(sentences) / used.sum(axis=1))
        is_learned = encode_outlet(document.outlet).any()
        worth, core = (_WORTH_IF_LEARNED, _CORE_WORTH_IF_LEARNED) if is_learned else (_WORTH, _CORE_WORTH)
        covers: list[int] = ((1 << np.arange(len(used))) @ used).tolist()
        return cls(covers, worth * weights / (weights.sum() or 1.0), 1 / max(1, len(has)), core)

    def value(self, covered: Bits) -> Values:
        """Return the worth of the covered words of each subset."""
        bits = covered >> np.arange(len(self.parts))[:, None] & 1
        shares = self.share * bits.sum(axis=0)
        found: Values = self.parts @ bits + self.core * np.minimum(shares / _CORE_SHARE, 1.0)
        return found


def select_sentences(
    document: Document, shares: Sequence[float], length: Length, language: str = "id"
) -> list[Sentence]:
    """Return the best sentences for `length`, in article order; at least one if there is any.

    If that many sentences are not available without unresolved references, these are accepted. Questions, headings
    and other unfit sentences are accepted only if there is nothing else.
    """
    sentences = document.sentences
    if not sentences:
        return []
    goal = LengthGoal.from_length(length)
    if goal.most > MAX_CANDIDATES // 2:
        # Nearly the whole article: there is nothing to optimise.
        return take_top_ranked([s for s in sentences if not is_unfit(s)] or sentences, shares, length)
    headline = Headline.from_document(document)
    candidates = _pick_candidates(sentences, shares, goal, is_choosy=True)
    candidates += _pick_headline_candidates(sentences, headline, candidates)
    if not candidates:
        candidates = _pick_candidates(sentences, shares, goal, is_choosy=False)
    chosen = _search(sentences, shares, candidates, goal, headline, language)
    if len(chosen) < min(goal.least, len(candidates)):
        chosen = _search(sentences, shares, candidates, goal, headline, None)
    return [sentences[i] for i in chosen]


def _search(
    sentences: Sequence[Sentence],
    shares: Sequence[float],
    candidates: Sequence[int],
    goal: LengthGoal,
    headline: Headline,
    language: str | None,
) -> tuple[int, ...]:
    """Return the best selection among the candidates; without a language, references are ignored."""
    pool = []
    for i in sorted(candidates):
        size, share = sentences[i].size, shares[i]
        pool.append(Candidate(i, size, max(share * size, 0.0), headline.covers[i]))
    return find_best_subset(
        pool,
        lambda i: find_references(sentences, i, language) if language else None,
        least=goal.least,
        most=goal.most,
        longest=goal.longest,
        value=lambda worth, words, covered: goal.value(worth, words) + headline.value(covered),
    )


def _pick_candidates(
    sentences: Sequence[Sentence], shares: Sequence[float], goal: LengthGoal, *, is_choosy: bool
) -> list[int]:
    """Return the best sentences, without redundant ones and, if `is_choosy`, without unfit ones."""
    wanted = goal.candidates
    kept: list[int] = []
    terms: list[frozenset[str]] = []
    # If all kept sentences together do not cover most of a sentence, no single one does.
    together: set[str] = set()
    spare: list[int] = []
    for i in sorted(range(len(sentences)), key=shares.__getitem__, reverse=True):
        if is_choosy and is_unfit(sentences[i]):
            continue
        own = sentences[i].terms
        if own and len(own & together) >= _REPEATS_BUT_ONE * len(own) and _is_redundant(own, terms):
            spare.append(i)
            continue
        kept.append(i)
        terms.append(own)
        together |= own
        if len(kept) == wanted:
            break
    if len(kept) < goal.least:
        kept += spare[: goal.least - len(kept)]
    return kept


def _pick_headline_candidates(sentences: Sequence[Sentence], headline: Headline, picked: Sequence[int]) -> list[int]:
    """Return the sentences, other than those already picked, that have the most words of the headline."""
    more = [i for i, covers in enumerate(headline.covers) if covers and i not in picked]
    more.sort(key=lambda i: -headline.covers[i].bit_count())
    return list(islice((i for i in more if not is_unfit(sentences[i])), _HEADLINE_CANDIDATES))


def _is_redundant(own: frozenset[str], others: Sequence[frozenset[str]]) -> bool:
    """Return whether another sentence contains nearly all of these terms; a new number is a new fact."""
    least = _REPEATS_BUT_ONE * len(own)
    for other in others:
        if len(other) >= least and (shared := len(own & other)) >= least:
            new = own - other
            if (shared > _REPEATS * len(own) or len(new) <= 1) and not any(term[0].isdigit() for term in new):
                return True
    return False


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
