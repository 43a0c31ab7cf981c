"""An article as the rankers see it: sentences with offsets, words and stems.

The facts about each token between two spaces are computed once: the stems of its content words, its names, and marks
for signs and kinds of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from sys import intern
from typing import NamedTuple

from summaries.model import Article
from summaries.summarizer.anaphora import Anaphora, classify_opening, load_opening_words
from summaries.text.sentences import find_sentences
from summaries.text.words import PUNCTUATION, load_stemming, load_stop_words, load_word_list, split_words

# A full token cache is cleared; longer tokens rarely recur.
_MAX_CACHED = 32_768
_MAX_KEY_CHARS = 60

# Word classes that the ranker counts.
CLASS_NAMES = ("speech", "first_person", "amounts", "future")
# The kinds of marks, each encoded as a letter.
_MARKED = (
    *CLASS_NAMES, "quotes", "numbers", "acronyms", "commas", "question", "no_word", "more_words", "demonstrative",
    "pointer",
)  # fmt: skip
MARKS = dict(zip(_MARKED, "abcdefghijklm", strict=True))
_SIGNS = {'"': "quotes", "“": "quotes", "”": "quotes", ",": "commas", "?": "question"}
_SIGN_MARKS = {sign: MARKS[name] for sign, name in _SIGNS.items()}
_WORD_MARKS = {
    word: MARKS[kind]
    for kind in (*CLASS_NAMES, "demonstrative", "pointer")
    for word in load_word_list("word_kinds.txt", kind)
}
# The facts of a token other than a plain stem: the stem (empty for a stop word); the word, if it is capitalised; the
# letters of `MARKS` counted for it; stems and names of its further words, usually none. Flat tuples of interned
# strings, because memory access dominates the cost of reading.
TokenFacts = tuple[str, str, str, tuple[tuple[str, str], ...]]
_new = tuple.__new__
_DEMONSTRATIVE = MARKS["demonstrative"]
_SMALL = load_word_list("word_kinds.txt", "small in headlines")
# Few sentences need their words, and those need them several times.
_WORDS_KEPT = 512


class Sentence(NamedTuple):
    """One sentence of the article: `article.text[start:end] == text`.

    `position` counts sentences from 0, `paragraph` counts paragraphs, `paragraph_position` counts sentences within the
    paragraph. `size` is the number of words by white space. `terms` are the stems of its content words, `term_count` is
    their number before deduplication. `names` are its capitalised words. `marks` are the marks of its tokens.
    """

    text: str
    start: int
    end: int
    position: int
    paragraph: int
    paragraph_position: int
    size: int
    terms: frozenset[str]
    term_count: int
    names: tuple[str, ...]
    marks: str
    opening: Anaphora = Anaphora.PLAIN

    @property
    def words(self) -> tuple[str, ...]:
        return _split_words(self.text)

    @property
    def lower(self) -> tuple[str, ...]:
        return _lower_words(self.text)


@dataclass(frozen=True, slots=True)
class Document:
    """The sentences of an article, and the words of its title: stems of content words, and stop words as written.

    Prepositions and the like are neither.
    """

    sentences: tuple[Sentence, ...]
    title_terms: frozenset[str]
    title_stop_words: frozenset[str]
    language: str
    outlet: str | None


def read_document(article: Article, language: str) -> Document:
    """Split, tokenise and stem the article once; later steps work on values."""
    text = article.text
    read = _load_reader(language).read
    sentences: list[Sentence] = []
    paragraph = paragraph_position = previous_end = 0
    for start, end in find_sentences(text, language):
        if sentences and "\n" in text[previous_end:start]:
            paragraph, paragraph_position = paragraph + 1, 0
        sentences.append(read(text[start:end], start, len(sentences), paragraph, paragraph_position))
        paragraph_position += 1
        previous_end = end
    return Document(tuple(sentences), *_read_title(article.title, language), language, article.outlet)


def make_document(sentences: Sequence[str], title: str, language: str, outlet: str | None = None) -> Document:
    """Create a document from sentences that were split elsewhere; offsets refer to the sentences joined by spaces."""
    read = _load_reader(language).read
    found: list[Sentence] = []
    at = 0
    for text in sentences:
        found.append(read(text, at, len(found), 0, len(found)))
        at += len(text) + 1
    return Document(tuple(found), *_read_title(title, language), language, outlet)


def _read_title(title: str, language: str) -> tuple[frozenset[str], frozenset[str]]:
    stop_words = load_stop_words(language).intersection(_lower_words(title)) - _SMALL
    return _load_reader(language).read(title, 0, 0, 0, 0).terms, stop_words


class TokenCache(dict[str, str | TokenFacts]):
    """The tokens of one language seen so far: the stem (empty for a stop word), or more facts.

    News repeats its words, so dict lookups that run no Python code cover most of an article.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self._stops = load_stop_words(language)
        self._stem = load_stemming(language)

    def __missing__(self, piece: str) -> str | TokenFacts:
        word = piece if piece.isalnum() else piece.strip(PUNCTUATION)
        found = self._analyse_word(piece, word) if word.isalnum() else self._analyse(piece)
        if len(piece) <= _MAX_KEY_CHARS:
            if len(self) >= _MAX_CACHED:
                self.clear()
            self[piece] = found
        return found

    def _analyse_word(self, piece: str, word: str) -> str | TokenFacts:
        """Return `_analyse(piece)` for a piece with a single word: nearly all of the unknown ones."""
        lower, first = word.lower(), word[0]
        term = "" if lower in self._stops else self._stem(lower)
        name, marks = "", _WORD_MARKS.get(lower, "")
        if len(piece) > len(word):
            marks = "".join([_SIGN_MARKS[sign] for sign in piece if sign in _SIGN_MARKS]) + marks
        if first <= "9":
            marks += MARKS["numbers"]
        elif first < "a":
            name = intern(word)
            if len(word) > 1 and word.isupper():
                marks += MARKS["acronyms"]
        return (term, name, intern(marks), ()) if marks or name else term

    def _analyse(self, piece: str) -> str | TokenFacts:
        found = split_words(piece)
        lower = [word.lower() for word in found]
        terms = [self._stem(word) if word not in self._stops else "" for word in lower]
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


class _Reader:
    """Tokeniser of the sentences of one language."""

    __slots__ = ("_known", "_language", "_openers")

    def __init__(self, language: str) -> None:
        self._language = language
        self._known = TokenCache(language).__getitem__
        self._openers = load_opening_words(language)

    def read(self, text: str, start: int, position: int, paragraph: int, paragraph_position: int) -> Sentence:
        pieces = text.split()
        # Stop words yield nothing.
        found: list[str | TokenFacts] = list(filter(None, map(self._known, pieces)))
        terms = [known for known in found if isinstance(known, str)]
        names: list[str] = []
        marks: list[str] = []
        for term, name, mark, rest in [known for known in found if not isinstance(known, str)]:
            if term:
                terms.append(term)
            if name:
                names.append(name)
            if mark:
                marks.append(mark)
            if rest:
                terms += [term for term, _ in rest if term]
                names += [name for _, name in rest if name]
        marked = "".join(marks)
        opening = self._classify_opening(pieces, marked, text)
        size, term_count, end = len(pieces), len(terms), start + len(text)
        # The named tuple's own `__new__` costs twice as much.
        return _new(
            Sentence,
            (
                text,
                start,
                end,
                position,
                paragraph,
                paragraph_position,
                size,
                frozenset(terms),
                term_count,
                tuple(names),
                marked,
                opening,
            ),
        )

    def _classify_opening(self, pieces: Sequence[str], marks: str, text: str) -> Anaphora:
        """Return `classify_opening(text)`; its long expression is spared most sentences, which are plain."""
        first = pieces[0].strip(PUNCTUATION).lower() if pieces else ""
        if first.isalnum() and first not in self._openers and _DEMONSTRATIVE not in marks:
            return Anaphora.PLAIN
        return classify_opening(text, self._language)


_load_reader = cache(_Reader)


@lru_cache(maxsize=_WORDS_KEPT)
def _split_words(text: str) -> tuple[str, ...]:
    return tuple(split_words(text))


@lru_cache(maxsize=_WORDS_KEPT)
def _lower_words(text: str) -> tuple[str, ...]:
    return tuple(map(str.lower, _split_words(text)))
