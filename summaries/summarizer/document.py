"""An article as the rankers see it: sentences with offsets, words and stems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from summaries.model import Article
from summaries.summarizer.anaphora import Anaphora, classify_opening, load_opening_words
from summaries.summarizer.token_cache import MARKS, TokenFacts, load_token_cache
from summaries.text.sentences import find_sentences
from summaries.text.words import PUNCTUATION, load_stop_words, load_word_list, split_words

_new = tuple.__new__
_DEMONSTRATIVE = MARKS["demonstrative"]
_SMALL = load_word_list("word_kinds.txt", "small in headlines")
# Few sentences need their words, and those need them several times.
_WORDS_KEPT = 512


class Sentence(NamedTuple):
    """One sentence of the article: `article.text[start:end] == text`.

    `position` counts sentences from 0, `paragraph` counts paragraphs, `paragraph_position` counts sentences within the
    paragraph. `size` is the number of words by white space. `terms` are the stems of its content words, `term_count` is
    their number before deduplication. `names` are its capitalised words. `marks` are the marks of its tokens (see
    `token_cache`).
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


class _Reader:
    """Tokeniser of the sentences of one language."""

    __slots__ = ("_known", "_language", "_openers")

    def __init__(self, language: str) -> None:
        self._language = language
        self._known = load_token_cache(language).__getitem__
        self._openers = load_opening_words(language)

    def read(self, text: str, start: int, position: int, paragraph: int, paragraph_position: int) -> Sentence:
        pieces = text.split()
        terms: list[str] = []
        names: list[str] = []
        marks: list[str] = []
        add_term, add_name, add_mark = terms.append, names.append, marks.append
        # Stop words yield nothing.
        found: Iterable[str | TokenFacts] = filter(None, map(self._known, pieces))
        for known in found:
            if isinstance(known, str):
                add_term(known)
            else:
                term, name, mark, rest = known
                if term:
                    add_term(term)
                if name:
                    add_name(name)
                if mark:
                    add_mark(mark)
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
