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


def features(document: Document) -> Matrix:
    """One row a sentence, one number a name of `NAMES`."""
    sentences = document.sentences
    n = len(sentences)
    if not n:
        return np.zeros((0, len(NAMES)))
    where, style = _where(sentences), _style(document)
    own = np.column_stack([where, _about(document), style])
    wide = len(_LOOKED_AT)
    looks = np.full((n + 4, wide), -1.0)
    looks[2 : n + 2] = own[:, _LOOKED_AT_INDEX]
    k = _STYLE.index
    words = where[:, _WHERE.index("size")]
    whole = [
        *(style[:, [k("quotes"), k("numbers"), k("first_person"), k("speech"), k("capitals")]].mean(axis=0)),
        words.mean(),
    ]
    shared = np.array([*whole, *outlet_row(document.outlet), *looks[2]])
    flat = np.broadcast_to(shared, (n, len(shared)))
    w, o = len(_WHOLE), len(OUTLETS)
    return np.hstack(
        [own, flat[:, :w], looks[3 : n + 3], looks[1 : n + 1], looks[4 : n + 4], flat[:, w + o :], flat[:, w : w + o]]
    )


def outlet_row(outlet: str | None) -> list[float]:
    """1 for the outlet if the training data knew it; names are compared by letters and digits alone."""
    key = re.sub(r"(?:\.com|\.id|\.net)$", "", (outlet or "").strip().lower())
    key = _NOT_ALNUM.sub("", key)
    key = _ALIASES.get(key, key)
    return [float(key == known) for known in OUTLETS]


def _where(sentences: tuple[Sentence, ...]) -> Matrix:
    n = len(sentences)
    size = np.array([s.size for s in sentences], dtype=float)
    through = size.cumsum()
    position = np.arange(n, dtype=float)
    rows = np.empty((n, len(_WHERE)))
    rows[:, 0] = position
    rows[:, 1] = position / n
    rows[:, 2] = n - 1 - position
    rows[:, 3] = n
    rows[:, 4] = through - size
    rows[:, 5] = through
    rows[:, 6] = through[-1]
    rows[:, 7] = size
    rows[:, 8] = size * n / max(1.0, through[-1])
    rows[:, 9] = size[0]
    return rows


def _about(document: Document) -> Matrix:
    """What the sentences share with the title, with each other and with the article as a whole."""
    told = _terms_told(document)
    term, at, count, first, last = told.term, told.at, told.count, told.first, told.last
    is_new = first[term] == at
    weights = np.empty((9, len(term)))
    weights[0] = in_title = told.titled[term]
    weights[1] = in_title * is_new
    weights[2] = count[term]
    weights[3] = last[term] > at
    weights[4] = is_new
    weights[5] = first[term] == 0
    weights[6] = _seen_before(term, at) == at - 1
    weights[7] = first[term] < _LEAD
    weights[8] = count[term] == 1
    sums = np.zeros((9, len(term) + 1))
    weights.cumsum(axis=1, out=sums[:, 1:])
    title_count, title_new, mass, recurs, new, first_shared, shared, lead_shared, rare = (
        sums[:, told.ends] - sums[:, told.ends - told.size]
    )
    title_size = float(len(document.title_terms) or 1)
    size = np.maximum(told.size, 1.0)
    pair = np.sqrt(size[1:] * size[:-1])
    rows = np.zeros((len(size), len(_ABOUT)))
    rows[:, 0] = title_count / title_size
    rows[:, 1] = title_count
    rows[:, 2] = title_count / size
    rows[:, 3] = title_new / title_size
    rows[:, 4] = (title_new.cumsum() - title_new) / title_size
    rows[:, 5] = mass / (size * max(1.0, len(term))) * 100
    rows[:, 6] = mass / (np.sqrt(size) * (sqrt(float(count @ count)) or 1.0))
    rows[:, 7] = recurs / size
    rows[:, 8] = new / size
    rows[:, 9] = first_shared / np.sqrt(size * size[0])
    rows[1:, 10] = shared[1:] / pair
    rows[:-1, 11] = shared[1:] / pair
    rows[:, 12] = lead_shared / size
    rows[:, 13] = rare / size
    return rows


@dataclass(frozen=True, slots=True)
class _Told:
    """Which distinct terms each sentence holds: pairs of `term` and `at`, sentence by sentence.

    `size` and `ends` are how many terms a sentence has and where its pairs end. By term: in how many sentences it
    stands, the first and the last of them, and 1 for a term of the title.
    """

    term: Whole
    at: Whole
    size: Whole
    ends: Whole
    count: Matrix
    first: Whole
    last: Whole
    titled: Matrix


def _terms_told(document: Document) -> _Told:
    ids: dict[str, int] = {}
    pairs: list[int] = []
    lengths: list[int] = []
    for sentence in document.sentences:
        own = dict.fromkeys(sentence.terms)
        lengths.append(len(own))
        pairs += [ids.setdefault(term, len(ids)) for term in own]
    size = np.array(lengths)
    term = np.array(pairs, dtype=np.intp)
    at = np.arange(len(lengths)).repeat(size)
    kinds = max(1, len(ids))
    first, last = np.zeros(kinds, dtype=np.intp), np.zeros(kinds, dtype=np.intp)
    # Of several values for one place the last one stays.
    first[term[::-1]] = at[::-1]
    last[term] = at
    titled = np.zeros(kinds)
    titled[[ids[known] for known in document.title_terms if known in ids]] = 1.0
    count = np.bincount(term, minlength=kinds).astype(float)
    return _Told(term, at, size, size.cumsum(), count, first, last, titled)


def _seen_before(term: Whole, at: Whole) -> Whole:
    """For each pair, the sentence that held its term before; far below zero where none did."""
    order = term.argsort(kind="stable")
    by_term, by_at = term[order], at[order]
    same = by_term[1:] == by_term[:-1]
    before = np.full(len(term), -9)
    before[order[1:][same]] = by_at[:-1][same]
    return before


def _style(document: Document) -> Matrix:
    seen: set[str] = set()
    return np.array([_style_row(sentence, seen) for sentence in document.sentences])


def _style_row(sentence: Sentence, seen: set[str]) -> list[float]:
    text, words = sentence.text, sentence.words
    count = len(words) or 1
    classes = [0.0] * len(_CLASS_NAMES)
    for word in sentence.lower:
        if word in _CLASS_OF:
            classes[_CLASS_OF[word]] += 1.0
    # Digits and capitals come before the small letters.
    heads = [word for word in words if word[0] < "a"]
    capitals = {word for word in heads if word[0] > "9"}
    if words:
        capitals.discard(words[0])
    new = len(capitals - seen)
    seen |= capitals
    return [
        *classes,
        text.count('"') + text.count("“") + text.count("”"),
        text[0] in "\"“”'‘",
        sum([word[0] <= "9" for word in heads]),
        sum([word.isupper() and len(word) > 1 and word[0] > "9" for word in heads]),
        len(capitals) / count,
        new,
        text.count(",") / count,
        sentence.opening,
        "?" in text,
        1.0 - len(sentence.terms) / count,
        len(text) / (sentence.size or 1),
    ]
