"""The representative article of a story."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from summaries.stories import StoryArticle, count_outlets, pick_best

MORNING, NOON = datetime(2025, 3, 4, 8, tzinfo=UTC), datetime(2025, 3, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("articles", "best"),
    [
        ([StoryArticle(1, "A", 120, MORNING), StoryArticle(2, "B", 350, NOON)], 2),  # fuller
        ([StoryArticle(1, "A", 300, NOON), StoryArticle(2, "B", 290, MORNING)], 2),  # as good as full, earlier
        ([StoryArticle(1, "A", 450, NOON), StoryArticle(2, "B", 3_000, MORNING)], 2),  # longer than full is full
        ([StoryArticle(1, "A", 3_000, NOON), StoryArticle(2, "B", 450, MORNING)], 2),
        (
            [StoryArticle(1, "A", 900, MORNING, is_free=False), StoryArticle(2, "B", 80, NOON)],
            2,
        ),  # freely readable first
        ([StoryArticle(1, "A", 100, MORNING, is_free=False), StoryArticle(2, "B", 300, NOON, is_free=False)], 2),
        ([StoryArticle(1, "A", 300), StoryArticle(2, "B", 300, NOON)], 2),  # an unknown moment comes last
        ([StoryArticle(2, "A", 300, NOON), StoryArticle(1, "B", 320, NOON)], 1),  # the longer of two at once
        ([StoryArticle(2, "A", 300), StoryArticle(1, "B", 300)], 1),
    ],
)
def test_best_article_is_picked(articles: list[StoryArticle], best: int) -> None:
    assert pick_best(articles).id == best
    assert pick_best(articles[::-1]).id == best


def test_pick_best_of_no_articles_raises() -> None:
    with pytest.raises(ValueError, match="without articles"):
        pick_best([])


@pytest.mark.parametrize(
    ("outlets", "count"),
    [(["A", "B", "a "], 2), (["A", "A"], 1), ([None], 1), ([None, None, "B"], 2), ([], 0)],
)
def test_outlets_are_counted_once_each(outlets: list[str | None], count: int) -> None:
    assert count_outlets([StoryArticle(i, outlet, 100) for i, outlet in enumerate(outlets)]) == count
