"""What the ranker knows of a sentence: numbers, from the text alone and, when known, its title and outlet.

Every feature costs time linear in the article. The order of `NAMES` is part of the model file's contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import log1p, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from summaries.summarizer.style import STYLE, style_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summaries.summarizer.document import Document

    Matrix = NDArray[np.float64]
    Whole = NDArray[Any]

_LEAD = 3
_NOT_ALNUM = re.compile(r"[\W_]+")

_WHERE = (
    "position", "relative_position", "from_end", "sentences", "words_before", "words_through", "article_words",
    "size", "size_ratio", "first_size",
)  # fmt: skip
# Editors pass over direct speech: counted without it, they take nearly always what comes first.
_TOLD = (
    "told_before", "told_left", "told", "told_words_before", "told_words_through", "told_words",
)  # fmt: skip
_ABOUT = (
    "title_share", "title_count", "title_precision", "title_new", "title_seen", "title_weight", "title_new_weight",
    "frequency", "centroid", "recurs", "novelty", "like_first", "like_previous", "like_next", "like_lead", "rare",
)  # fmt: skip
_WHOLE = ("all_quotes", "all_numbers", "all_first_person", "all_speech", "all_capitals", "mean_size")
_OWN = (*_WHERE, *_TOLD, *_ABOUT, *STYLE)
# What the sentence's neighbours and the first sentence are like matters as much as what it is like itself.
_LOOKED_AT = {
    "next": (1, ("title_share", "centroid", "novelty", "opens_quote", "speech", "recurs", "opening", "size")),
    "previous": (-1, ("title_share", "centroid", "novelty", "recurs", "size")),
    "second_next": (2, ("title_share", "centroid", "speech", "recurs", "opening", "size")),
}
_FIRST = ("title_share", "centroid", "recurs")
_LOOKED_AT_INDEX = [(step, np.array([_OWN.index(name) for name in names])) for step, names in _LOOKED_AT.values()]
_FIRST_INDEX = np.array([_OWN.index(name) for name in _FIRST])

# The outlets of the training data. Any other is simply none of them.
OUTLETS = (
    "antaranews", "cnnindonesia", "dailysocial", "goalindonesia", "juara", "kumparan", "merdeka", "poskotanews",
    "rimanews", "suara",
)  # fmt: skip
_ALIASES = {"antara": "antaranews", "poskota": "poskotanews", "goal": "goalindonesia", "bolasport": "juara"}

NAMES: tuple[str, ...] = (
    *_OWN,
    *_WHOLE,
    *(f"{whose}_{name}" for whose, (_, names) in _LOOKED_AT.items() for name in names),
    *(f"first_{name}" for name in _FIRST),
    *(f"outlet_{outlet}" for outlet in OUTLETS),
)
_TOLD_AT = len(_WHERE)
_ABOUT_AT = _TOLD_AT + len(_TOLD)
_STYLE_AT = _ABOUT_AT + len(_ABOUT)
_WHOLE_AT = len(_OWN)
_NEXT_AT = _WHOLE_AT + len(_WHOLE)
_OUTLET_AT = len(NAMES) - len(OUTLETS)
_AVERAGED = np.array([_OWN.index(name) for name in ("quotes", "numbers", "first_person", "speech", "capitals", "size")])
_IS_QUOTE = STYLE.index("is_quote")
_SIZE = _WHERE.index("size")


def features(document: Document) -> Matrix:
    """One row a sentence, one number a name of `NAMES`."""
    n = len(document.sentences)
    rows = np.empty((n, len(NAMES)))
    if not n:
        return rows
    style = rows[:, _STYLE_AT:_WHOLE_AT]
    style[:] = style_rows(document.sentences)
    _where(document, rows[:, :_TOLD_AT])
    _told(rows[:, _SIZE], style[:, _IS_QUOTE], rows[:, _TOLD_AT:_ABOUT_AT])
    _about(document, rows[:, _ABOUT_AT:_STYLE_AT])
    rows[:, _WHOLE_AT:_NEXT_AT] = rows.take(_AVERAGED, axis=1).sum(axis=0) / n
    start = _NEXT_AT
    for step, names in _LOOKED_AT_INDEX:
        _shift(rows.take(names, axis=1), step, rows[:, start : start + len(names)])
        start += len(names)
    rows[:, start:_OUTLET_AT] = rows[0].take(_FIRST_INDEX)
    rows[:, _OUTLET_AT:] = outlet_row(document.outlet)
    return rows


def _shift(looks: Matrix, step: int, into: Matrix) -> None:
    """For each sentence what the one `step` further on looks like; -1 where there is none."""
    if step > 0:
        into[:-step] = looks[step:]
        into[-step:] = -1.0
    else:
        into[-step:] = looks[:step]
        into[:-step] = -1.0


@lru_cache(maxsize=256)
def outlet_row(outlet: str | None) -> tuple[float, ...]:
    """1 for the outlet if the training data knew it; names are compared by letters and digits alone."""
    key = re.sub(r"(?:\.com|\.id|\.net)$", "", (outlet or "").strip().lower())
    key = _NOT_ALNUM.sub("", key)
    key = _ALIASES.get(key, key)
    return tuple([float(key == known) for known in OUTLETS])


def _where(document: Document, rows: Matrix) -> None:
    n = len(document.sentences)
    size = np.array([float(s.size) for s in document.sentences])
    through = size.cumsum()
    rows[:, 0] = position = np.arange(n)
    rows[:, 1] = position / n
    rows[:, 2] = n - 1 - position
    rows[:, 3] = n
    rows[:, 4] = through - size
    rows[:, 5] = through
    rows[:, 6] = through[-1]
    rows[:, 7] = size
    rows[:, 8] = size * (n / max(1.0, through[-1]))
    rows[:, 9] = size[0]


def _told(size: Matrix, is_quote: Matrix, rows: Matrix) -> None:
    """Sentences, and words in them, without counting direct speech: before each sentence, after it, in all."""
    told = 1.0 - is_quote
    words = told * size
    count, through = told.cumsum(), words.cumsum()
    rows[:, 0] = count - told
    rows[:, 1] = count[-1] - count
    rows[:, 2] = count[-1]
    rows[:, 3] = through - words
    rows[:, 4] = through
    rows[:, 5] = through[-1]


def _about(document: Document, rows: Matrix) -> None:
    """What the sentences share with the title, with each other and with the article as a whole."""
    terms = _terms_told(document)
    term, at, n = terms.term, terms.at, len(terms.size)
    count, first = terms.count.take(term), terms.first.take(term)
    is_new = first == at
    weights = np.empty((10, len(term)))
    weights[0] = count
    weights[1] = terms.last.take(term) > at
    weights[2] = is_new
    weights[3] = first == 0
    weights[4] = first < _LEAD
    weights[5] = count == 1
    weights[6] = terms.is_title.take(term)
    weights[7] = weights[6] * is_new
    weights[8] = weights[6] * np.log1p(n / count)
    weights[9] = weights[8] * is_new
    sums = np.zeros((10, len(term) + 1))
    weights.cumsum(axis=1, out=sums[:, 1:])
    ends = terms.size.cumsum()
    mass, recurs, new, with_first, with_lead, rare, titled, title_new, weight, new_weight = sums.take(
        ends, axis=1
    ) - sums.take(ends - terms.size, axis=1)
    size = np.maximum(terms.size, 1.0)
    root = np.sqrt(size)
    title_size = float(len(document.title_terms) or 1)
    # What the article never takes up weighs most, and no sentence has it.
    title_weight = float(sums[9, -1]) + log1p(n) * (len(document.title_terms) - float(sums[7, -1])) or 1.0
    alike = terms.shared[1:] / (root[1:] * root[:-1])
    rows[:, 0] = titled / title_size
    rows[:, 1] = titled
    rows[:, 2] = titled / size
    rows[:, 3] = title_new / title_size
    rows[:, 4] = (title_new.cumsum() - title_new) / title_size
    rows[:, 5] = weight / title_weight
    rows[:, 6] = new_weight / title_weight
    rows[:, 7] = mass * (100 / max(1, len(term))) / size
    rows[:, 8] = mass / (root * (sqrt(float(terms.count @ terms.count)) or 1.0))
    rows[:, 9] = recurs / size
    rows[:, 10] = new / size
    rows[:, 11] = with_first / (root * root[0])
    rows[0, 12] = rows[-1, 13] = 0.0
    rows[1:, 12] = alike
    rows[:-1, 13] = alike
    rows[:, 14] = with_lead / size
    rows[:, 15] = rare / size


@dataclass(frozen=True, slots=True)
class _Terms:
    """Which distinct terms each sentence holds: pairs of `term` and `at`, sentence by sentence.

    By sentence: how many terms, and how many of them the sentence before has. By term: whether the title has it, in how
    many sentences it stands, the first and the last of them.
    """

    term: Whole
    at: Whole
    size: Whole
    shared: Matrix
    is_title: Whole
    count: Matrix
    first: Whole
    last: Whole


def _terms_told(document: Document) -> _Terms:
    ids: dict[str, int] = {}
    pairs: list[int] = []
    sizes: list[int] = []
    shared: list[int] = []
    before: frozenset[str] = frozenset()
    for sentence in document.sentences:
        own = frozenset(sentence.terms)
        sizes.append(len(own))
        shared.append(len(own & before))
        pairs += [ids.setdefault(term, len(ids)) for term in own]
        before = own
    size = np.array(sizes)
    term = np.array(pairs, dtype=np.intp)
    at = np.arange(len(size)).repeat(size)
    count = np.bincount(term, minlength=1).astype(float)
    is_title = np.zeros(len(count))
    is_title[[ids[word] for word in document.title_terms if word in ids]] = 1.0
    first, last = np.zeros(len(count), dtype=np.intp), np.zeros(len(count), dtype=np.intp)
    # Of several values for one place the last one stays.
    first[term[::-1]] = at[::-1]
    last[term] = at
    return _Terms(term, at, size, np.array(shared, dtype=float), is_title, count, first, last)
