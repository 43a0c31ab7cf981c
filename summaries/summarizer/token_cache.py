"""A cache of the facts about each token between two spaces, computed once.

News repeats its words, so dict lookups that run no Python code cover most of an article: the stems of its content
words, its names, and marks that `features` counts.
"""

from __future__ import annotations

from functools import cache
from sys import intern

from summaries.summarizer.anaphora import DEMONSTRATIVES
from summaries.text.words import load_stop_words, load_word_list, split_words, stem

# A full cache is cleared; longer tokens rarely recur.
_MAX_CACHED = 32_768
_MAX_KEY_CHARS = 60

# Word classes that the ranker counts.
CLASS_NAMES = ("speech", "first_person", "amounts", "future")
# The kinds of marks, each encoded as a letter.
MARKED = (
    *CLASS_NAMES, "quotes", "numbers", "acronyms", "commas", "question", "no_word", "more_words", "demonstrative",
    "pointer",
)  # fmt: skip
MARKS = dict(zip(MARKED, "abcdefghijklm", strict=True))
_SIGNS = {'"': "quotes", "“": "quotes", "”": "quotes", ",": "commas", "?": "question"}
_SIGN_MARKS = {sign: MARKS[name] for sign, name in _SIGNS.items()}
_WORD_MARKS = {
    word: MARKS[kind] for kind in (*CLASS_NAMES, "pointer") for word in load_word_list("word_kinds.txt", kind)
} | dict.fromkeys(DEMONSTRATIVES, MARKS["demonstrative"])


# The facts of a token other than a plain stem: the stem (empty for a stop word); the word, if it is capitalised; the
# letters of `MARKS` counted for it; stems and names of its further words, usually none. Flat tuples of interned
# strings, because memory access dominates the cost of reading.
TokenFacts = tuple[str, str, str, tuple[tuple[str, str], ...]]


class TokenCache(dict[str, str | TokenFacts]):
    """The tokens of one language seen so far: the stem (empty for a stop word), or more facts."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language
        self._stops = load_stop_words(language)

    def __missing__(self, piece: str) -> str | TokenFacts:
        found = self._analyse(piece)
        if len(piece) <= _MAX_KEY_CHARS:
            if len(self) >= _MAX_CACHED:
                self.clear()
            self[intern(piece)] = found
        return found

    def _analyse(self, piece: str) -> str | TokenFacts:
        found = split_words(piece)
        lower = [word.lower() for word in found]
        terms = [stem(word, self._language) if word not in self._stops else "" for word in lower]
        # In ASCII, capitals come after the digits and before the lower-case letters.
        names = [intern(word) if "9" < word[0] < "a" else "" for word in found]
        marks = intern(self._find_marks(piece, found, lower))
        facts = list(zip(terms, names, strict=True)) or [("", "")]
        (term, name), *rest = facts
        return (term, name, marks, tuple(rest)) if marks or name else term

    @staticmethod
    def _find_marks(piece: str, found: list[str], lower: list[str]) -> str:
        marks = [_SIGN_MARKS[sign] for sign in piece if sign in _SIGN_MARKS]
        marks += [_WORD_MARKS[word] for word in lower if word in _WORD_MARKS]
        marks += [MARKS["numbers"] for word in found if word[0] <= "9"]
        marks += [MARKS["acronyms"] for word in found if "9" < word[0] < "a" and len(word) > 1 and word.isupper()]
        marks += [MARKS["more_words"]] * (len(found) - 1) if found else [MARKS["no_word"]]
        return "".join(marks)


@cache
def load_token_cache(language: str) -> TokenCache:
    """Return the shared cache of a language."""
    return TokenCache(language)
