"""Write our stems as values of PostgreSQL's full-text search.

`text.words` splits words, not the server's parser. As in SQLite's index, letters match without their diacritics, and a
phrase matches in the title or in the text, never across both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

# PostgreSQL stores positions up to this one: words after it are found, phrases are not.
LAST_PLACE = 16_383
MAX_PLACES = 255
# A tsvector may have one megabyte. A longer article is found by its beginning.
MAX_BYTES = 500_000
MAX_WORD_LENGTH = 200
_MARKS = range(0x300, 0x370)


def strip_marks(stem: str) -> str:
    """Return the stem without diacritics."""
    if stem.isascii():
        return stem[:MAX_WORD_LENGTH]
    apart = unicodedata.normalize("NFD", stem)
    return unicodedata.normalize("NFC", "".join(c for c in apart if ord(c) not in _MARKS))[:MAX_WORD_LENGTH]


def to_vector(title: str, text: str) -> tuple[str, tuple[str, ...]]:
    """Return a `tsvector` of the stems of title and text, and the words in it."""
    places: dict[str, list[int]] = {}
    size = 0
    words_of_title = title.split()
    # A gap of one position between title and text.
    for start, words in ((1, words_of_title), (len(words_of_title) + 2, text.split())):
        for place, stem in enumerate(words, start):
            word = strip_marks(stem)
            at = places.get(word)
            if at is None:
                size += len(word.encode()) + 4
                if size > MAX_BYTES:
                    break
                places[word] = [place] if place <= LAST_PLACE else []
            elif place <= LAST_PLACE and len(at) < MAX_PLACES:
                at.append(place)
                size += 2
    written = (f"{quote(word)}:{','.join(map(str, at))}" if at else quote(word) for word, at in places.items())
    return " ".join(written), tuple(places)


def to_query(terms: Iterable[str], *, is_any: bool = False) -> str:
    """Return a `tsquery` for articles with all terms, or with one of them if `is_any`, each term's stems in a row."""
    return (" | " if is_any else " & ").join(f"({phrase(term.split())})" for term in terms if term.split())


def phrase(stems: Sequence[str]) -> str:
    return " <-> ".join(quote(strip_marks(stem)) for stem in stems)


def quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
