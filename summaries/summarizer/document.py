"""An article as the rankers see it: sentences with offsets, words and stems."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import filterfalse
from typing import TYPE_CHECKING, NamedTuple

from summaries.summarizer.openings import Opening, opening_kind
from summaries.text.sentences import sentence_spans
from summaries.text.stems import stem_all
from summaries.text.stopwords import stop_words
from summaries.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from summaries.model import Article


class Sentence(NamedTuple):
    """One sentence of the article: `article.text[start:end] == text`.

    `position` counts sentences from 0, `paragraph` paragraphs, `place` the sentences of its paragraph. `size` counts
    words as a reader does, by white space. `terms` are the stems of its words that are no stop words.
    """

    text: str
    start: int
    end: int
    position: int
    paragraph: int
    place: int
    size: int
    words: tuple[str, ...]
    lower: tuple[str, ...]
    terms: tuple[str, ...]
    opening: Opening = Opening.PLAIN


@dataclass(frozen=True, slots=True)
class Document:
    """The sentences of an article with the terms of its title."""

    sentences: tuple[Sentence, ...]
    title_terms: frozenset[str]
    language: str
    outlet: str | None


def read_document(article: Article, language: str) -> Document:
    """Split, tokenise and stem once; everything after this works on values."""
    text = article.text
    sentences: list[Sentence] = []
    paragraph = place = previous_end = 0
    for span in sentence_spans(text, language):
        if sentences and "\n" in text[previous_end : span.start]:
            paragraph, place = paragraph + 1, 0
        found = text[span.start : span.end]
        sentences.append(_sentence(found, span.start, len(sentences), (paragraph, place), language))
        place += 1
        previous_end = span.end
    return Document(tuple(sentences), title_terms(article.title, language), language, article.outlet)


def document_of(sentences: Sequence[str], title: str, language: str, outlet: str | None = None) -> Document:
    """A document of sentences that were split elsewhere; offsets are those in the text that joins them by spaces."""
    read: list[Sentence] = []
    at = 0
    for text in sentences:
        read.append(_sentence(text, at, len(read), (0, len(read)), language))
        at += len(text) + 1
    return Document(tuple(read), title_terms(title, language), language, outlet)


def title_terms(title: str, language: str) -> frozenset[str]:
    return frozenset(_terms(map(str.lower, words(title)), language))


def _sentence(text: str, start: int, position: int, where: tuple[int, int], language: str) -> Sentence:
    found = tuple(words(text))
    lower = tuple(map(str.lower, found))
    return Sentence(
        text,
        start,
        start + len(text),
        position,
        *where,
        len(text.split()),
        found,
        lower,
        _terms(lower, language),
        opening_kind(text, lower, language),
    )


def _terms(lower: Iterable[str], language: str) -> tuple[str, ...]:
    return tuple(stem_all(filterfalse(stop_words(language).__contains__, lower), language))
