"""An article as the rankers see it: sentences with offsets, words and stems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.text.sentences import sentence_spans
from summaries.text.stems import stem_all
from summaries.text.stopwords import stop_words
from summaries.text.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Article


@dataclass(frozen=True, slots=True)
class Sentence:
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


@dataclass(frozen=True, slots=True)
class Document:
    """The sentences of an article with the terms of its title."""

    sentences: tuple[Sentence, ...]
    title_terms: frozenset[str]
    language: str
    outlet: str | None


def read_document(article: Article, language: str) -> Document:
    """Split, tokenise and stem once; everything after this works on values."""
    text, sentences = article.text, []
    paragraph = place = 0
    previous_end = 0
    for position, span in enumerate(sentence_spans(text, language)):
        if position and "\n" in text[previous_end : span.start]:
            paragraph, place = paragraph + 1, 0
        sentence = text[span.start : span.end]
        found = words(sentence)
        lower = tuple([word.lower() for word in found])
        sentences.append(
            Sentence(
                text=sentence,
                start=span.start,
                end=span.end,
                position=position,
                paragraph=paragraph,
                place=place,
                size=len(sentence.split()),
                words=tuple(found),
                lower=lower,
                terms=_terms(lower, language),
            )
        )
        place += 1
        previous_end = span.end
    title = words(article.title.lower())
    return Document(tuple(sentences), frozenset(_terms(title, language)), language, article.outlet)


def _terms(lower: Sequence[str], language: str) -> tuple[str, ...]:
    ignored = stop_words(language)
    return tuple(stem_all([word for word in lower if word not in ignored], language))
