"""Stems as PostgreSQL's values: our words, our places, nothing that is syntax there."""

from __future__ import annotations

import pytest

from summaries.storage.postgres.tsvector import LAST_PLACE, MAX_BYTES, MAX_PLACES, to_query, to_vector


@pytest.mark.parametrize(
    ("title", "text", "vector"),
    [
        ("", "", ""),
        ("panen raya", "", "'panen':1 'raya':2"),
        # One place stays empty: no phrase reaches from the title into the text.
        ("panen raya", "raya tani", "'panen':1 'raya':2,4 'tani':5"),
        ("", "kafé naïve É ß", "'kafe':2 'naive':3 'E':4 'ß':5"),
        ("", "o'brien \\", "'o''brien':2 '\\\\':3"),
    ],
)
def test_text_is_converted_to_tsvector(title: str, text: str, vector: str) -> None:
    made, words = to_vector(title, text)
    assert made == vector
    assert len(words) == made.count("':")


def test_tsvector_size_is_bounded() -> None:
    often, _ = to_vector("", "padi " * 1_000)
    assert often.count(",") == MAX_PLACES - 1
    late, words = to_vector("", " ".join(f"kata{n}" for n in range(LAST_PLACE + 50)))
    # Words far into the text are found, without a position.
    assert late.endswith(f"'kata{LAST_PLACE + 49}'")
    assert len(words) == LAST_PLACE + 50
    long, _ = to_vector("", " ".join(f"{n:0199d}" for n in range(9_000)))
    assert len(long) < 2 * MAX_BYTES
    (word,) = to_vector("x" * 5_000, "")[1]
    assert len(word) == 200


@pytest.mark.parametrize(
    ("terms", "all_of", "one_of"),
    [
        ((), "", ""),
        (("",), "", ""),
        (("padi",), "('padi')", "('padi')"),
        (("kepala desa", "kafé"), "('kepala' <-> 'desa') & ('kafe')", "('kepala' <-> 'desa') | ('kafe')"),
        (("a'b & !c:*",), "('a''b' <-> '&' <-> '!c:*')", "('a''b' <-> '&' <-> '!c:*')"),
    ],
)
def test_terms_are_converted_to_tsquery(terms: tuple[str, ...], all_of: str, one_of: str) -> None:
    assert (to_query(terms), to_query(terms, is_any=True)) == (all_of, one_of)
