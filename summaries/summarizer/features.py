"""What the ranker knows of a sentence: numbers, from the text alone and, when known, its title and outlet.

Every feature costs time linear in the article. The order of `NAMES` is part of the model file's contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summaries.summarizer.document import Document, Sentence

    Matrix = NDArray[np.float64]
    Whole = NDArray[Any]

_CLASSES: dict[str, tuple[str, ...]] = {
    "speech": (
        "kata", "katanya", "ujar", "ujarnya", "ucap", "ucapnya", "tutur", "tuturnya", "jelas", "jelasnya",
        "tegas", "tegasnya", "imbuh", "imbuhnya", "tandas", "tandasnya", "papar", "paparnya", "ungkap",
        "ungkapnya", "sebut", "sebutnya", "terang", "terangnya", "tambah", "tambahnya", "pungkas", "pungkasnya",
        "cetus", "lanjut", "lanjutnya", "tulis", "tulisnya", "said", "says", "told", "added",
    ),
    "first_person": ("saya", "kami", "kita", "aku", "gue", "kamu", "anda", "i", "we", "you", "my", "our"),
    "amounts": ("persen", "ribu", "juta", "miliar", "triliun", "dolar", "rupiah", "million", "billion", "percent"),
    "future": ("akan", "bakal", "rencananya", "berencana", "will"),
}  # fmt: skip
_LEAD = 3
_CLASS_NAMES = tuple(_CLASSES)
_CLASS_OF = {word: k for k, words in enumerate(_CLASSES.values()) for word in words}
_NOT_ALNUM = re.compile(r"[\W_]+")

_WHERE = (
    "position", "relative_position", "from_end", "sentences", "words_before", "words_through", "article_words",
    "size", "size_ratio", "first_size",
)  # fmt: skip
_ABOUT = (
    "title_share", "title_count", "title_precision", "title_new", "title_seen", "frequency", "centroid", "recurs",
    "novelty", "like_first", "like_previous", "like_next", "like_lead", "rare",
)  # fmt: skip
_STYLE = (
    *_CLASS_NAMES, "quotes", "opens_quote", "numbers", "acronyms", "capitals", "new_capitals", "commas", "opening",
    "question", "stop_share", "word_length",
)  # fmt: skip
_WHOLE = ("all_quotes", "all_numbers", "all_first_person", "all_speech", "all_capitals", "mean_size")
_OWN = (*_WHERE, *_ABOUT, *_STYLE)
# What the sentence's neighbours and the first sentence are like matters as much as what it is like itself.
_LOOKED_AT = (
    "title_share", "centroid", "novelty", "opens_quote", "speech", "recurs", "opening", "numbers", "size",
)  # fmt: skip
_LOOKED_AT_INDEX = [_OWN.index(name) for name in _LOOKED_AT]

# The outlets of the training data. Any other is simply none of them.
OUTLETS = (
    "antaranews", "cnnindonesia", "dailysocial", "goalindonesia", "juara", "kumparan", "merdeka", "poskotanews",
    "rimanews", "suara",
)  # fmt: skip
_ALIASES = {"antara": "antaranews", "poskota": "poskotanews", "goal": "goalindonesia", "bolasport": "juara"}

NAMES: tuple[str, ...] = (
    *_OWN,
    *_WHOLE,
    *(f"{whose}_{name}" for whose in ("next", "previous", "second_next", "first") for name in _LOOKED_AT),
    *(f"outlet_{outlet}" for outlet in OUTLETS),
)
_ABOUT_AT = len(_WHERE)
_STYLE_AT = _ABOUT_AT + len(_ABOUT)
_WHOLE_AT = len(_OWN)
_NEXT_AT = _WHOLE_AT + len(_WHOLE)
_OUTLET_AT = len(NAMES) - len(OUTLETS)
_STEPS = (1, -1, 2)
_AVERAGED = [_STYLE.index(name) for name in ("quotes", "numbers", "first_person", "speech", "capitals")]
_WORDS_THROUGH = _WHERE.index("words_through")


def features(document: Document) -> Matrix:
    """One row a sentence, one number a name of `NAMES`."""
    n = len(document.sentences)
    rows = np.empty((n, len(NAMES)))
    if not n:
        return rows
    _where(document, rows[:, :_ABOUT_AT])
    _about(document, rows[:, _ABOUT_AT:_STYLE_AT])
    style = rows[:, _STYLE_AT:_WHOLE_AT]
    style[:] = _style(document)
    rows[:, _WHOLE_AT : _NEXT_AT - 1] = style[:, _AVERAGED].mean(axis=0)
    rows[:, _NEXT_AT - 1] = rows[-1, _WORDS_THROUGH] / n
    looks = rows[:, _LOOKED_AT_INDEX]
    for k, step in enumerate(_STEPS):
        start = _NEXT_AT + k * len(_LOOKED_AT)
        _shift(looks, step, rows[:, start : start + len(_LOOKED_AT)])
    rows[:, _OUTLET_AT - len(_LOOKED_AT) : _OUTLET_AT] = looks[0]
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


def outlet_row(outlet: str | None) -> list[float]:
    """1 for the outlet if the training data knew it; names are compared by letters and digits alone."""
    key = re.sub(r"(?:\.com|\.id|\.net)$", "", (outlet or "").strip().lower())
    key = _NOT_ALNUM.sub("", key)
    key = _ALIASES.get(key, key)
    return [float(key == known) for known in OUTLETS]


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


def _about(document: Document, rows: Matrix) -> None:
    """What the sentences share with the title, with each other and with the article as a whole."""
    told = _terms_told(document)
    term, at = told.term, told.at
    count, first = told.count[term], told.first[term]
    weights = np.empty((6, len(term)))
    weights[0] = count
    weights[1] = told.last[term] > at
    weights[2] = first == at
    weights[3] = first == 0
    weights[4] = first < _LEAD
    weights[5] = count == 1
    sums = np.zeros((6, len(term) + 1))
    weights.cumsum(axis=1, out=sums[:, 1:])
    ends = told.size.cumsum()
    mass, recurs, new, with_first, with_lead, rare = sums[:, ends] - sums[:, ends - told.size]
    size = np.maximum(told.size, 1.0)
    root = np.sqrt(size)
    title_size = float(len(document.title_terms) or 1)
    alike = told.shared[1:] / (root[1:] * root[:-1])
    rows[:, 0] = told.titled / title_size
    rows[:, 1] = told.titled
    rows[:, 2] = told.titled / size
    rows[:, 3] = told.title_new / title_size
    rows[:, 4] = (told.title_new.cumsum() - told.title_new) / title_size
    rows[:, 5] = mass * (100 / max(1, len(term))) / size
    rows[:, 6] = mass / (root * (sqrt(float(told.count @ told.count)) or 1.0))
    rows[:, 7] = recurs / size
    rows[:, 8] = new / size
    rows[:, 9] = with_first / (root * root[0])
    rows[0, 10] = rows[-1, 11] = 0.0
    rows[1:, 10] = alike
    rows[:-1, 11] = alike
    rows[:, 12] = with_lead / size
    rows[:, 13] = rare / size


@dataclass(frozen=True, slots=True)
class _Told:
    """Which distinct terms each sentence holds: pairs of `term` and `at`, sentence by sentence.

    By sentence: how many terms, how many of the title's, how many of those for the first time, how many of the sentence
    before. By term: in how many sentences it stands, the first and the last of them.
    """

    term: Whole
    at: Whole
    size: Whole
    titled: Matrix
    title_new: Matrix
    shared: Matrix
    count: Matrix
    first: Whole
    last: Whole


def _terms_told(document: Document) -> _Told:
    ids: dict[str, int] = {}
    pairs: list[int] = []
    by_sentence: list[tuple[int, int, int, int]] = []
    before: frozenset[str] = frozenset()
    title = document.title_terms
    title_left = set(title)
    for sentence in document.sentences:
        own = frozenset(sentence.terms)
        titled = own & title
        by_sentence.append((len(own), len(titled), len(titled & title_left), len(own & before)))
        title_left -= titled
        pairs += [ids.setdefault(term, len(ids)) for term in own]
        before = own
    size, titled_count, title_new, shared = np.array(by_sentence).T
    term = np.array(pairs, dtype=np.intp)
    at = np.arange(len(size)).repeat(size)
    count = np.bincount(term, minlength=1).astype(float)
    first, last = np.zeros(len(count), dtype=np.intp), np.zeros(len(count), dtype=np.intp)
    # Of several values for one place the last one stays.
    first[term[::-1]] = at[::-1]
    last[term] = at
    return _Told(term, at, size, titled_count, title_new, shared, count, first, last)


def _style(document: Document) -> list[list[float]]:
    seen: set[str] = set()
    return [_style_row(sentence, seen) for sentence in document.sentences]


def _style_row(sentence: Sentence, seen: set[str]) -> list[float]:
    text, words = sentence.text, sentence.words
    count = len(words) or 1
    classes = [0.0] * len(_CLASS_NAMES)
    for word in sentence.lower:
        if word in _CLASS_OF:
            classes[_CLASS_OF[word]] += 1.0
    # Digits and capitals come before the small letters.
    heads = [word for word in words if word[0] < "a"]
    names = [word for word in heads if word[0] > "9"]
    capitals = set(names)
    if words:
        capitals.discard(words[0])
    new = len(capitals - seen)
    seen |= capitals
    return [
        *classes,
        text.count('"') + text.count("“") + text.count("”"),
        text[0] in "\"“”'‘",
        len(heads) - len(names),
        sum([word.isupper() for word in names if len(word) > 1]),
        len(capitals) / count,
        new,
        text.count(",") / count,
        sentence.opening,
        "?" in text,
        1.0 - len(sentence.terms) / count,
        len(text) / (sentence.size or 1),
    ]
