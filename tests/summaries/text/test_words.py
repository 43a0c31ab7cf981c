from __future__ import annotations

import hashlib

from summaries.text.words import load_stop_words, split_words, stem, stem_for_search


def test_hyphenated_words_and_numbers_are_kept_whole() -> None:
    assert split_words("Undang-undang itu, Jum'at (2,5 persen) pukul 10.05.") == [
        "Undang-undang",
        "itu",
        "Jum'at",
        "2,5",
        "persen",
        "pukul",
        "10.05",
    ]


def test_stem_depends_on_the_language() -> None:
    assert stem("Membacakan") == stem("dibacakan") == "baca"
    assert stem("Running", "en") == "run"
    assert stem("Laufen", "de") == "laufen"
    assert stem("a" * 500) == "a" * 500


def test_query_stems_match_text_stems() -> None:
    indexed = stem_for_search("Pemerintah membahas undang-undang pemilihan.").split()
    assert set(stem_for_search("pemilihan UNDANG").split()) <= set(indexed)
    assert stem_for_search("!?") == ""


def test_stems_are_those_of_the_stored_search_indexes() -> None:
    """Other stems would find no older article, and could not be deleted from SQLite's index: if this fails, add a
    migration step that rebuilds the indexes (see `storage.sqlite.schema`)."""
    text = " ".join(sorted({*load_stop_words("id"), *load_stop_words("en")}))
    text += " Jum'at COVID-19 1.234,5 Rp2,5 ke-10 e-KTP İstanbul naïve ½ m² ² ٣ x_y a/b \u200bkosong 新聞 😀 tidak\u00adlah"
    assert hashlib.sha256(stem_for_search(text).encode()).hexdigest()[:16] == "aa822c8329c3e13e"


def test_stop_words_are_loaded() -> None:
    assert {"yang", "dan", "di"} <= load_stop_words("id")
    assert {"the", "of", "and"} <= load_stop_words("en")
    assert load_stop_words("de") == frozenset()
    assert all(word == word.lower().strip() for word in load_stop_words("id"))
