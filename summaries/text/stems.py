"""Stems by Snowball (PyStemmer), for ranking and for the search index."""

from __future__ import annotations

import re
from sys import intern
from threading import local
from typing import TYPE_CHECKING

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALGORITHMS = {"id": "indonesian", "en": "english"}
_SEARCH_WORD = re.compile(r"[^\W_]+")
# News uses some forty thousand words again and again; a cache that is full starts anew.
_MOST_KEPT = 65_536
_LONGEST_KEPT = 60
_per_thread = local()


class _Stems(dict[str, str]):
    """The stems of one language that were asked for so far, by word: a look-up costs no call of Python's."""

    def __init__(self, algorithm: str) -> None:
        super().__init__()
        self._algorithm = algorithm

    def __missing__(self, word: str) -> str:
        if len(word) > _LONGEST_KEPT:
            return word
        # One object a stem: to compare them, and to hold them, costs less than equal ones do.
        found: str = intern(_stemmer(self._algorithm).stemWord(word))
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[word] = found
        return found


_STEMS = {language: _Stems(algorithm) for language, algorithm in _ALGORITHMS.items()}


def stem(word: str, language: str = "id") -> str:
    """The stem of one word, in lower case. Words of a language that has no stemmer are only lower-cased."""
    return stem_all((word.lower(),), language)[0]


def stem_all(lower: Iterable[str], language: str = "id") -> list[str]:
    """The stems of words that are in lower case already."""
    stems = _STEMS.get(language)
    return list(lower) if stems is None else list(map(stems.__getitem__, lower))


def search_stems(text: str) -> str:
    """`text` for a full-text index: the stems of its words, in lower case, joined by spaces.

    Titles, texts and queries must all pass through here. Joined words fall apart ("undang-undang" is found by
    "undang"), and the language is taken to be Indonesian, whose stemmer leaves English words nearly alone.
    """
    found: list[str] = []
    for piece in text.lower().split():  # see `words.words`
        if piece.isalnum():
            found.append(piece)
        else:
            found += _SEARCH_WORD.findall(piece)
    return " ".join(stem_all(found))


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    """A stemmer object must not be shared between threads."""
    stemmers: dict[str, Stemmer.Stemmer] = _per_thread.__dict__.setdefault("stemmers", {})
    if algorithm not in stemmers:
        # Our own cache is in front; the stemmer's grows without a lock.
        stemmers[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return stemmers[algorithm]
