"""The names in a text, and whether an article contains them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from summaries.text.sentences import find_sentences
from summaries.text.words import load_stop_words, load_word_list, stem_all

# A currency before digits is not a name.
_WORD = re.compile(r"(?!(?:Rp|IDR|USD?|EUR)\d)[^\W_]+(?:['’.&][^\W_]+)*")
_DATE = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})(?:[/.]\d{2,4})?(?!\d)")
_OPENING = frozenset("\"'“‘(:")
# Affixes of Indonesian verbs and nouns: such a word opens a sentence rather than naming anything.
_AFFIXED = re.compile(r"(?:me[mnl]?|men[gy]|di|ber|ter|pe[mnr]|peng|se|ke)[a-z]{4,}|[a-z]{4,}(?:nya|kan|an)")
_MONTHS = {
    "id": [
        "januari", "februari", "maret", "april", "mei", "juni", "juli", "agustus", "september", "oktober", "november",
        "desember",
    ],
    "en": [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written and case-folded. `is_opening`: its position alone explains a capital. `is_next`: only a space
    or hyphen separates it from the word before."""

    written: str
    folded: str
    is_opening: bool
    is_next: bool

    @property
    def has_capital(self) -> bool:
        return any(c.isupper() for c in self.written)


class KnownNames:
    """The names of an article, to check those of another text against. `aside` adds words, such as the title."""

    def __init__(self, text: str, language: str, aside: str = "") -> None:
        self._language = language
        found = read_words(text, language)
        self._words = {word.folded for word in found}
        self._small = {word.folded for word in found if not word.has_capital}
        self._stems = set(stem_all(self._small | self._words, language))
        self._pairs = {(a.folded, b.folded) for a, b in pairwise(found) if b.is_next}
        # "Presiden RI Joko Widodo" may become "Presiden Joko Widodo".
        self._pairs |= {
            (a.folded, c.folded)
            for a, b, c in zip(found, found[1:], found[2:], strict=False)
            if b.is_next and c.is_next and b.has_capital
        }
        # Capitals in a title prove nothing: some outlets capitalise all words, some addresses none.
        self._words |= {word.folded for word in read_words(aside, language)} | _find_months(text, language)

    def find_unknown(self, text: str) -> str | None:
        """Return the first name in the text that the article lacks, or None.

        A name of several words must appear in the article as a whole: two people must not be combined into a third.
        """
        found = read_words(text, self._language)
        for word in found:
            if not self._knows(word):
                return word.written
        for a, b in pairwise(found):
            is_pair = b.is_next and a.has_capital and b.has_capital and not (a.is_opening and self._opens(a.folded))
            if is_pair and not self._goes_together(a.folded, b.folded):
                return f"{a.written} {b.written}"
        return None

    def _knows(self, word: Word) -> bool:
        if not word.has_capital or word.folded in self._words:
            return True
        if word.folded.removesuffix("'s").removesuffix("’s") in self._words:
            return True
        return word.is_opening and word.written.istitle() and self._is_ordinary(word.folded)

    def _is_ordinary(self, folded: str) -> bool:
        """Return whether a word that the article lacks is an ordinary word rather than a name."""
        if folded in _load_common_words(self._language) or stem_all((folded,), self._language)[0] in self._stems:
            return True
        return self._language == "id" and _AFFIXED.fullmatch(folded) is not None

    def _opens(self, folded: str) -> bool:
        """Return whether the word that opens a sentence is probably not part of the name after it."""
        return folded in self._small or folded not in self._words or folded in _load_common_words(self._language)

    def _goes_together(self, a: str, b: str) -> bool:
        if (a, b) in self._pairs:
            return True
        # A word that the article also writes in lower case is not part of a name; an office fits any holder.
        return bool({a, b} & self._small) or bool({a, b} & _load_offices())


def read_words(text: str, language: str) -> list[Word]:
    """Return the words of the text, in order."""
    found: list[Word] = []
    starts = {span.start for span in find_sentences(text, language)}
    opens, last = True, 0
    for match in _WORD.finditer(text):
        between = text[last : match.start()]
        opens = opens or any(last <= start <= match.start() for start in starts) or bool(_OPENING & set(between))
        found.append(Word(match[0], match[0].casefold(), opens, between in (" ", "-")))
        opens, last = False, match.end()
    return found


def _find_months(text: str, language: str) -> set[str]:
    """Return the months of numeric dates: "(14/5)" is May."""
    months = {int(match[2]) for match in _DATE.finditer(text)}
    return {_MONTHS[language][month - 1] for month in months if 1 <= month <= 12}


@cache
def _load_common_words(language: str) -> frozenset[str]:
    kinds = ("before names", "openers", "taken up", "indonesian alone") if language == "id" else ()
    return load_stop_words(language).union(*(load_word_list("word_kinds.txt", kind) for kind in kinds))


@cache
def _load_offices() -> frozenset[str]:
    return load_word_list("word_kinds.txt", "offices")
