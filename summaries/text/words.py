"""Words of a text and their Snowball stems (PyStemmer), for ranking and for the search index."""

from __future__ import annotations

import re
from collections.abc import Iterable
from sys import intern
from threading import local

import Stemmer

# Letters and digits; an inner apostrophe or hyphen joins ("undang-undang", "Jum'at", "ke-10"), and so does a point or
# comma between digits ("2,5", "10.05").
_WORD = re.compile(r"[^\W_]+(?:(?:[-'’]|(?<=\d)[.,](?=\d))[^\W_]+)*")
# Punctuation that no word starts or ends with.
PUNCTUATION = ".,\"'“”‘’()?!:;-–—"


def split_words(text: str) -> list[str]:
    """Return the words of `text` in order, as written, without punctuation."""
    found: list[str] = []
    add = found.append
    # Most words have spaces around them and at most one punctuation mark: a regular expression takes several times as
    # long.
    for piece in text.split():
        if piece.isalnum():
            add(piece)
            continue
        bare = piece.strip(PUNCTUATION)
        if bare.isalnum():
            add(bare)
        else:
            found += _WORD.findall(bare)
    return found


_ALGORITHMS = {"id": "indonesian", "en": "english"}
_SEARCH_WORD = re.compile(r"[^\W_]+")
# News uses about forty thousand distinct words; the cache is cleared when full.
_MAX_CACHED = 65_536
_MAX_KEY_CHARS = 60
_per_thread = local()


class _StemCache(dict[str, str]):
    """Stem cache of one language, by word: a dict lookup runs no Python code."""

    def __init__(self, algorithm: str) -> None:
        super().__init__()
        self._algorithm = algorithm

    def __missing__(self, word: str) -> str:
        if len(word) > _MAX_KEY_CHARS:
            return word
        # Interned, because comparing and storing one shared object is cheaper.
        found: str = intern(_load_stemmer(self._algorithm).stemWord(word))
        if len(self) >= _MAX_CACHED:
            self.clear()
        self[word] = found
        return found


_STEMS = {language: _StemCache(algorithm) for language, algorithm in _ALGORITHMS.items()}


def stem(word: str, language: str = "id") -> str:
    """Return the stem of one word, lower-cased. Words of a language without a stemmer are only lower-cased."""
    return stem_all((word.lower(),), language)[0]


def stem_all(lower: Iterable[str], language: str = "id") -> list[str]:
    """Return the stems of words that are already in lower case."""
    stems = _STEMS.get(language)
    return list(lower) if stems is None else list(map(stems.__getitem__, lower))


def stem_for_search(text: str) -> str:
    """Return `text` for a full-text index: the stems of its words, lower-cased, joined by spaces.

    Titles, texts and queries must all be converted here. Compounds are split ("undang" finds "undang-undang"). The
    Indonesian stemmer is always used; it leaves English words nearly unchanged.
    """
    found: list[str] = []
    for piece in text.lower().split():  # see `words.split_words`
        if piece.isalnum():
            found.append(piece)
        else:
            found += _SEARCH_WORD.findall(piece)
    return " ".join(stem_all(found))


def _load_stemmer(algorithm: str) -> Stemmer.Stemmer:
    """Return this thread's stemmer, because a stemmer must not be shared between threads."""
    stemmers: dict[str, Stemmer.Stemmer] = _per_thread.__dict__.setdefault("stemmers", {})
    if algorithm not in stemmers:
        # Size 0: `_StemCache` is the cache, and the stemmer's own cache grows without a lock.
        stemmers[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return stemmers[algorithm]
