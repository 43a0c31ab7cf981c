"""The selection of news for a digest."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.digests.select import Candidate, Member, choose_items, compose_digest, select_stories
from summaries.model import (
    SHORT,
    Article,
    ChatRef,
    Delivery,
    NewsItem,
    Origin,
    Preferences,
    QuietHours,
    StoredArticle,
    Summary,
    SummarySentence,
)
from summaries.model.deliveries import USUAL_COUNT

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def make_item(number: int, category: str | None) -> NewsItem:
    article = Article(title=str(number), text="Halo.", category=category)
    stored = StoredArticle(number, str(number), article, Origin.FEED, NOW)
    return NewsItem(stored, Summary((SummarySentence("Halo.", 0, 5),), "lead", SHORT))


def make_items(topics: str) -> list[NewsItem]:
    """One item a letter, newest first; the letter is its topic."""
    return [make_item(number, topic) for number, topic in enumerate(topics)]


def format_items(items: tuple[NewsItem, ...]) -> str:
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
def test_items_are_chosen_across_topics(topics: str, count: int, expected: str) -> None:
    assert format_items(choose_items(make_items(topics), count)) == expected


@given(st.text(alphabet="abcdef", max_size=40), st.integers(1, 12))
def test_items_are_chosen_evenly_across_topics(topics: str, count: int) -> None:
    chosen = choose_items(make_items(topics), count)
    assert len(chosen) == min(count, len(topics))
    assert len({i.stored.id for i in chosen}) == len(chosen)
    taken, given_ = Counter(i.stored.article.category for i in chosen), Counter(topics)
    for one in taken:
        for other in given_:
            # Nobody gets two more than one who has some left.
            assert taken[one] <= taken[other] + 1 or taken[other] == given_[other]


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (9, False), (30, True)])
def test_digest_is_composed_from_its_delivery(minutes: int, is_late: bool) -> None:
    delivery = Delivery(1, ChatRef(7), "Asia/Jakarta", NOW, NOW)
    digest = compose_digest(delivery, make_items("a" * 20), 50, NOW + timedelta(minutes=minutes))
    assert (digest.due_at, digest.zone, digest.is_late) == (NOW, "Asia/Jakarta", is_late)
    assert len(digest.items) == USUAL_COUNT
    assert digest.more == 50 - USUAL_COUNT


STORIES = (
    Candidate(1, 11, (Member(11, "Antara", "ekonomi"), Member(12, "Kompas", "politik"))),
    Candidate(2, 21, (Member(22, "kompas", "olahraga"), Member(21, "Tempo", "olahraga"))),
    Candidate(3, 31, (Member(31, None, None),)),
)


@pytest.mark.parametrize(
    ("preferences", "including", "excluding", "chosen"),
    [
        (Preferences(), (), (), [(1, 11), (2, 21), (3, 31)]),
        (Preferences(topics=("politik",)), (), (), [(1, 11)]),
        (Preferences(topics=("politik", "olahraga")), (), (), [(1, 11), (2, 21)]),
        # Of an outlet of the chat's choice its own article is shown, the newest first.
        (Preferences(outlets=("Kompas",)), (), (), [(1, 12), (2, 22)]),
        (Preferences(outlets=("Tempo",), topics=("olahraga",)), (), (), [(2, 21)]),
        (Preferences(include=("beras",)), (11, 22), (), [(1, 11)]),
        (Preferences(include=("beras",), outlets=("kompas",)), (11, 22), (), [(2, 22)]),
        (Preferences(include=("beras",)), (), (), []),
        (Preferences(exclude=("gosip",)), (), (11, 22), [(2, 21), (3, 31)]),
        (Preferences(include=("beras",), exclude=("gosip",)), (11, 21), (21,), [(1, 11)]),
    ],
)
def test_stories_are_selected_by_preferences(
    preferences: Preferences, including: tuple[int, ...], excluding: tuple[int, ...], chosen: list[tuple[int, int]]
) -> None:
    assert list(select_stories(STORIES, preferences, including=including, excluding=excluding)) == chosen


def test_digest_has_the_preferred_number_of_stories() -> None:
    delivery = Delivery(1, ChatRef(7), "Asia/Jakarta", NOW, NOW, preferences=Preferences(count=3))
    digest = compose_digest(delivery, make_items("a" * 20), 20, NOW)
    assert (len(digest.items), digest.more) == (3, 17)


def test_wait_for_quiet_hours_is_not_late() -> None:
    quiet = Preferences(quiet=QuietHours(time(6), time(9)))
    # Due at seven in Jakarta, sent at nine.
    delivery = Delivery(1, ChatRef(7), "Asia/Jakarta", NOW, NOW, preferences=quiet)
    assert not compose_digest(delivery, (), 0, NOW + timedelta(hours=2)).is_late
    assert compose_digest(delivery, (), 0, NOW + timedelta(hours=2, minutes=11)).is_late
