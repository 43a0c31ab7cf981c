"""Which watches a new article is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.delivery.alerts import LONGEST_WATCH, BadWatch, match, read_watch, terms_of
from summaries.model import ChatRef, FreshArticle, Watch
from summaries.text.words import stem_for_search

ARTICLE = FreshArticle(
    7,
    stem_for_search("Gempa Guncang Lombok Utara"),
    stem_for_search("Warga memilih mengungsi ke balai desa sejak Senin."),
)


def make_watch(words: str, number: int = 1) -> Watch:
    return Watch(number, ChatRef(1), words)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("gempa lombok", True),
        ("gempa bali", False),
        ("pemilihan", True),
        ("ungsikan warga", True),
        ('"lombok utara"', True),
        ('"utara lombok"', False),
        ('"balai desa" gempa', True),
        # A phrase does not reach from the title into the text.
        ('"utara warga"', False),
        ("gem", False),
        ("GEMPA!", True),
        ("gempa .* OR", False),
    ],
)
def test_watch_matches_words_stems_and_phrases(words: str, found: bool) -> None:
    assert match([make_watch(words)], [ARTICLE]) == ([(make_watch(words), 7)] if found else [])


def test_each_watch_gets_its_own_matches() -> None:
    other = FreshArticle(8, "banjir", "lombok surut")
    watches = [make_watch("lombok", 1), make_watch("banjir", 2), make_watch("???", 3)]
    found = [(w.id, article_id) for w, article_id in match(watches, [ARTICLE, other])]
    assert sorted(found) == [(1, 7), (1, 8), (2, 8)]


@pytest.mark.parametrize("words", ["", "  ", "yang", "di ke dan", "?!", "a b c", "x" * (LONGEST_WATCH + 1), '""'])
def test_watch_that_matches_everything_is_refused(words: str) -> None:
    with pytest.raises(BadWatch):
        read_watch(words)


def test_words_are_kept_as_written() -> None:
    assert read_watch("  Gempa \n Lombok ") == "Gempa Lombok"


@given(st.text(max_size=120), st.text(max_size=300))
def test_matched_article_contains_all_words_of_the_watch(words: str, text: str) -> None:
    article = FreshArticle(1, "", stem_for_search(text))
    found = match([make_watch(words)], [article])
    if found:
        assert all(term in article.text_stems for term in terms_of(words))
