"""What the ranker knows of a sentence: numbers, from the text alone and, when known, its title and outlet.

Every feature costs time linear in the article. The order of `NAMES` is part of the model file's contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from itertools import count as count_up
from math import log1p, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from summaries.summarizer.style import STYLE, fill_style

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
    """One row a sentence, one number a name of `NAMES`.

    The numbers of one name stand side by side in memory: what is told of all sentences at once is one operation.
    """
    n = len(document.sentences)
    columns = np.empty((len(NAMES), n))
    if not n:
        return columns.T
    size = columns[_SIZE]
    style = columns[_STYLE_AT:_WHOLE_AT]
    fill_style(document.sentences, style)
    _where(document, columns[:_TOLD_AT])
    _told(size, style[_IS_QUOTE], columns[_TOLD_AT:_ABOUT_AT])
    _about(document, columns[_ABOUT_AT:_STYLE_AT])
    columns[_WHOLE_AT:_NEXT_AT] = columns[_AVERAGED].sum(axis=1, keepdims=True) / n
    start = _NEXT_AT
    for step, names in _LOOKED_AT_INDEX:
        _shift(columns[names], step, columns[start : start + len(names)])
        start += len(names)
    columns[start:_OUTLET_AT] = columns[_FIRST_INDEX, :1]
    columns[_OUTLET_AT:] = outlet_column(document.outlet)
    return columns.T


def _shift(looks: Matrix, step: int, into: Matrix) -> None:
    """For each sentence what the one `step` further on looks like; -1 where there is none."""
    if step > 0:
        into[:, :-step] = looks[:, step:]
        into[:, -step:] = -1.0
    else:
        into[:, -step:] = looks[:, :step]
        into[:, :-step] = -1.0


@lru_cache(maxsize=256)
def outlet_row(outlet: str | None) -> tuple[float, ...]:
    """1 for the outlet if the training data knew it; names are compared by letters and digits alone."""
    key = re.sub(r"(?:\.com|\.id|\.net)$", "", (outlet or "").strip().lower())
    key = _NOT_ALNUM.sub("", key)
    key = _ALIASES.get(key, key)
    return tuple([float(key == known) for known in OUTLETS])


@lru_cache(maxsize=256)
def outlet_column(outlet: str | None) -> Matrix:
    """`outlet_row` upright."""
    column = np.array(outlet_row(outlet))[:, None]
    column.flags.writeable = False
    return column


def _where(document: Document, rows: Matrix) -> None:
    n = len(document.sentences)
    position, size, through = rows[0], rows[7], rows[5]
    position[:] = np.arange(n)
    size[:] = [sentence.size for sentence in document.sentences]
    size.cumsum(out=through)
    whole = float(through[-1])
    np.divide(position, n, out=rows[1])
    np.subtract(n - 1, position, out=rows[2])
    rows[3] = n
    np.subtract(through, size, out=rows[4])
    rows[6] = whole
    np.multiply(size, n / max(1.0, whole), out=rows[8])
    rows[9] = size[0]


def _told(size: Matrix, is_quote: Matrix, rows: Matrix) -> None:
    """Sentences, and words in them, without counting direct speech: before each sentence, after it, in all."""
    told = 1.0 - is_quote
    words = told * size
    count, through = told.cumsum(), rows[4]
    words.cumsum(out=through)
    np.subtract(count, told, out=rows[0])
    np.subtract(count[-1], count, out=rows[1])
    rows[2] = count[-1]
    np.subtract(through, words, out=rows[3])
    rows[5] = through[-1]


def _about(document: Document, rows: Matrix) -> None:
    """What the sentences share with the title, with each other and with the article as a whole."""
    terms = _terms_told(document)
    term, count, first, n = terms.term, terms.count, terms.first, len(terms.size)
    weights = np.empty((6, len(count)))
    weights[0] = count
    weights[1] = first == 0
    weights[2] = first < _LEAD
    weights[3] = count == 1
    weights[4] = terms.is_title
    np.multiply(terms.is_title, np.log1p(n / count), out=weights[5])
    sums = np.zeros((6, len(term) + 1))
    weights.take(term, axis=1).cumsum(axis=1, out=sums[:, 1:])
    ends = terms.size.cumsum()
    mass, with_first, with_lead, rare, titled, weight = sums.take(ends, axis=1) - sums.take(ends - terms.size, axis=1)
    # Every term is new in one sentence and does not recur after one.
    new = np.bincount(first, minlength=n)
    title_new = np.bincount(first, weights[4], minlength=n)
    new_weight = np.bincount(first, weights[5], minlength=n)
    recurs = terms.size - np.bincount(terms.last, minlength=n)
    size = np.maximum(terms.size, 1.0)
    root = np.sqrt(size)
    title_size = float(len(document.title_terms) or 1)
    # What the article never takes up weighs most, and no sentence has it.
    title_weight = float(new_weight.sum()) + log1p(n) * (len(document.title_terms) - float(title_new.sum())) or 1.0
    np.divide(titled, title_size, out=rows[0])
    rows[1] = titled
    np.divide(titled, size, out=rows[2])
    np.divide(title_new, title_size, out=rows[3])
    np.divide(title_new.cumsum() - title_new, title_size, out=rows[4])
    np.divide(weight, title_weight, out=rows[5])
    np.divide(new_weight, title_weight, out=rows[6])
    np.divide(mass * (100 / max(1, len(term))), size, out=rows[7])
    np.divide(mass, root * (sqrt(float(count @ count)) or 1.0), out=rows[8])
    np.divide(recurs, size, out=rows[9])
    np.divide(new, size, out=rows[10])
    np.divide(with_first, root * root[0], out=rows[11])
    rows[12, 0] = rows[13, -1] = 0.0
    np.divide(terms.shared, root[1:] * root[:-1], out=rows[12, 1:])
    rows[13, :-1] = rows[12, 1:]
    np.divide(with_lead, size, out=rows[14])
    np.divide(rare, size, out=rows[15])


@dataclass(frozen=True, slots=True)
class _Terms:
    """Which distinct terms each sentence holds, sentence by sentence.

    By sentence: how many terms, and, from the second on, how many of them the sentence before has. By term: whether the
    title has it, in how many sentences it stands, the first and the last of them.
    """

    term: Whole
    size: Whole
    shared: list[int]
    is_title: Whole
    count: Matrix
    first: Whole
    last: Whole


def _terms_told(document: Document) -> _Terms:
    own = [sentence.terms for sentence in document.sentences]
    pairs = list(chain.from_iterable(own))
    ids = dict(zip(dict.fromkeys(pairs), count_up(), strict=False))
    size = np.array(list(map(len, own)))
    term = np.fromiter(map(ids.__getitem__, pairs), np.intp, len(pairs))
    at = np.arange(len(size)).repeat(size)
    count = np.bincount(term, minlength=len(ids)).astype(float)
    is_title = np.zeros(len(ids))
    is_title[[ids[word] for word in document.title_terms if word in ids]] = 1.0
    first, last = np.empty(len(ids), dtype=np.intp), np.empty(len(ids), dtype=np.intp)
    # Of several values for one place the last one stays.
    first[term[::-1]] = at[::-1]
    last[term] = at
    shared = [len(terms & before) for before, terms in pairwise(own)]
    return _Terms(term, size, shared, is_title, count, first, last)
