"""Which watches a new article is for (pure)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.errors import InputError
from summaries.text.stems import search_stems
from summaries.text.stopwords import stop_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from summaries.model import FreshArticle, Watch

LONGEST_WATCH = 100
_PHRASE = re.compile(r'["“”„]([^"“”„]*)["“”„]|([^\s"“”„]+)')

Terms = tuple[str, ...]
"""Stems that must all be there; those of a phrase stand in one, joined by spaces."""


class BadWatch(InputError):
    """The words are too many, or say nothing by themselves."""


def read_watch(words: str) -> str:
    """The words in one line, as they are kept.

    Raises:
        BadWatch: they are too long, or would find everything.
    """
    plain = " ".join(words.split())
    stops = stop_words("id") | stop_words("en")
    telling = [w for w in re.findall(r"[^\W_]+", plain.casefold()) if len(w) > 1 and w not in stops]
    if not telling or len(plain) > LONGEST_WATCH:
        raise BadWatch("words that are waited for are a few, and not only small ones")
    return plain


def terms_of(words: str) -> Terms:
    terms: list[str] = []
    for phrase, word in _PHRASE.findall(words):
        stems = search_stems(phrase or word).split()
        terms += [" ".join(stems)] if phrase and stems else stems
    return tuple(dict.fromkeys(terms))


def match(watches: Sequence[Watch], articles: Iterable[FreshArticle]) -> list[tuple[Watch, int]]:
    """Each watch with the articles that hold all of its words.

    Costs a look for each word of an article, and a closer one for each watch whose rarest-looking word it holds.
    """
    by_stem: dict[str, list[tuple[Watch, Terms]]] = {}
    for watch in watches:
        terms = terms_of(watch.words)
        if terms:
            # The longest word is mostly the rarest.
            key = max((stem for term in terms for stem in term.split()), key=len)
            by_stem.setdefault(key, []).append((watch, terms))
    return [(watch, article.article_id) for article in articles for watch in _found(by_stem, article)]


def _found(by_stem: dict[str, list[tuple[Watch, Terms]]], article: FreshArticle) -> Iterator[Watch]:
    title, text = f" {article.title_stems} ", f" {article.text_stems} "
    for stem in {*title.split(), *text.split()} & by_stem.keys():
        for watch, terms in by_stem[stem]:
            if all(f" {term} " in title or f" {term} " in text for term in terms):
                yield watch
