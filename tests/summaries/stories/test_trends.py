"""Names in the stories of the most outlets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from summaries.model import StoryWithCoverage
from summaries.stories.trends import TrendingName, rank_names


def make_story(summary: str, outlets: int = 1) -> StoryWithCoverage:
    return StoryWithCoverage(1, "Judul", None, None, outlets, summary)


def test_names_are_ranked_by_the_number_that_readers_see() -> None:
    stories = [
        make_story("Warga bertemu Rahma."),
        make_story("Warga memuji Rahma."),
        make_story("Warga menolak Rahma."),
    ]
    stories += [make_story("Banjir di Wairana.", 9), make_story("Gempa di Wairana.", 9)]
    assert rank_names(stories, 2) == (TrendingName("Rahma", 3, 3), TrendingName("Wairana", 2, 18))


def test_equal_names_are_ranked_by_outlet_count() -> None:
    stories = [
        make_story("Bupati Sitti Rahma menutup pasar. Warga menerima keputusan Rahma.", 5),
        make_story("Banjir di Wairana surut. Menurut Sitti Rahma, warga Wairana pulang.", 3),
        make_story("Harga turun di Wairana sejak Senin.", 1),
        make_story("Kapten PSM mencetak gol.", 9),
    ]
    assert rank_names(stories, 3) == (
        TrendingName("Sitti Rahma", 2, 8),
        TrendingName("Wairana", 2, 4),
        TrendingName("PSM", 1, 9),
    )


def test_first_word_of_a_sentence_is_not_ranked() -> None:
    stories = [
        make_story("Pedagang menurunkan harga."),
        make_story("Pedagang dan Rahma bertemu."),
        make_story("Rahma pulang."),
    ]
    assert rank_names(stories, 5) == (TrendingName("Rahma", 2, 2),)
    assert rank_names([make_story('Ia berkata, "Kami siap." Warga (Desa) diam.')], 5) == ()


def test_days_months_and_offices_are_not_ranked() -> None:
    assert rank_names([make_story("Pada hari Senin bulan Mei di Jalan itu Presiden tiba pukul 07.00 WIB.")], 5) == ()
    assert rank_names([], 5) == ()


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_is_ranked_without_error(texts: list[str]) -> None:
    assert len(rank_names([make_story(text) for text in texts], 4)) <= 4
