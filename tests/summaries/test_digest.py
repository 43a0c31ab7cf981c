"""Which news a digest tells."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.digest import DIGEST_ITEMS, choose, compose
from summaries.model import (
    SHORT,
    Article,
    ChatRef,
    Delivery,
    NewsItem,
    Origin,
    StoredArticle,
    Summary,
    SummarySentence,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def item(number: int, category: str | None) -> NewsItem:
    article = Article(title=str(number), text="Halo.", category=category)
    stored = StoredArticle(number, str(number), article, Origin.FEED, NOW)
    return NewsItem(stored, Summary((SummarySentence("Halo.", 0, 5),), "lead", SHORT))


def news(topics: str) -> list[NewsItem]:
    """One item a letter, newest first; the letter is its topic."""
    return [item(number, topic) for number, topic in enumerate(topics)]


def shown(items: tuple[NewsItem, ...]) -> str:
    return " ".join(f"{i.stored.article.category}{i.stored.id}" for i in items)


@pytest.mark.parametrize(
    ("topics", "count", "expected"),
    [
        ("", 3, ""),
        ("ab", 3, "a0 b1"),
        # Topics come in the order of their newest items, each topic's items together.
        ("abab", 4, "a0 a2 b1 b3"),
        # Many of one topic leave room for the others.
        ("aaaaab", 3, "a0 a1 b5"),
        ("aaaabbbc", 4, "a0 a1 b4 c7"),
        ("abcdef", 3, "a0 b1 c2"),
        ("aaa", 2, "a0 a1"),
    ],
)
def test_choosing(topics: str, count: int, expected: str) -> None:
    assert shown(choose(news(topics), count)) == expected


@given(st.text(alphabet="abcdef", max_size=40), st.integers(1, 12))
def test_choices_are_fair(topics: str, count: int) -> None:
    chosen = choose(news(topics), count)
    assert len(chosen) == min(count, len(topics))
    assert len({i.stored.id for i in chosen}) == len(chosen)
    taken, given_ = Counter(i.stored.article.category for i in chosen), Counter(topics)
    for one in taken:
        for other in given_:
            # Nobody gets two more than one who has some left.
            assert taken[one] <= taken[other] + 1 or taken[other] == given_[other]


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (9, False), (30, True)])
def test_composing(minutes: int, is_late: bool) -> None:
    delivery = Delivery(1, ChatRef(7), "Asia/Jakarta", NOW)
    digest = compose(delivery, news("a" * 20), 50, NOW + timedelta(minutes=minutes))
    assert (digest.due_at, digest.zone, digest.is_late) == (NOW, "Asia/Jakarta", is_late)
    assert len(digest.items) == DIGEST_ITEMS
    assert digest.more == 50 - DIGEST_ITEMS
