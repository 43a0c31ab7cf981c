from __future__ import annotations

from summaries.text.stems import search_stems, stem
from summaries.text.stopwords import stop_words
from summaries.text.words import words


def test_words_keep_joined_words_and_numbers() -> None:
    assert words("Undang-undang itu, Jum'at (2,5 persen) pukul 10.05.") == [
        "Undang-undang",
        "itu",
        "Jum'at",
        "2,5",
        "persen",
        "pukul",
        "10.05",
    ]


def test_stems_by_language() -> None:
    assert stem("Membacakan") == stem("dibacakan") == "baca"
    assert stem("Running", "en") == "run"
    assert stem("Laufen", "de") == "laufen"
    assert stem("a" * 500) == "a" * 500


def test_a_query_meets_the_text_it_asks_for() -> None:
    indexed = search_stems("Pemerintah membahas undang-undang pemilihan.").split()
    assert set(search_stems("pemilihan UNDANG").split()) <= set(indexed)
    assert search_stems("!?") == ""


def test_stop_words() -> None:
    assert {"yang", "dan", "di"} <= stop_words("id")
    assert {"the", "of", "and"} <= stop_words("en")
    assert stop_words("de") == frozenset()
    assert all(word == word.lower().strip() for word in stop_words("id"))
