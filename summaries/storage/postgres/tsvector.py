"""The words of articles as PostgreSQL's full-text search keeps them (pure): our own stems, written as its values.

The server's parser is left out: what a word is, `text.stems` alone decides. As in SQLite's index, letters with marks
are found without them, and a phrase stands in the title or in the text, never over both.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The server counts places up to here; words after that are found, phrases there are not.
LAST_PLACE = 16_383
MOST_PLACES = 255
# A value has room for a megabyte: no article is so long, and what is longer is found by its beginning.
MOST_BYTES = 500_000
LONGEST_WORD = 200
_MARKS = range(0x300, 0x370)


def plain(stem: str) -> str:
    """The stem without marks on its letters."""
    if stem.isascii():
        return stem[:LONGEST_WORD]
    apart = unicodedata.normalize("NFD", stem)
    return unicodedata.normalize("NFC", "".join(c for c in apart if ord(c) not in _MARKS))[:LONGEST_WORD]


def to_vector(title: str, text: str) -> tuple[str, tuple[str, ...]]:
    """A `tsvector` of the stems of title and text, and the words in it."""
    places: dict[str, list[int]] = {}
    size = 0
    words_of_title = title.split()
    # One place stays empty between title and text.
    for start, words in ((1, words_of_title), (len(words_of_title) + 2, text.split())):
        for place, stem in enumerate(words, start):
            word = plain(stem)
            at = places.get(word)
            if at is None:
                size += len(word.encode()) + 4
                if size > MOST_BYTES:
                    break
                places[word] = [place] if place <= LAST_PLACE else []
            elif place <= LAST_PLACE and len(at) < MOST_PLACES:
                at.append(place)
                size += 2
    written = (f"{quoted(word)}:{','.join(map(str, at))}" if at else quoted(word) for word, at in places.items())
    return " ".join(written), tuple(places)


def to_query(terms: Iterable[str]) -> str:
    """A `tsquery` for articles that hold all of the terms; the stems of one term stand together in their order."""
    return " & ".join(f"({phrase(term.split())})" for term in terms if term.split())


def to_any_query(terms: Iterable[str]) -> str:
    """A `tsquery` for articles that hold one of the terms."""
    return " | ".join(f"({phrase(term.split())})" for term in terms if term.split())


def phrase(stems: Sequence[str]) -> str:
    return " <-> ".join(quoted(plain(stem)) for stem in stems)


def quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
