"""Amounts in digits and words, as tables."""

from __future__ import annotations

from decimal import Decimal

import pytest

from summaries.text.amounts import Amount, find_amounts, find_scores, find_vague_amounts, is_supported


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("Rp2,5 triliun", "2500000000000", "IDR"),
        ("Rp 2,5 T", "2500000000000", "IDR"),
        ("Rp11.800 per kilogram", "11800", "IDR"),
        ("US$ 29 juta", "29000000", "USD"),
        ("29 juta dolar", "29000000", "USD"),
        ("5,6 persen", "5.6", "%"),
        ("5,60%", "5.6", "%"),
        ("1.234.567 jiwa", "1234567", None),
        ("dua puluh tiga orang", "23", None),
        ("dua belas orang", "12", None),
        ("seratus dua puluh lima ribu ton", "125000", "t"),
        ("seribu lima ratus", "1500", None),
        ("tiga ratus lima puluh juta rupiah", "350000000", "IDR"),
        ("sebelas hari", "11", "d"),
        ("sejuta pohon", "1000000", None),
        ("ke-10", "10", None),
        ("ketiga kalinya", "3", None),
        ("pukul 10.05 WIB", "10.05", None),
        ("usia 25 tahun", "25", None),
        ("3 jam", "3", "h"),
    ],
)
def test_indonesian_amount_is_parsed(text: str, value: str, unit: str | None) -> None:
    (found,) = find_amounts(text)
    assert found.values[0] == Decimal(value)
    assert found.unit == unit


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("2,500 people", "2500", None),
        ("$2.5 billion", "2500000000", "USD"),
        ("twenty-three people", "23", None),
        ("one hundred of them", "100", None),
        ("five hundred thousand tonnes", "500000", "t"),
        ("5.6 per cent", "5.6", "%"),
        ("the third day", "3", "d"),
    ],
)
def test_english_amount_is_parsed(text: str, value: str, unit: str | None) -> None:
    (found,) = find_amounts(text, "en")
    assert found.values[0] == Decimal(value)
    assert found.unit == unit


@pytest.mark.parametrize(
    "text",
    ["satu per satu", "salah satu", "kedua pihak", "ratusan juta", "", "tidak ada angka", "gas m ³", "¹ catatan", "½"],
)
def test_text_without_an_amount_gives_none(text: str) -> None:
    assert find_amounts(text) == []


@pytest.mark.parametrize(
    "text",
    ["9" * 41, "9" * 25 + " orang", "1," + "9" * 5_000, "5" + " triliun" * 200_000, "satu triliun " * 10**4],
    ids=["digits", "large", "long fraction", "scales", "words"],
)
def test_absurd_number_is_no_amount_beyond_the_arithmetic(text: str) -> None:
    assert all(value % 1 == 0 and value < 10**24 for amount in find_amounts(text) for value in amount.values)


def test_amounts_in_a_row_share_the_unit() -> None:
    assert [a.unit for a in find_amounts("tumbuh 5 sampai 10 persen")] == ["%", "%"]
    assert [a.unit for a in find_amounts("dua orang dari desa itu dan 5 persen")] == [None, "%"]


def test_consecutive_number_words_are_separate_amounts() -> None:
    assert [a.values[0] for a in find_amounts("dua, tiga puluh, dan lima belas")] == [2, 30, 15]


@pytest.mark.parametrize(
    ("said", "article", "holds"),
    [
        ("lima orang", "5 orang", True),
        ("enam orang", "5 orang", False),
        ("5 persen", "5 orang", False),
        ("5 orang", "5 persen", False),
        ("Rp5 juta", "5 juta orang", False),
        ("Rp5 juta", "US$5 juta", False),
        ("Rp5 juta", "Rp5.000.000", True),
        ("3 jam", "3 hari", False),
        ("2,5 juta", "2.5 juta", True),
        ("2.500", "2,500", True),
        ("25", "2.5", False),
    ],
)
def test_amount_is_supported_by_an_equal_one(said: str, article: str, holds: bool) -> None:
    assert is_supported(find_amounts(said)[0], find_amounts(article)) is holds


def test_amount_without_a_match_is_unsupported() -> None:
    assert not is_supported(Amount((Decimal(3),)), [])


def test_vague_amounts_and_scores_are_found() -> None:
    assert find_vague_amounts("Ratusan warga dan separuh desa") == {"ratusan", "separuh"}
    assert find_scores("Menang 3-1 lalu kalah 0 – 2 pada 2026-11-02 dan U-23") == [(3, 1), (0, 2)]
