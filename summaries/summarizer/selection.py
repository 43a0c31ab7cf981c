"""Select the sentences of a summary, given each one's share of relevant words.

The selection maximises the expected F1 against an editor's summary of the wanted length: twice the relevant words
divided by the words of both, minus a penalty for missing the length. Redundant sentences are removed first; a sentence
with references is selected with one of their targets or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from summaries.model import Length
from summaries.summarizer.anaphora import has_open_quote, refers_ahead
from summaries.summarizer.document import Sentence
from summaries.summarizer.references import find_references
from summaries.summarizer.subset_search import MAX_CANDIDATES, Candidate, Values, find_best_subset
from summaries.summarizer.token_cache import MARKS
from summaries.text.boilerplate import is_boilerplate_line

_REPEATS = 0.8
_QUOTES = MARKS["quotes"]
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


def select_sentences(
    sentences: Sequence[Sentence], shares: Sequence[float], length: Length, language: str = "id"
) -> list[Sentence]:
    """Return the best sentences for `length`, in article order; at least one if there is any.

    If that many sentences are not available without unresolved references, these are accepted.
    """
    if not sentences:
        return []
    goal = LengthGoal.from_length(length)
    if goal.most > MAX_CANDIDATES // 2:
        # Nearly the whole article: there is nothing to optimise.
        return take_top_ranked(sentences, shares, length)
    chosen: tuple[int, ...] = ()
    for is_choosy, is_strict in ((True, True), (True, False), (False, False)):
        candidates = _pick_candidates(sentences, shares, goal, is_choosy=is_choosy)
        chosen = _search(sentences, shares, candidates, goal, language if is_strict else None)
        if len(chosen) >= min(goal.least, len(sentences)):
            break
    return [sentences[i] for i in chosen]


def _search(
    sentences: Sequence[Sentence],
    shares: Sequence[float],
    candidates: Sequence[int],
    goal: LengthGoal,
    language: str | None,
) -> tuple[int, ...]:
    """Return the best selection among the candidates; without a language, references are ignored."""
    pool = []
    for i in sorted(candidates):
        size, share = sentences[i].size, shares[i]
        pool.append(Candidate(i, size, share * size if share > 0.0 else 0.0))
    return find_best_subset(
        pool,
        lambda i: find_references(sentences, i, language) if language else None,
        least=goal.least,
        most=goal.most,
        longest=goal.longest,
        value=goal.value,
    )


def _is_unfit(sentence: Sentence) -> bool:
    """Return whether no summary may contain the sentence, regardless of its score."""
    text = sentence.text
    return (_QUOTES in sentence.marks and has_open_quote(text)) or refers_ahead(text) or is_boilerplate_line(text)


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
        if is_choosy and _is_unfit(sentences[i]):
            continue
        own = sentences[i].terms
        if own and len(own & together) > _REPEATS * len(own) and _is_redundant(own, terms):
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


def _is_redundant(own: frozenset[str], others: Sequence[frozenset[str]]) -> bool:
    """Return whether another sentence contains most of these terms."""
    most = _REPEATS * len(own)
    for other in others:  # noqa: SIM110  # a generator costs more than this loop
        if len(other) > most and len(own & other) > most:
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
