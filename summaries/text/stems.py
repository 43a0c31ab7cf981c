"""Stems by Snowball (PyStemmer), for ranking and for the search index."""

from __future__ import annotations

import re
from functools import lru_cache
from threading import local
from typing import TYPE_CHECKING

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALGORITHMS = {"id": "indonesian", "en": "english"}
_SEARCH_WORD = re.compile(r"[^\W_]+")
_per_thread = local()


def stem(word: str, language: str = "id") -> str:
    """The stem of one word, in lower case. Words of a language that has no stemmer are only lower-cased."""
    return _stem(word.lower(), language)


def stem_all(lower: Iterable[str], language: str = "id") -> list[str]:
    """The stems of words that are in lower case already."""
    return [_stem(word, language) for word in lower]


def search_stems(text: str) -> str:
    """`text` for a full-text index: the stems of its words, in lower case, joined by spaces.

    Titles, texts and queries must all pass through here. Joined words fall apart ("undang-undang" is found by
    "undang"), and the language is taken to be Indonesian, whose stemmer leaves English words nearly alone.
    """
    return " ".join(_stem(word, "id") for word in _SEARCH_WORD.findall(text.lower()))


@lru_cache(maxsize=65_536)
def _stem(word: str, language: str) -> str:
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None or len(word) > 60:
        return word
    found: str = _stemmer(algorithm).stemWord(word)
    return found


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    """A stemmer object must not be shared between threads."""
    stemmers: dict[str, Stemmer.Stemmer] = _per_thread.__dict__.setdefault("stemmers", {})
    if algorithm not in stemmers:
        # Our own cache is in front; the stemmer's grows without a lock.
        stemmers[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return stemmers[algorithm]
