"""Words of a text, their Snowball stems (PyStemmer), and the lists of stop words and kinds of words shipped as data.

In the data files, lines that start with # are comments. Some files have sections in square brackets, with words
separated by white space.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
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
        try:
            stemmer = _per_thread.stemmers[self._algorithm]
        except (AttributeError, KeyError):
            stemmer = _load_stemmer(self._algorithm)
        # Interned, because comparing and storing one shared object is cheaper.
        found: str = intern(stemmer.stemWord(word))
        if len(self) >= _MAX_CACHED:
            self.clear()
        self[word] = found
        return found


_STEMS = {language: _StemCache(algorithm) for language, algorithm in _ALGORITHMS.items()}


def stem(word: str, language: str = "id") -> str:
    """Return the stem of one word, lower-cased. Words of a language without a stemmer are only lower-cased."""
    return load_stemming(language)(word.lower())


def stem_all(lower: Iterable[str], language: str = "id") -> list[str]:
    """Return the stems of words that are already in lower case."""
    return list(map(load_stemming(language), lower))


def load_stemming(language: str) -> Callable[[str], str]:
    """Return the function from a word in lower case to its stem."""
    stems = _STEMS.get(language)
    return str if stems is None else stems.__getitem__


def stem_for_search(text: str) -> str:
    """Return `text` for a full-text index: the stems of its words, lower-cased, joined by spaces.

    Titles, texts and queries must all be converted here. Compounds are split ("undang" finds "undang-undang"). The
    Indonesian stemmer is always used; it leaves English words nearly unchanged.
    """
    found: list[str] = []
    for piece in text.lower().split():  # see `split_words`
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


def read_data_lines(package: str, file: str) -> list[str]:
    """Read the lines of data/`file` in the package, without comments and blank lines."""
    lines = files(package).joinpath("data", file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@cache
def load_word_list(file: str, section: str, package: str = "summaries.text") -> frozenset[str]:
    """Load one section of data/`file` in the package, verbatim; the file explains its sections."""
    found: set[str] = set()
    current = ""
    for line in read_data_lines(package, file):
        if line.startswith("["):
            current = line.strip("[]")
        elif current == section:
            found.update(line.split())
    return frozenset(found)


@cache
def load_stop_words(language: str) -> frozenset[str]:
    """Load the lower-case words that carry no topic; empty for a language without a list."""
    if language not in ("id", "en"):
        return frozenset()
    return frozenset(read_data_lines("summaries.text", f"stopwords-{language}.txt"))
