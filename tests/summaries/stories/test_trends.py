"""Names in the stories of the most outlets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from summaries.model import StoryWithCoverage
from summaries.stories.trends import TrendingName, rank_names


def story(summary: str, outlets: int = 1) -> StoryWithCoverage:
    return StoryWithCoverage(1, "Judul", None, None, outlets, summary)


def test_names_are_ranked_by_the_outlets_that_tell_their_stories() -> None:
    stories = [
        story("Bupati Sitti Rahma menutup pasar. Warga menerima keputusan Rahma.", 5),
        story("Banjir di Wairana surut. Menurut Sitti Rahma, warga Wairana pulang.", 3),
        story("Harga turun di Wairana sejak Senin.", 1),
        story("Kapten PSM mencetak gol.", 9),
    ]
    assert rank_names(stories, 3) == (
        TrendingName("Sitti Rahma", 2, 8),
        TrendingName("Wairana", 2, 4),
        TrendingName("PSM", 1, 9),
    )


def test_a_capital_at_the_beginning_is_no_name_by_itself() -> None:
    stories = [story("Pedagang menurunkan harga."), story("Pedagang dan Rahma bertemu."), story("Rahma pulang.")]
    assert rank_names(stories, 5) == (TrendingName("Rahma", 2, 2),)
    assert rank_names([story('Ia berkata, "Kami siap." Warga (Desa) diam.')], 5) == ()


def test_days_months_offices_and_nothing() -> None:
    assert rank_names([story("Pada hari Senin bulan Mei di Jalan itu Presiden tiba pukul 07.00 WIB.")], 5) == ()
    assert rank_names([], 5) == ()


@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_is_read(texts: list[str]) -> None:
    assert len(rank_names([story(text) for text in texts], 4)) <= 4
