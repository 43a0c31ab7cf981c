"""Words that ran together at links."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.stories.missing_spaces import load_word_costs, restore_spaces


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("Polda Metro Jayamenangkap pria", "Polda Metro Jaya menangkap pria"),
        ("menurutPolda Metro", "menurut Polda Metro"),
        ("Menteri ESDMBahlil bicara", "Menteri ESDM Bahlil bicara"),
        ("maupunPLNterkait listrik", "maupun PLN terkait listrik"),
        ("jumlahdesayang maju", "jumlah desa yang maju"),
        ("kebakaranmelanda pasar", "kebakaran melanda pasar"),
        ("dalamsidang", "dalam sidang"),
    ],
)
def test_joined_words_are_split(text: str, split: str) -> None:
    assert restore_spaces(text) == split


def test_name_is_split_from_the_following_word() -> None:
    assert restore_spaces("Wartawan menemui Sulastriningsihmengatakan").endswith("Sulastriningsih mengatakan")


def test_title_words_are_used_for_splitting() -> None:
    text = "bertemuzarkundi lagi"
    assert restore_spaces(text) == text
    assert restore_spaces(text, "Zarkundi Pulang") == "bertemu zarkundi lagi"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Presiden meresmikan jembatan di Jakarta.",
        "Lamborghini dan iPhone dipamerkan",
        "mengkhawatirkannya",
        "kepergiannya dikenang",
        "kota yang 12345abc",
        "ABCDEFGHIJKL",
        "x" * 5_000,
    ],
)
def test_valid_words_are_not_split(text: str) -> None:
    assert restore_spaces(text) == text


@given(st.text(max_size=300) | st.lists(st.sampled_from(["dalam", "sidang", "Polda", "KPK", " ", "."])).map("".join))
def test_only_spaces_are_added(text: str) -> None:
    assert restore_spaces(text).replace(" ", "") == text.replace(" ", "")


def test_overlong_run_is_not_split() -> None:
    assert restore_spaces("dalamsidang" * 4) == "dalamsidang" * 4


def test_word_list_is_sorted_and_unique() -> None:
    words = load_word_costs()
    assert len(words) > 10_000
    assert next(iter(words)) == "yang"
    assert words["yang"] < words["presiden"] < words["jembatan"]
