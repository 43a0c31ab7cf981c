"""The features of the ranker: numbers from the text and, if known, its title and outlet.

Every feature takes time linear in the article. The order of `NAMES` is part of the model file's contract.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, compress
from math import fsum, log1p, sqrt
from struct import pack

import numpy as np
from numpy.typing import NDArray

from summaries.summarizer.document import CLASS_NAMES, MARKS, Document, Sentence

Matrix = NDArray[np.float64]

_LEAD = 3
_ALNUM = re.compile(r"[^\W_]")
_NOT_ALNUM = re.compile(r"[\W_]+")
# A quotation without its marks, and its closing mark; the last one may lack it.
_QUOTED = re.compile(r'["“]([^"”]*+)(["”]?)')
_QUOTE_MARKS = "\"'“”‘’"
# A sentence with at least this share in quotes is direct speech, wherever its speaker is named.
_MIN_QUOTED_SHARE = 0.4

_POSITION_NAMES = (
    "position", "relative_position", "from_end", "sentences", "words_before", "words_through", "article_words",
    "size", "size_ratio", "first_size",
)  # fmt: skip
# Positions and word counts without direct speech, which editors skip: so counted, they nearly always take the first
# sentences.
_NARRATIVE_NAMES = (
    "told_before", "told_left", "told", "told_words_before", "told_words_through", "told_words",
)  # fmt: skip
_OVERLAP_NAMES = (
    "title_share", "title_count", "title_precision", "title_new", "title_seen", "title_weight", "title_new_weight",
    "frequency", "centroid", "recurs", "novelty", "like_first", "like_previous", "like_next", "like_lead", "rare",
)  # fmt: skip
_STYLE_NAMES = (
    *CLASS_NAMES, "quotes", "opens_quote", "is_quote", "numbers", "number_share", "acronyms", "capitals",
    "new_capitals", "commas", "opening", "question", "stop_share", "word_length",
)  # fmt: skip
_COUNTED = [
    MARKS[name]
    for name in (*CLASS_NAMES, "quotes", "numbers", "acronyms", "commas", "question", "no_word", "more_words")
]
_ARTICLE_NAMES = ("all_quotes", "all_numbers", "all_first_person", "all_speech", "all_capitals", "mean_size")
_OWN_NAMES = (*_POSITION_NAMES, *_NARRATIVE_NAMES, *_OVERLAP_NAMES, *_STYLE_NAMES)
# Features of neighbours and of the first sentence matter as much as a sentence's own.
_NEIGHBOUR_NAMES = {
    "next": (1, ("title_share", "centroid", "novelty", "opens_quote", "speech", "recurs", "opening", "size")),
    "previous": (-1, ("title_share", "centroid", "novelty", "recurs", "size")),
    "second_next": (2, ("title_share", "centroid", "speech", "recurs", "opening", "size")),
}
_FIRST = ("title_share", "centroid", "recurs")
# For each distance in sentences: the columns of the neighbour features.
_NEIGHBOUR_COLUMNS = [(step, [_OWN_NAMES.index(name) for name in names]) for step, names in _NEIGHBOUR_NAMES.values()]
_FIRST_INDEX = [_OWN_NAMES.index(name) for name in _FIRST]

# The outlets of the training data. Any other matches none of them.
OUTLETS = (
    "antaranews", "cnnindonesia", "dailysocial", "goalindonesia", "juara", "kumparan", "merdeka", "poskotanews",
    "rimanews", "suara",
)  # fmt: skip
_ALIASES = {"antara": "antaranews", "poskota": "poskotanews", "goal": "goalindonesia", "bolasport": "juara"}

NAMES: tuple[str, ...] = (
    *_OWN_NAMES,
    *_ARTICLE_NAMES,
    *(f"{whose}_{name}" for whose, (_, names) in _NEIGHBOUR_NAMES.items() for name in names),
    *(f"first_{name}" for name in _FIRST),
    *(f"outlet_{outlet}" for outlet in OUTLETS),
)
_ARTICLE_AT = len(_OWN_NAMES)
_NEXT_AT = _ARTICLE_AT + len(_ARTICLE_NAMES)
_FIRST_AT = _NEXT_AT + sum(len(names) for _, names in _NEIGHBOUR_NAMES.values())
_OUTLET_AT = len(NAMES) - len(OUTLETS)
_AVERAGED = np.array(
    [_OWN_NAMES.index(name) for name in ("quotes", "numbers", "first_person", "speech", "capitals", "size")]
)
_IS_QUOTE = _STYLE_NAMES.index("is_quote")
_LIKE_PREVIOUS, _LIKE_NEXT = _OWN_NAMES.index("like_previous"), _OWN_NAMES.index("like_next")


def extract_features(document: Document) -> Matrix:
    """Return a matrix with one row per sentence and one column per name of `NAMES`.

    A sentence's own features are computed by plain loops: for the usual ten to twenty sentences, these cost less than
    many small array operations.
    """
    sentences = document.sentences
    n = len(sentences)
    columns = np.empty((len(NAMES), n))
    if not n:
        return columns.T
    style = _compute_style(sentences)
    sizes = [sentence.size for sentence in sentences]
    own: list[float] = []
    for where, narrative, about, own_style in zip(
        _compute_positions(sizes), _count_narrative(sizes, style), _compute_overlaps(document), style, strict=True
    ):
        own += where
        own += narrative
        own += about
        own += own_style
    # Packing numbers costs a third of creating an array from a list.
    columns[:_ARTICLE_AT] = np.frombuffer(pack(f"{len(own)}d", *own)).reshape(n, _ARTICLE_AT).T
    # The similarity to the next sentence equals the next sentence's similarity to this one.
    columns[_LIKE_NEXT, :-1] = columns[_LIKE_PREVIOUS, 1:]
    columns[_ARTICLE_AT:_NEXT_AT] = columns.take(_AVERAGED, axis=0).sum(axis=1, keepdims=True) / n
    columns[_NEXT_AT:_FIRST_AT] = -1.0  # the value for a missing neighbour
    at = _NEXT_AT
    for step, indices in _NEIGHBOUR_COLUMNS:
        shown = columns.take(indices, axis=0)
        if step > 0:
            columns[at : at + len(indices), :-step] = shown[:, step:]
        else:
            columns[at : at + len(indices), -step:] = shown[:, :step]
        at += len(indices)
    columns[_FIRST_AT:_OUTLET_AT] = columns[_FIRST_INDEX, :1]
    columns[_OUTLET_AT:] = encode_outlet(document.outlet)
    return columns.T


@lru_cache(maxsize=256)
def encode_outlet(outlet: str | None) -> Matrix:
    """Return a one-hot encoding of the outlet as a column; names are compared by letters and digits only."""
    key = re.sub(r"(?:\.com|\.id|\.net)$", "", (outlet or "").strip().lower())
    key = _NOT_ALNUM.sub("", key)
    key = _ALIASES.get(key, key)
    column = np.array([[float(key == known)] for known in OUTLETS])
    column.flags.writeable = False
    return column


def _compute_positions(sizes: Sequence[int]) -> list[tuple[float, ...]]:
    n, whole = len(sizes), sum(sizes)
    ratio = n / max(1, whole)
    rows: list[tuple[float, ...]] = []
    before = 0
    for i, size in enumerate(sizes):
        through = before + size
        rows.append((i, i / n, n - 1 - i, n, before, through, whole, size, size * ratio, sizes[0]))
        before = through
    return rows


def _count_narrative(sizes: Sequence[int], style: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Count sentences and words outside direct speech: before each sentence, after it, in total."""
    narrative = [not row[_IS_QUOTE] for row in style]
    all_narrative, all_words = sum(narrative), sum(compress(sizes, narrative))
    rows: list[tuple[float, ...]] = []
    before = words_before = 0
    for size, is_narrative in zip(sizes, narrative, strict=True):
        through, words_through = before + is_narrative, words_before + size * is_narrative
        rows.append((before, all_narrative - through, all_narrative, words_before, words_through, all_words))
        before, words_before = through, words_through
    return rows


def _compute_overlaps(document: Document) -> list[tuple[float, ...]]:
    """Compute the overlaps of each sentence with the title, the other sentences and the whole article."""
    own = [sentence.terms for sentence in document.sentences]
    title, n = document.title_terms, len(own)
    counts = Counter(chain.from_iterable(own))
    count_of = counts.__getitem__
    # Title terms that the article never uses weigh most, and no sentence has them.
    weights = {term: log1p(n / counts[term]) for term in title if term in counts}
    weight_of = weights.__getitem__
    weight_of_title = fsum(weights.values()) + log1p(n) * (len(title) - len(weights)) or 1.0
    title_size = len(title) or 1
    frequencies = [list(map(count_of, terms)) for terms in own]
    masses = list(map(sum, frequencies))
    per_hundred = 100 / max(1, sum(map(len, own)))
    # The norm of the document vector: the sentences' shares of each squared count add up to it.
    length = sqrt(sum(masses)) or 1.0
    first, lead, last = own[0], own[0].union(*own[1:_LEAD]), _count_last_uses(own)
    root_of_first = root_before = sqrt(len(first) or 1)
    before: frozenset[str] = frozenset()
    seen: set[str] = set()
    title_seen = 0.0
    rows: list[tuple[float, ...]] = []
    for i, terms in enumerate(own):
        size = len(terms) or 1
        root = sqrt(size)
        titled = title & terms
        fresh = weight = new_weight = 0.0
        if titled:
            new = titled - seen
            fresh = len(new)
            # Set order varies between runs; an exact sum does not.
            weight = fsum(map(weight_of, titled)) / weight_of_title
            new_weight = fsum(map(weight_of, new)) / weight_of_title if new else 0.0
        known = len(seen)
        seen |= terms
        of_title = len(titled)
        # The first sentence is part of the lead.
        in_lead = terms & lead
        rows.append(
            (
                of_title / title_size,
                of_title,
                of_title / size,
                fresh / title_size,
                title_seen / title_size,
                weight,
                new_weight,
                masses[i] * per_hundred / size,
                masses[i] / (root * length),
                (len(terms) - last[i]) / size,
                (len(seen) - known) / size,
                len(in_lead & first) / (root * root_of_first),
                len(terms & before) / (root * root_before),
                0.0,
                len(in_lead) / size,
                frequencies[i].count(1) / size,
            )
        )
        title_seen += fresh
        before, root_before = terms, root
    return rows


def _count_last_uses(own: Sequence[frozenset[str]]) -> list[int]:
    """For each sentence, count the terms that no later sentence has."""
    later: set[str] = set()
    last = []
    for terms in reversed(own):
        known = len(later)
        later |= terms
        last.append(len(later) - known)
    last.reverse()
    return last


def _compute_style(sentences: Sequence[Sentence]) -> list[tuple[float, ...]]:
    """Return one row per sentence, one number per name of `_STYLE_NAMES`."""
    seen: set[str] = set()
    rows: list[tuple[float, ...]] = []
    for sentence in sentences:
        text, size = sentence.text, sentence.size
        *kinds, quotes, numbers, acronyms, commas, questions, no_words, more_words = map(sentence.marks.count, _COUNTED)
        words = size + more_words - no_words or 1
        capitals = set(sentence.names)
        # Every sentence opens with a capital.
        first = _ALNUM.search(text) if capitals else None
        if first and "9" < first[0] < "a":
            capitals.discard(sentence.names[0])
        known = len(seen)
        seen |= capitals
        rows.append(
            (
                *kinds,
                quotes,
                text[0] in _QUOTE_MARKS,
                quotes > 1 and is_direct_speech(text),
                numbers,
                numbers / words,
                acronyms,
                len(capitals) / words,
                len(seen) - known,
                commas / words,
                sentence.opening,
                questions > 0,
                1.0 - sentence.term_count / words,
                len(text) / (size or 1),
            )
        )
    return rows


def is_direct_speech(text: str) -> bool:
    """Return whether a sentence with quotation marks opens with one or is mostly quoted; a song title is not enough."""
    return text[0] in _QUOTE_MARKS or any(
        closing and len(quoted) > _MIN_QUOTED_SHARE * len(text) for quoted, closing in _QUOTED.findall(text)
    )
