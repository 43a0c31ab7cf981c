"""The selection of news for a digest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.digests.select import (
    MAX_CONTENDERS,
    Candidate,
    Member,
    choose_newest,
    compose_digest,
    find_contenders,
    index_regions,
    merge_newest,
    rank_candidates,
    select_regional,
    select_stories,
)
from summaries.model import ChatRef, Delivery, News, Preferences, QuietHours

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def make_candidate(story_id: int, *members: Member) -> Candidate:
    return Candidate(story_id, members[0].article_id, members)


def make_member(article_id: int, outlet: str | None = None, category: str | None = None, hours: float = 0) -> Member:
    return Member(article_id, outlet, category, NOW - timedelta(hours=hours))


def make_candidates(topics: str) -> list[Candidate]:
    """Return one candidate for each letter, newest first; the letter is its topic."""
    return [make_candidate(number, make_member(number, None, topic)) for number, topic in enumerate(topics)]


@pytest.mark.parametrize(
    ("topics", "count", "expected"),
    [
        ("", 3, ""),
        ("ab", 3, "a0 b1"),
        # Topics come in the order of their newest stories, each topic's stories together.
        ("abab", 4, "a0 a2 b1 b3"),
        # Many of one topic leave room for the others.
        ("aaaaab", 3, "a0 a1 b5"),
        ("aaaabbbc", 4, "a0 a1 b4 c7"),
        ("abcdef", 3, "a0 b1 c2"),
        ("aaa", 2, "a0 a1"),
    ],
)
def test_newest_stories_are_chosen_across_topics(topics: str, count: int, expected: str) -> None:
    chosen = choose_newest(make_candidates(topics), count)
    assert " ".join(f"{topics[story]}{article}" for story, article in chosen) == expected


@given(st.text(alphabet="abcdef", max_size=40), st.integers(1, 12))
def test_newest_stories_are_chosen_evenly_across_topics(topics: str, count: int) -> None:
    chosen = [story for story, _ in choose_newest(make_candidates(topics), count)]
    assert len(chosen) == len(set(chosen)) == min(count, len(topics))
    taken, given_ = Counter(topics[story] for story in chosen), Counter(topics)
    for one in taken:
        for other in given_:
            # No topic gets two more than one that has some left.
            assert taken[one] <= taken[other] + 1 or taken[other] == given_[other]


@pytest.mark.parametrize(
    ("topics", "count", "expected"),
    [
        # Capitals are stories about the reader's regions: they come first, and fill half of the digest.
        ("abCabC", 2, "C2 a0"),
        ("abCabC", 4, "C2 C5 a0 b1"),
        ("aCCCC", 4, "C1 C2 C3 a0"),
        ("CCC", 2, "C0 C1"),
        ("CaaD", 3, "C0 D3 a1"),
        ("C", 3, "C0"),
    ],
)
def test_newest_stories_of_regions_come_first(topics: str, count: int, expected: str) -> None:
    regional = {number: "35" for number, topic in enumerate(topics) if topic.isupper()}
    chosen = choose_newest(make_candidates(topics), count, regional)
    assert " ".join(f"{topics[story]}{article}" for story, article in chosen) == expected


def test_stories_about_regions_are_found_and_shown_by_their_articles_about_them() -> None:
    paid = replace(make_member(31, "Antara"), is_free=False)
    stories = [
        make_candidate(1, make_member(11, "Antara"), make_member(12, "Tempo")),
        make_candidate(2, make_member(21)),
        make_candidate(3, make_member(32), paid),
        make_candidate(4, make_member(41)),
        replace(make_candidate(5, make_member(51), make_member(52)), hidden=frozenset({52})),
    ]
    rows = [("35", 12), ("35", 41), ("35", 52), ("51", 31), ("51", 41), ("12", 21)]
    wishes = Preferences(regions=("35", "51", "99"))
    found = select_regional(index_regions(stories, rows), wishes, including=(), excluding=())
    # The third is shown by another article because the one about Bali is not free; the fourth belongs to one region.
    assert sorted((story.story_id, region, story.best_id, {*story.hidden}) for story, region in found) == [
        (1, "35", 12, {11}),
        (3, "51", 32, set()),
        (4, "35", 41, set()),
    ]


def test_stories_about_regions_match_the_other_preferences() -> None:
    story = make_candidate(1, make_member(11, "Antara", "ekonomi"), make_member(12, "Tempo", "olahraga"))
    index = index_regions([story], [("35", 12)])
    for others, expected in (
        (Preferences(outlets=("Tempo",)), [(12, {11})]),
        (Preferences(topics=("ekonomi",)), [(12, {11})]),
        (Preferences(outlets=("Antara",)), []),
        (Preferences(topics=("politik",)), []),
    ):
        wishes = replace(others, regions=("35",))
        found = select_regional(index, wishes, including=(), excluding=())
        assert [(found_one.best_id, {*found_one.hidden}) for found_one, _ in found] == expected


def test_newest_stories_are_merged() -> None:
    own = [make_candidate(2, make_member(2, hours=2)), make_candidate(4, make_member(4, hours=9))]
    others = [make_candidate(number, make_member(number, hours=number)) for number in (1, 2, 3)]
    merged = merge_newest(own, others)
    assert [story.story_id for story in merged] == [1, 2, 3, 4]
    assert merged[1] is own[0]


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (9, False), (30, True)])
def test_digest_is_composed_from_its_delivery(minutes: int, is_late: bool) -> None:
    delivery = Delivery(1, ChatRef(7), "Asia/Jakarta", NOW, NOW)
    digest = compose_digest(delivery, News((), 42), NOW + timedelta(minutes=minutes))
    assert (digest.due_at, digest.zone, digest.is_late) == (NOW, "Asia/Jakarta", is_late)
    assert (digest.items, digest.more) == ((), 42)


STORIES = (
    make_candidate(1, make_member(11, "Antara", "ekonomi"), make_member(12, "Kompas", "politik")),
    replace(make_candidate(2, make_member(22, "kompas", "olahraga"), make_member(21, "Tempo", "olahraga")), best_id=21),
    make_candidate(3, make_member(31)),
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
    found = select_stories(STORIES, preferences, including=including, excluding=excluding)
    assert [(candidate.story_id, candidate.best_id) for candidate in found] == chosen


@pytest.mark.parametrize(
    ("preferences", "hidden"),
    [
        (Preferences(topics=("ekonomi",)), set()),
        (Preferences(outlets=("Kompas",)), {11}),
        (Preferences(include=("beras",)), {12}),
        (Preferences(exclude=("gosip",)), {13}),
    ],
)
def test_articles_that_the_reader_did_not_ask_for_are_not_shown(preferences: Preferences, hidden: set[int]) -> None:
    story = make_candidate(
        1, *(make_member(11, "Antara", "ekonomi"), make_member(12, "Kompas"), make_member(13, "Kompas"))
    )
    (found,) = select_stories([story], preferences, including={11, 13}, excluding={13} if preferences.exclude else ())
    assert found.hidden == hidden


def test_contenders_are_the_most_covered_candidates() -> None:
    many = [make_candidate(number, make_member(number, "Antara")) for number in range(MAX_CONTENDERS)]
    covered = make_candidate(900, make_member(900, "Antara", hours=20), make_member(901, "Tempo", hours=21))
    old = make_candidate(901, make_member(910, "Antara", hours=2), make_member(911, "Tempo", hours=60))
    found = find_contenders([*many, covered, old], NOW - timedelta(hours=24), NOW)
    assert len(found) == MAX_CONTENDERS
    assert found[0] == covered
    # A report of the day before yesterday does not count.
    assert old not in found


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        # An excerpt, an article behind a paywall or a note is not shown if there is a fuller one.
        ([replace(make_member(1, "Antara"), is_free=False), make_member(2, "Tempo")], 2),
        ([replace(make_member(1, "Antara"), words=30), replace(make_member(2, "Tempo"), words=300)], 2),
        # Beyond enough words the headline decides, then the time.
        ([replace(make_member(1, "Antara"), words=400), replace(make_member(2, "Tempo", hours=1), words=900)], 2),
        ([replace(make_member(1, "Antara"), is_free=False)], 1),
    ],
)
def test_a_full_article_is_shown(members: list[Member], shown: int) -> None:
    headlines = {member.article_id: ("Gempa Guncang Lombok", "") for member in members}
    (story,) = rank_candidates([make_candidate(1, *members)], headlines, NOW - timedelta(hours=24), NOW).stories
    assert story.reports[0].article_id == shown


def test_central_article_is_shown_rather_than_the_longest_of_three() -> None:
    members = [
        replace(make_member(n, outlet), words=words)
        for n, outlet, words in ((1, "Antara", 220), (2, "Tempo", 200), (3, "Detik", 300))
    ]
    headlines = {1: ("Gempa Lombok Rusak Rumah", ""), 2: ("Gempa Guncang Lombok", ""), 3: ("Pengamat Soroti Izin", "")}
    (story,) = rank_candidates([make_candidate(1, *members)], headlines, NOW - timedelta(hours=24), NOW).stories
    assert story.reports[0].article_id in {1, 2}


def test_wait_for_quiet_hours_is_not_late() -> None:
    quiet = Preferences(quiet=QuietHours(time(6), time(9)))
    # Due at seven in Jakarta, sent at nine.
    delivery = Delivery(1, ChatRef(7), "Asia/Jakarta", NOW, NOW, preferences=quiet)
    assert not compose_digest(delivery, News((), 0), NOW + timedelta(hours=2)).is_late
    assert compose_digest(delivery, News((), 0), NOW + timedelta(hours=2, minutes=11)).is_late
