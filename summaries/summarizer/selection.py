"""Which sentences make the summary, given each one's share of what matters.

The choice maximises the expected F1 of a summary against an editor's of the wanted length: twice the words to the point
over the words of both, less a penalty for missing the length. Dynamic programming over the number of words finds it;
sentences that repeat better ones are left out beforehand, and sentences that lean on others come with them or not
at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.summarizer.openings import has_open_quote, leans_back, points_ahead
from summaries.text.boilerplate import is_boilerplate_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Length
    from summaries.summarizer.document import Sentence

_REPEATS = 0.8
# Candidates for each wanted sentence; beyond them nothing is ever chosen.
_CANDIDATES_EACH = 3
_WORDS_EACH = 20
_SHORT_SENTENCE = 15
_TWO_SENTENCES = 50
_LONGEST = 1.6  # of the wanted words
# Tuned by cross-validation on the training data: a little over the wanted length is best, and missing it is costly.
_AIM = 1.05
_PENALTY = 0.4


@dataclass(frozen=True, slots=True)
class _Goal:
    """The wanted length in words, and how many sentences make it: exactly so many where a count was asked for."""

    words: int
    least: int
    most: int

    @classmethod
    def of(cls, length: Length) -> _Goal:
        if length.sentences is not None:
            return cls(_WORDS_EACH * length.sentences, length.sentences, length.sentences)
        words = length.words or _WORDS_EACH
        # Of 60 words, two to four sentences: fewer say too little, more are scraps.
        least = 2 if words >= _TWO_SENTENCES else 1
        return cls(words, least, max(2, round(words / _SHORT_SENTENCE)))

    @property
    def is_exact(self) -> bool:
        return self.least == self.most

    def value(self, gain: float, size: int) -> float:
        miss = (size / self.words - _AIM) ** 2
        return 2 * gain / (self.words + size) - _PENALTY * miss


def choose(
    sentences: Sequence[Sentence], shares: Sequence[float], length: Length, language: str = "id"
) -> list[Sentence]:
    """The best sentences for `length`, in article order; at least one where there is any."""
    goal = _Goal.of(length)
    candidates = _candidates(sentences, shares, goal)
    leans = {i for j in candidates for i in (j, j - 1) if i > 0 and leans_back(sentences[i].text, language)}
    banned = {i for i in candidates if _is_unfit(sentences[i].text)}
    if len(candidates) - len(banned) < goal.least:
        banned.clear()
    chosen = _best_without_loose_ends(sentences, shares, goal, set(candidates) - banned, leans)
    return [sentences[i] for i in sorted(chosen)]


def _is_unfit(text: str) -> bool:
    """What no summary should show, whatever it scores."""
    return has_open_quote(text) or points_ahead(text) or is_boilerplate_line(text)


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


def _candidates(sentences: Sequence[Sentence], shares: Sequence[float], goal: _Goal) -> list[int]:
    """The best sentences, without those of which most was said in a better one."""
    wanted = max(8, _CANDIDATES_EACH * (goal.most if goal.is_exact else goal.words // _WORDS_EACH))
    kept: list[int] = []
    terms: list[set[str]] = []
    spare: list[int] = []
    for i in sorted(range(len(sentences)), key=lambda i: (-shares[i], i)):
        own = set(sentences[i].terms)
        if own and any(len(own & other) > _REPEATS * len(own) for other in terms):
            spare.append(i)
            continue
        kept.append(i)
        terms.append(own)
        if len(kept) == wanted:
            break
    if len(kept) < goal.least:
        kept += spare[: goal.least - len(kept)]
    return kept


def _best_without_loose_ends(
    sentences: Sequence[Sentence], shares: Sequence[float], goal: _Goal, allowed: set[int], leans: set[int]
) -> tuple[int, ...]:
    """Solve; where a chosen sentence leans on one that is missing, try both ways out and keep the better one.

    Every turn either joins a sentence with its predecessor or bans one for good, so it ends.
    """
    forced: set[int] = set()
    banned: set[int] = set()
    while True:
        chosen, _ = _solve(sentences, shares, goal, (allowed | forced) - banned, forced)
        loose = [i for i in chosen if i in leans and i - 1 not in chosen]
        if not loose:
            return chosen
        i = loose[0]
        joined = forced | {i, i - 1}
        without = _solve(sentences, shares, goal, allowed - banned - {i}, forced - {i})
        with_it = _solve(sentences, shares, goal, (allowed | joined) - banned, joined)
        size = sum(sentences[k].size for k in joined)
        fits = size <= _LONGEST * goal.words and len(joined) <= goal.most
        if fits and i - 1 not in banned and with_it[1] > without[1]:
            forced = joined
        elif without[0]:
            banned |= {i}
            forced -= {i}
        else:
            return chosen


def _solve(
    sentences: Sequence[Sentence], shares: Sequence[float], goal: _Goal, allowed: set[int], forced: set[int]
) -> tuple[tuple[int, ...], float]:
    """The best choice that holds all of `forced`, and its value: a knapsack by words and by count.

    Where the least count can't be reached, what comes nearest to it counts.
    """
    longest = max(int(_LONGEST * goal.words), min((sentences[i].size for i in allowed), default=0))
    start = tuple(sorted(forced))
    gain = sum(max(shares[i], 0.0) * sentences[i].size for i in start)
    states = {(sum(sentences[i].size for i in start), len(start)): (gain, start)}
    for i in sorted(allowed - forced):
        size, more = sentences[i].size, max(shares[i], 0.0) * sentences[i].size
        for (words, count), (have, chosen) in list(states.items()):
            key = (words + size, count + 1)
            is_too_long = not goal.is_exact and bool(chosen) and key[0] > longest
            if key[1] > goal.most or is_too_long:
                continue
            if key not in states or states[key][0] < have + more:
                states[key] = (have + more, (*chosen, i))
    enough = min(goal.least, max(count for _, count in states))
    finished = [
        (goal.value(have, words), chosen)
        for (words, count), (have, chosen) in states.items()
        if chosen and count >= enough
    ]
    if not finished:
        return (), -1.0
    value, chosen = max(finished, key=lambda state: (state[0], [-i for i in state[1]]))
    return chosen, value
