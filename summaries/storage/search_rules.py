"""Limits of lists and searches, and the correction of misspelt words. No SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from summaries.stories.missing_spaces import load_word_costs
from summaries.text.words import split_words, stem, stem_all

# (story, article to show).
Shown = tuple[int, int]
# Length of a list of stories; older ones are found by their words.
MOST_LISTED = 500
# The most covered stories are chosen from this many of the newest.
MOST_COMPARED = 5_000
# A story with all words in its title is listed among those that are younger by a factor of 1 + `TITLE_WEIGHT`.
TITLE_WEIGHT = 9
# Articles that a search in a period reads: at first this many for each story of the list, and if they yield too few,
# at most `MOST_LOOKED_THROUGH`.
LOOKED_THROUGH_FIRST = 4
MOST_LOOKED_THROUGH = 20_000
# Articles sampled at each end of a long period to find its range of ids.
EDGE_OF_PERIOD = 1_000
# Indexed words that are compared with a misspelt one.
MOST_SPELLINGS = 20_000
# Of equally near words, the frequency of this many is counted.
MOST_COUNTED_SPELLINGS = 8
SHORTEST_SPELLING = 3
# Maximum edit distance, and that for words of at most `SHORT_WORD` letters.
FARTHEST, FARTHEST_SHORT = 2, 1
SHORT_WORD = 5
SHORTEST_CORRECTED = 4
# A word in fewer articles may be a misspelling itself, unless news uses it.
MIN_HOLDING = 2
# Articles that are read to find how a stem is spelt, and how much of each.
ARTICLES_FOR_SPELLING = 3
TEXT_FOR_SPELLING = 5_000
# Topics are sorted by their number of articles, counted up to this.
MOST_COUNTED = 1_000


def drop_repeated(candidates: Iterable[tuple[int, int]]) -> list[Shown]:
    """Return the stories of a list, each with the article to show.

    The candidates are (story, article) in the order of the list; the first row of a story counts.
    """
    firsts: dict[int, int] = {}
    for story_id, article_id in candidates:
        firsts.setdefault(story_id, article_id)
    return list(firsts.items())[:MOST_LISTED]


def clamp_page(number: int, total: int, size: int) -> int:
    """Return the number of the page to show: `number`, or the last page if that is lower."""
    return max(0, min(number, -(-total // size) - 1))


def is_spelling(stem: str) -> bool:
    """Return whether the stem may be offered as a correction."""
    return len(stem) >= SHORTEST_SPELLING and stem.isalpha()


@cache
def load_usual_stems() -> frozenset[str]:
    """Load the stems of the words that Indonesian news uses, whether stored articles contain them or not."""
    return frozenset(stem_all(load_word_costs()))


def group_by_distance(typed: str, terms: Iterable[str]) -> Iterator[list[str]]:
    """Yield the terms near the typed one, grouped by edit distance, the nearest first."""
    found: dict[int, list[str]] = {}
    farthest = FARTHEST if len(typed) > SHORT_WORD else FARTHEST_SHORT
    near = process.extract(typed, list(terms), scorer=OSA.distance, score_cutoff=farthest, limit=None)
    for term, far, _ in near:
        found.setdefault(far, []).append(term)
    return (found[far] for far in sorted(found))


def choose_spelling(texts: Iterable[str], term: str, typed: str) -> str:
    """Return the form of the stem in the texts that is nearest to `typed`."""
    forms = {form for text in texts for form in split_words(text.lower()) if stem(form) == term}
    return min(forms, key=lambda form: (OSA.distance(form, typed), form), default=term)
