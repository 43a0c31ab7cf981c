"""The signature of an article."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.stories import Signature, make_signature
from summaries.stories.signature import extract_names, extract_numbers, extract_terms, find_day, normalize_term
from summaries.text.words import stem

TEXT = "Wali kota Bima Santosa meresmikan taman di Ciledug. Untuk masuk tidak usah bayar, kata Bima. Warga senang."


@pytest.mark.parametrize(
    "title",
    [
        "Taman Ciledug Diresmikan",
        "Taman Ciledug Diresmikan | warta.co",
        "Taman Ciledug Diresmikan - Kabar.com",
        "Taman Ciledug Diresmikan – kota.co.id",
    ],
)
def test_outlet_name_is_removed_from_headline(title: str) -> None:
    assert make_signature("1", title, "").title == make_signature("1", "Taman Ciledug Diresmikan", "").title


def test_dash_inside_a_headline_is_kept() -> None:
    assert len(make_signature("1", "Taman Ciledug - Pasar Kramat Diresmikan", "").title) == 5


def test_signature_has_names_numbers_and_day() -> None:
    signature = make_signature(
        "1", "Taman 117 Hektare di Ciledug Diresmikan", f"{TEXT} Biayanya Rp 11,8 miliar (4/3/2025)."
    )
    assert {"bima", "ciledug"} <= signature.names
    assert "warga" not in signature.names  # only opens a sentence
    assert signature.numbers == {"117", "11.8"}
    assert signature.day == "03-04"


def test_bytes_that_are_no_signature_are_refused() -> None:
    """Also a part of one, without its last term, and a header with counts that would take gigabytes."""
    stored = make_signature("1", "Taman Diresmikan", TEXT).to_bytes()
    for broken in (*(stored[:end] for end in range(stored.rindex(0))), b"\xff" * 20, b"\xff" * 5_000, b"{}" * 50):
        with pytest.raises(ValueError, match=r".+"):
            Signature.from_bytes(broken)


def test_headline_terms_weigh_most_and_late_terms_least() -> None:
    weights = make_signature("1", "Taman", "jembatan " + "rumput " * 100 + "sungai").weights
    assert (
        weights[normalize_term("taman")] > weights[normalize_term("jembatan")] > weights[normalize_term("sungai")] > 0
    )


@pytest.mark.parametrize(("one", "other"), [("tewas", "wafat"), ("ditangkap", "diringkus"), ("ponsel", "HP")])
def test_synonyms_are_one_term(one: str, other: str) -> None:
    assert normalize_term(one) == normalize_term(other)


def test_different_words_are_different_terms() -> None:
    assert len({normalize_term(word) for word in ("tewas", "ditangkap", "naik", "turun", "menang", "setop")}) == 6


def test_numbers_stop_words_and_letters_are_no_terms() -> None:
    assert extract_terms("Harga 5.000 dan 7 di a, harga 2,5") == ["harga", "harga"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Harga 11,8 triliun, 1.450 orang, 376 rumah", {"11.8", "1450", "376"}),
        ("Pada 2025 ada 5 atau 17 orang dan 85.000 ekor", set()),
        ("Rabu (18/6/2025), 18 Juni 2025 dan 21/6", set()),
        ("Nomor V600 dan 400G", set()),
    ],
)
def test_distinctive_numbers_are_found(text: str, found: set[str]) -> None:
    assert extract_numbers(text) == found


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Jakarta, Rabu (18/6/2025), pukul 10.30", "06-18"),
        ("Kamis (3/7) pagi, sehari setelah 2 Juli", "07-03"),
        ("pada 2 Agustus 2026", "08-02"),
        ("5 September", "09-05"),
        ("3 Desa Terendam, 1/2 Gelas, 12 Marga", "02-01"),
        ("40 Juli dan 12/13/2025", None),
        ("", None),
    ],
)
def test_first_day_in_the_text_is_found(text: str, day: str | None) -> None:
    assert find_day(text) == day


def test_first_word_of_a_sentence_is_not_a_name() -> None:
    assert extract_names("Rahmat pergi. Dewi bertemu Rahmat") == {normalize_term("Rahmat")}


def test_publication_time_is_converted_to_utc() -> None:
    moment = datetime(2025, 3, 4, 7, 0, tzinfo=timezone(timedelta(hours=7)))
    assert make_signature("1", "a", "b", published_at=moment).published_at == datetime(2025, 3, 4, 0, 0, tzinfo=UTC)


def test_only_the_start_of_a_text_is_read() -> None:
    assert make_signature("1", "Taman", "taman kota " * 100_000) == make_signature("1", "Taman", "taman kota " * 2_000)


@given(st.text(max_size=300), st.text(max_size=2_000), st.none() | st.text(max_size=20))
def test_any_text_has_a_signature_that_survives_storage(title: str, text: str, outlet: str | None) -> None:
    signature = make_signature("1", title, text, outlet=outlet, published_at=datetime(2025, 3, 4, tzinfo=UTC))
    assert Signature.from_bytes(signature.to_bytes()) == signature
    assert signature.names <= signature.weights.keys()
    assert set(signature.title) <= signature.weights.keys()


def test_no_word_is_in_two_synonym_groups() -> None:
    """Stems collide where words do not ("kalahkan" is also "kalah"): such groups would be torn or mixed."""
    lines = files("summaries.stories").joinpath("data", "same-words.txt").read_text(encoding="utf-8").splitlines()
    groups = [{stem(word) for word in line.split()} for line in lines if not line.startswith("#")]
    counted = Counter(word for group in groups for word in group)
    assert {word: count for word, count in counted.items() if count > 1} == {}
