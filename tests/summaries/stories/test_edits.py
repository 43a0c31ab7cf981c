"""Decisions of administrators: which one counts, and that grouping never breaks one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.model import EditKind
from summaries.stories import WINDOW, Entry, Signature, StoryIndex
from summaries.stories.edits import Constraints, Edit, apply_edit, revert_edit
from summaries.stories.index import group_by_score

FAR = -3.0


def merge(articles: Sequence[str], others: Sequence[str]) -> Edit[str]:
    return Edit(EditKind.MERGE, tuple(articles), tuple(others))


def split(articles: Sequence[str], others: Sequence[str]) -> Edit[str]:
    return Edit(EditKind.SPLIT, tuple(articles), tuple(others))


def show_groups(constraints: Constraints[str], ids: str) -> set[str]:
    return {"".join(sorted(articles)) for articles in constraints.groups(ids).values()}


@pytest.mark.parametrize(
    ("edits", "expected", "apart"),
    [
        ([], set(), set()),
        ([Edit(EditKind.HIDE, ("a", "b"))], set(), set()),
        ([merge("ab", "cd")], {"abcd"}, set()),
        ([merge("ab", "c"), merge("c", "d")], {"abcd"}, set()),
        ([split("a", "bc")], {"a", "b", "c"}, {"ab", "ac"}),
        ([split("ab", "cd")], {"ab", "c", "d"}, {"ac", "ad", "bc", "bd"}),
        ([merge("ab", "cd"), split("a", "bcd")], {"a", "bcd"}, {"ab", "ac", "ad"}),  # the later split counts
        ([merge("a", "bc"), split("bc", "a")], {"a", "bc"}, {"ab", "ac"}),
        ([split("a", "bcd"), merge("a", "bcd")], {"abcd"}, set()),  # the later merge counts
        ([split("a", "bc"), merge("a", "b")], {"ab", "c"}, {"ac", "bc"}),  # and where it says nothing, the split
        ([split("a", "b"), merge("ac", "d")], {"acd", "b"}, {"ab", "bc", "bd"}),
        ([split("a", "b"), merge("a", "b"), split("a", "b")], {"a", "b"}, {"ab"}),
    ],
)
def test_later_decision_counts(edits: list[Edit[str]], expected: set[str], apart: set[str]) -> None:
    constraints = Constraints(edits)
    ids = "abcd"
    assert show_groups(constraints, ids) == expected
    assert {a + b for a in ids for b in ids if a < b and constraints.is_apart(a, b)} == apart
    assert bool(constraints) == bool(expected)


@pytest.mark.parametrize(
    ("ids", "scores", "united", "expected"),
    [
        ("ab", {"ab": -3}, ["ab"], {"ab"}),
        ("ab", {"ab": -math.inf}, ["ab"], {"ab"}),
        ("abc", {"ac": 1}, ["ab"], {"ab", "c"}),  # the mean with b is too low
        ("abc", {"ac": 3, "bc": 3}, ["ab"], {"abc"}),
        ("abc", {"ac": 3, "bc": -math.inf}, ["ab"], {"abc"}),  # b is too old to compare with c
        ("abc", {"ac": -math.inf, "bc": -math.inf}, ["ab"], {"ab", "c"}),
        ("abcd", {"ac": 3, "bc": 3, "cd": -math.inf, "ad": 3, "bd": 2.9}, ["ab"], {"abc", "d"}),
        ("abcd", {"ac": 3, "ad": 3, "bc": 3, "bd": 3}, ["ab", "cd"], {"abcd"}),
        ("abcd", {"ac": 1}, ["ab", "cd"], {"ab", "cd"}),
        ("abcde", {"ae": 3, "be": 3, "ce": -math.inf, "de": -math.inf}, ["ab", "cd"], {"abe", "cd"}),
    ],
)
def test_united_ids_begin_in_one_group(
    ids: str, scores: dict[str, float], united: list[str], expected: set[str]
) -> None:
    def score(a: str, b: str) -> float:
        return scores.get(min(a, b) + max(a, b), FAR)

    found = group_by_score(ids, score, 0.2, united)
    assert {"".join(sorted(one)) for one in found} == expected
    backwards = group_by_score(ids[::-1], score, 0.2, united[::-1])
    assert {"".join(sorted(one)) for one in backwards} == expected


@pytest.mark.parametrize(
    ("edits", "stories", "expected"),
    [
        ([], {"a": 1, "b": 1}, {"a": 1, "b": 1}),
        ([merge("ab", "c")], {"a": 1, "b": 1, "c": 2, "d": 2}, {"a": 1, "b": 1, "c": 1, "d": 2}),
        ([split("a", "bc")], {"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 9, "c": 9}),
        ([split("ab", "c")], {"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 9}),
        ([split("ab", "c"), split("c", "d")], {"a": 1, "b": 1, "c": 1, "d": 1}, {"a": 1, "b": 1, "c": 9, "d": 1}),
    ],
)
def test_stories_are_arranged_with_few_moves(
    edits: list[Edit[str]], stories: dict[str, int], expected: dict[str, int]
) -> None:
    assert Constraints(edits).arrange(stories, 9) == expected


def is_kept(constraints: Constraints[str], stories: dict[str, int]) -> bool:
    return all(
        stories[a] != stories[b]
        if constraints.is_apart(a, b)
        else constraints.group(a) != constraints.group(b) or constraints.group(a) is None or stories[a] == stories[b]
        for a in stories
        for b in stories
        if a != b
    )


@dataclass
class Newsroom:
    """The stored stories, the decisions in effect, and the index of one process."""

    index: StoryIndex = field(default_factory=StoryIndex)
    stories: dict[str, int] = field(default_factory=dict)
    edits: list[Edit[str]] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)

    def add(self, signatures: Sequence[Signature]) -> None:
        self.stories |= self.index.add(signatures, self.moved)
        self.moved = set()
        for signature in signatures:
            assert self.index.stories()[signature.id] == self.stories[signature.id]

    def decide(self, edit: Edit[str]) -> None:
        self.edits.append(edit)
        self._store(apply_edit(edit, self.stories, self.index.next_story))

    def undo(self) -> None:
        edit = self.edits.pop()
        self._store(revert_edit(edit, self.stories, self.index.next_story))

    def _store(self, wanted: dict[str, int]) -> None:
        constraints = Constraints(self.edits)
        before = self.stories
        self.stories = constraints.arrange(wanted, self.index.next_story + 1)
        self.moved |= {one for one, story in self.stories.items() if story != before[one]}
        self.index.restore(
            [replace(self.index.entry(one), story=story) for one, story in self.stories.items() if one in self.index]
        )
        self.index.constrain(constraints, self.stories)
        self.index.next_story = max(self.index.next_story, *self.stories.values()) + 1

    def restart(self) -> None:
        entries = [Entry(self.index.entry(one).signature, story) for one, story in self.index.stories().items()]
        self.index = StoryIndex(entries, next_story=self.index.next_story)
        self.index.constrain(Constraints(self.edits), self.stories)

    def members(self, article: str) -> list[str]:
        return sorted(one for one, story in self.stories.items() if story == self.stories[article])

    def check(self, arrived: Sequence[str]) -> None:
        assert sorted(self.stories) == sorted(arrived)
        assert is_kept(Constraints(self.edits), self.stories)
        assert all(self.stories[one] == story for one, story in self.index.stories().items())


def act(newsroom: Newsroom, rng: random.Random, waiting: Iterator[Signature], arrived: list[str]) -> None:
    """Do one random thing to the newsroom."""
    action = rng.choice(("arrive", "arrive", "again", "merge", "split", "undo", "restart", "expire"))
    if action == "arrive":
        batch = [signature for signature, _ in zip(waiting, range(rng.randint(1, 4)), strict=False)]
        newsroom.add(batch)
        arrived += [signature.id for signature in batch]
    elif action == "again" and newsroom.index.stories():
        known = rng.choice(sorted(newsroom.index.stories()))
        newsroom.add([newsroom.index.entry(known).signature])
    elif action == "merge" and arrived:
        one, other = newsroom.members(rng.choice(arrived)), newsroom.members(rng.choice(arrived))
        if one != other:
            newsroom.decide(merge(one, other))
    elif action == "split" and arrived:
        members = newsroom.members(rng.choice(arrived))
        chosen = rng.sample(members, rng.randint(0, len(members) - 1))
        if chosen:
            newsroom.decide(split(chosen, [one for one in members if one not in chosen]))
    elif action == "undo" and newsroom.edits:
        newsroom.undo()
    elif action == "restart":
        newsroom.restart()
    elif action == "expire" and len(newsroom.index) > 3:
        newsroom.index.discard(rng.sample(sorted(newsroom.index.stories()), 2))


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_decisions_hold_whatever_arrives(signatures: tuple[Signature, ...], rng: random.Random) -> None:
    waiting = iter(rng.sample(signatures, len(signatures)))
    newsroom, arrived = Newsroom(), list[str]()
    for _ in range(25):
        act(newsroom, rng, waiting, arrived)
        newsroom.check(arrived)


def test_undo_restores_the_stories(signatures: tuple[Signature, ...]) -> None:
    newsroom = Newsroom()
    newsroom.add(signatures)
    before = {frozenset(newsroom.members(one)) for one in newsroom.stories}
    newsroom.decide(merge(newsroom.members("api-1"), newsroom.members("ayu-1")))
    assert newsroom.members("api-1") == newsroom.members("ayu-1")
    newsroom.decide(split(["api-2", "ayu-2"], [one for one in newsroom.members("api-1") if one[-1] != "2"]))
    assert newsroom.members("api-2") == ["api-2", "ayu-2"]
    newsroom.undo()
    newsroom.undo()
    assert {frozenset(newsroom.members(one)) for one in newsroom.stories} == before


def test_later_article_joins_the_better_side(signatures: tuple[Signature, ...]) -> None:
    by_id = {signature.id: signature for signature in signatures}
    newsroom = Newsroom()
    newsroom.add([by_id["api-1"], by_id["api-2"], by_id["ayu-1"]])
    newsroom.decide(split(["api-2"], ["api-1"]))
    newsroom.add([replace(by_id["api-2"], id="copy")])
    assert newsroom.members("copy") == ["api-2", "copy"]


def test_merged_articles_accept_one_that_is_close_to_the_newer(signatures: tuple[Signature, ...]) -> None:
    first = next(signature for signature in signatures if signature.id == "api-1")
    assert first.published_at is not None
    newsroom = Newsroom()
    newsroom.add([replace(first, id="old", published_at=first.published_at - WINDOW - timedelta(hours=1)), first])
    newsroom.decide(merge(["old"], ["api-1"]))
    # More than the window after the old article.
    newsroom.add([replace(first, id="later", published_at=first.published_at + timedelta(hours=5))])
    assert newsroom.members("later") == ["api-1", "later", "old"]


def test_group_moves_with_its_articles_that_left_the_window(signatures: tuple[Signature, ...]) -> None:
    first = next(signature for signature in signatures if signature.id == "api-1")
    later = [Entry(replace(first, id=f"later-{n}", outlet=f"Media {n}"), 2) for n in range(3)]
    index = StoryIndex([Entry(first, 1), *later])
    index.constrain(Constraints([merge(["api-1"], ["gone"])]), {"api-1": 1, "gone": 1})
    assert index.add([first]) == {"api-1": 2, "gone": 2}
    assert index.settled == {0: 2}


def test_story_of_articles_that_left_the_window_is_barred_to_the_other_side(signatures: tuple[Signature, ...]) -> None:
    first = next(signature for signature in signatures if signature.id == "api-1")
    later = [Entry(replace(first, id=f"later-{n}", outlet=f"Media {n}"), 1) for n in range(3)]
    index = StoryIndex([Entry(first, 2), *later])
    index.constrain(Constraints([split(["api-1"], ["gone"])]), {"api-1": 2, "gone": 1})
    changed = index.add([first])
    assert changed == dict.fromkeys((entry.signature.id for entry in later), 2)
