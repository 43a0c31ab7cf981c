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
def test_words_that_ran_together_are_parted(text: str, split: str) -> None:
    assert restore_spaces(text) == split


def test_a_name_is_parted_from_the_word_behind_it() -> None:
    assert restore_spaces("Wartawan menemui Sulastriningsihmengatakan").endswith("Sulastriningsih mengatakan")


def test_the_title_tells_which_words_there_are() -> None:
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
def test_words_stay_whole(text: str) -> None:
    assert restore_spaces(text) == text


@given(st.text(max_size=300) | st.lists(st.sampled_from(["dalam", "sidang", "Polda", "KPK", " ", "."])).map("".join))
def test_nothing_but_spaces_comes_in(text: str) -> None:
    assert restore_spaces(text).replace(" ", "") == text.replace(" ", "")


def test_a_run_without_end_is_not_searched() -> None:
    assert restore_spaces("dalamsidang" * 4) == "dalamsidang" * 4


def test_the_list_of_words_is_in_order_and_without_repetition() -> None:
    words = load_word_costs()
    assert len(words) > 10_000
    assert next(iter(words)) == "yang"
    assert words["yang"] < words["presiden"] < words["jembatan"]
