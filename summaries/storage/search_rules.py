"""What a search does with what a database found (pure): bounds of lists, and what a misspelt word may have meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from summaries.text.words import split_words as words_of
from summaries.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A story, and the article that it is shown by.
Shown = tuple[int, int]
# Nobody turns a hundred pages; what is older is found by its words.
MOST_LISTED = 500
# The most covered stories are looked for among so many of the newest.
MOST_COMPARED = 5_000
# Articles with the words that are looked at for those of a period: at first so many for each story of the list; where
# that brings too few, all these.
LOOKED_THROUGH_FIRST = 4
MOST_LOOKED_THROUGH = 20_000
# So many of the first and of the last articles of a long period tell between which ids it lies.
EDGE_OF_PERIOD = 1_000
# Words of the index that are compared with one that it does not hold, and how far they may be from it.
MOST_SPELLINGS = 20_000
# Of words that are equally near, so many are asked for how many articles hold them.
MOST_COUNTED_SPELLINGS = 8
SHORTEST_SPELLING = 3
FARTHEST, FARTHEST_SHORT = 2, 1
SHORT_WORD = 5
SHORTEST_CORRECTED = 4
# Articles that are looked through for the way in which a stem is written.
ARTICLES_FOR_SPELLING = 3
# So much of an article's text is enough for that.
TEXT_FOR_SPELLING = 5_000
# A topic's place in the order needs no exact count.
MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a list: its stories, which page it is (the first is 0), and how many stories the list has."""

    shown: Sequence[Shown]
    number: int
    total: int


def shown_stories(candidates: Iterable[tuple[int, int]]) -> list[Shown]:
    """The stories to list, each with the article to show, from (story, article) in the list's order; a story may come
    more than once."""
    firsts: dict[int, int] = {}
    for story_id, article_id in candidates:
        firsts.setdefault(story_id, article_id)
    return list(firsts.items())[:MOST_LISTED]


def page_of(stories: Sequence[Shown], number: int, size: int) -> Found:
    """The page of a list that was read as a whole."""
    shown = page_shown(number, len(stories), size)
    return Found(stories[shown * size : (shown + 1) * size], shown, len(stories))


def page_shown(number: int, total: int, size: int) -> int:
    """The page to show where `number` was asked for: past the last one, the last."""
    return max(0, min(number, -(-total // size) - 1))


def correctable(words: str) -> Iterator[str]:
    """The words that are worth a look whether the news knows them."""
    for word in dict.fromkeys(words_of(words)):
        if len(word) >= SHORTEST_CORRECTED and word.isalpha():
            yield word


def corrected(words: str, better: dict[str, str]) -> str | None:
    """`words` with some replaced by better ones; None without any."""
    for word, meant in better.items():
        words = re.sub(rf"\b{re.escape(word)}\b", meant, words)
    return words if better else None


def is_spelling(stem: str) -> bool:
    """Whether the stem may be what somebody meant who misspelt a word."""
    return len(stem) >= SHORTEST_SPELLING and stem.isalpha()


def starts_of(typed: str) -> tuple[str, ...]:
    """How the stem that was meant begins: as the typed one, or with its first two letters swapped."""
    return tuple(dict.fromkeys((typed[:2], typed[1::-1])))


def farthest_from(typed: str) -> int:
    return FARTHEST if len(typed) > SHORT_WORD else FARTHEST_SHORT


def by_distance(typed: str, terms: Iterable[str]) -> Iterator[list[str]]:
    """The terms that may have been meant, those that are equally near together, the nearest first."""
    found: dict[int, list[str]] = {}
    near = process.extract(typed, list(terms), scorer=OSA.distance, score_cutoff=farthest_from(typed), limit=None)
    for term, far, _ in near:
        found.setdefault(far, []).append(term)
    return (found[far] for far in sorted(found))


def as_written(texts: Iterable[str], term: str, typed: str) -> str:
    """How the texts write the stem, of its forms the one nearest to what was typed."""
    forms = {form for text in texts for form in words_of(text.lower()) if stem(form) == term}
    return min(forms, key=lambda form: (OSA.distance(form, typed), form), default=term)
