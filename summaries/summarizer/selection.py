"""Which sentences make the summary, given each one's share of what matters.

The choice maximises the expected F1 of a summary against an editor's of the wanted length: twice the words to the point
over the words of both, less a penalty for missing the length. Sentences that repeat better ones are left out
beforehand; what leans on others comes with one of them or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.summarizer.anaphora import has_open_quote, points_ahead
from summaries.summarizer.references import anchors
from summaries.summarizer.subset_search import MOST_CANDIDATES, Candidate, best_subset
from summaries.summarizer.token_cache import MARKS
from summaries.text.boilerplate import is_boilerplate_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Length
    from summaries.summarizer.document import Sentence
    from summaries.summarizer.subset_search import Values

_REPEATS = 0.8
_QUOTES = MARKS["quotes"]
# Candidates for each wanted sentence; beyond them nothing is ever chosen.
_CANDIDATES_EACH = 3
_FEWEST_CANDIDATES = 8
_WORDS_EACH = 20
_TWO_SENTENCES = 50
_LONGEST = 1.6  # of the wanted words


@dataclass(frozen=True, slots=True)
class Taste:
    """The constants of the choice; benchmarks/quality.py checks them by cross-validation.

    `aim` is the best length as a share of the wanted one, `penalty` what missing it costs, `short` the words of a short
    sentence: no summary in words has more sentences than such would make.
    """

    aim: float = 1.0
    penalty: float = 0.2
    short: int = 12


TASTE = Taste()


@dataclass(frozen=True, slots=True)
class Goal:
    """The wanted length in words, and how many sentences make it: exactly so many where a count was asked for."""

    words: int
    least: int
    most: int
    taste: Taste = TASTE

    @classmethod
    def of(cls, length: Length, taste: Taste = TASTE) -> Goal:
        if length.sentences is not None:
            return cls(_WORDS_EACH * length.sentences, length.sentences, length.sentences, taste)
        words = length.words or _WORDS_EACH
        # Of 60 words, two to five sentences: fewer say too little, more are scraps.
        least = 2 if words >= _TWO_SENTENCES else 1
        return cls(words, least, max(2, round(words / taste.short)), taste)

    @property
    def is_exact(self) -> bool:
        return self.least == self.most

    @property
    def candidates(self) -> int:
        wanted = self.most if self.is_exact else self.words // _WORDS_EACH
        return min(MOST_CANDIDATES, max(_FEWEST_CANDIDATES, _CANDIDATES_EACH * wanted))

    @property
    def longest(self) -> float:
        return float("inf") if self.is_exact else _LONGEST * self.words

    def value(self, worth: Values, words: Values) -> Values:
        miss = words / self.words - self.taste.aim
        return 2 * worth / (self.words + words) - self.taste.penalty * miss * miss


def choose(
    sentences: Sequence[Sentence],
    shares: Sequence[float],
    length: Length,
    language: str = "id",
    taste: Taste = TASTE,
) -> list[Sentence]:
    """The best sentences for `length`, in article order; at least one where there is any.

    Where so many sentences can't be had without loose ends, loose ends are better than too few.
    """
    if not sentences:
        return []
    goal = Goal.of(length, taste)
    if goal.most > MOST_CANDIDATES // 2:
        # So much of an article is nearly all of it: there is nothing to weigh.
        return take_best(sentences, shares, length)
    chosen: tuple[int, ...] = ()
    for is_choosy, is_strict in ((True, True), (True, False), (False, False)):
        candidates = _candidates(sentences, shares, goal, is_choosy=is_choosy)
        chosen = _search(sentences, shares, candidates, goal, language if is_strict else None)
        if len(chosen) >= min(goal.least, len(sentences)):
            break
    return [sentences[i] for i in chosen]


def _search(
    sentences: Sequence[Sentence], shares: Sequence[float], candidates: Sequence[int], goal: Goal, language: str | None
) -> tuple[int, ...]:
    """The best choice among the candidates; without a language, what leans on what is not asked."""
    pool = []
    for i in sorted(candidates):
        size, share = sentences[i].size, shares[i]
        pool.append(Candidate(i, size, share * size if share > 0.0 else 0.0))
    return best_subset(
        pool,
        lambda i: anchors(sentences, i, language) if language else None,
        least=goal.least,
        most=goal.most,
        longest=goal.longest,
        value=goal.value,
    )


def _is_unfit(sentence: Sentence) -> bool:
    """What no summary should show, whatever it scores."""
    text = sentence.text
    return (_QUOTES in sentence.marks and has_open_quote(text)) or points_ahead(text) or is_boilerplate_line(text)


def _candidates(sentences: Sequence[Sentence], shares: Sequence[float], goal: Goal, *, is_choosy: bool) -> list[int]:
    """The best sentences, without those of which most was said in a better one; if choosy, without unfit ones."""
    wanted = goal.candidates
    kept: list[int] = []
    terms: list[frozenset[str]] = []
    # If not even all together have most of a sentence, none of them has.
    together: set[str] = set()
    spare: list[int] = []
    for i in sorted(range(len(sentences)), key=shares.__getitem__, reverse=True):
        if is_choosy and _is_unfit(sentences[i]):
            continue
        own = sentences[i].terms
        if own and len(own & together) > _REPEATS * len(own) and _is_told(own, terms):
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


def _is_told(own: frozenset[str], others: Sequence[frozenset[str]]) -> bool:
    """Whether another holds most of these terms."""
    most = _REPEATS * len(own)
    for other in others:  # noqa: SIM110  # a generator costs more than what it looks at
        if len(other) > most and len(own & other) > most:
            return True
    return False


def take_best(sentences: Sequence[Sentence], ranks: Sequence[float], length: Length) -> list[Sentence]:
    """The sentences in order of rank until the length is met as nearly as whole sentences can, in article order.

    This is how the classic methods fill a length: nothing is weighed against anything.
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
