"""Decisions of administrators about stories, as constraints: which articles belong in one story, and which do not.

A decision names articles, because the numbers of stories change when articles are regrouped. The articles are given by
their ids or their keys.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

from summaries.model import EditKind

Id = TypeVar("Id", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Edit(Generic[Id]):
    """A decision. A split separates `articles` from `others`, a merge unites both, `hide` applies to `articles`."""

    kind: EditKind
    articles: tuple[Id, ...]
    others: tuple[Id, ...] = ()


def apply_edit(edit: Edit[Id], stories: Mapping[Id, int], next_story: int) -> dict[Id, int]:
    """Return the story of each article after the decision. `stories` has all articles of the stories concerned.

    The articles split off move to `next_story`; of two merged stories, the larger one keeps its number.
    """
    if edit.kind is EditKind.SPLIT:
        return {**stories, **dict.fromkeys(edit.articles, next_story)}
    if edit.kind is EditKind.MERGE:
        merged = {stories[article] for article in (*edit.articles, *edit.others) if article in stories}
        counts = Counter(stories.values())
        kept = min(merged, key=lambda story: (-counts[story], story))
        return {article: kept if story in merged else story for article, story in stories.items()}
    return dict(stories)


def revert_edit(edit: Edit[Id], stories: Mapping[Id, int], next_story: int) -> dict[Id, int]:
    """Return the story of each article after the decision was undone: the articles that it moved move back.

    The smaller side of a merge moves to `next_story`. Articles that came later stay where they are.
    """
    sides = [[article for article in side if article in stories] for side in (edit.articles, edit.others)]
    if edit.kind is EditKind.SPLIT and sides[1]:
        counts = Counter(stories[article] for article in sides[1])
        return {**stories, **dict.fromkeys(sides[0], min(counts, key=lambda story: (-counts[story], story)))}
    if edit.kind is EditKind.MERGE:
        larger, smaller = sorted(sides, key=len, reverse=True)
        beside = {stories[article] for article in larger}
        return {**stories, **{article: next_story for article in smaller if stories[article] in beside}}
    return dict(stories)


class Constraints(Generic[Id]):
    """The decisions in effect, resolved: groups of articles that share a story, and pairs of groups that never do.

    Where two decisions contradict each other, the later one counts. The articles of `edits`, which are in order of
    time, are each in one group; most groups have a single article.
    """

    def __init__(self, edits: Iterable[Edit[Id]] = ()) -> None:
        self._group_of: dict[Id, int] = {}
        self._members: dict[int, list[Id]] = {}
        self._apart: defaultdict[int, set[int]] = defaultdict(set)
        for edit in reversed(list(edits)):
            if edit.kind is EditKind.MERGE:
                self._unite([*edit.articles, *edit.others])
            elif edit.kind is EditKind.SPLIT:
                self._unite(edit.articles)
                self._separate(edit.articles, edit.others)

    def __bool__(self) -> bool:
        return bool(self._group_of)

    def group(self, article: Id) -> int | None:
        """Return the article's group, or None if no decision names it."""
        return self._group_of.get(article)

    def groups(self, articles: Iterable[Id]) -> dict[int, list[Id]]:
        """Return the articles that a decision names, by group and in order."""
        found: dict[int, list[Id]] = {}
        for article in articles:
            if (group := self._group_of.get(article)) is not None:
                found.setdefault(group, []).append(article)
        return found

    def members(self, group: int) -> Sequence[Id]:
        """Return all articles of the group."""
        return self._members[group]

    def apart(self, group: int) -> Set[int]:
        """Return the groups that never share a story with this one."""
        return self._apart.get(group, frozenset())

    def is_apart(self, a: Id, b: Id) -> bool:
        """Return whether the two articles never share a story."""
        one, other = self._group_of.get(a), self._group_of.get(b)
        return one is not None and other is not None and other in self.apart(one)

    def arrange(self, stories: Mapping[Id, int], next_story: int) -> dict[Id, int]:
        """Return `stories`, the story of each article, changed as little as the constraints need.

        A group comes together in the story that has most of its articles; of two groups that are apart, the smaller one
        leaves, with the others that leave the same story if possible. New stories have numbers from `next_story` on. A
        group is in `stories` as a whole or not at all.
        """
        arranged = dict(stories)
        held: defaultdict[int, set[int]] = defaultdict(set)
        successors: defaultdict[int, list[int]] = defaultdict(list)
        for group, articles in sorted(self.groups(stories).items(), key=lambda item: (-len(item[1]), item[0])):
            counts = Counter(stories[article] for article in articles)
            usual = min(counts, key=lambda number: (-counts[number], number))
            possible = (one for one in (usual, *successors[usual]) if self.apart(group).isdisjoint(held[one]))
            story = next(possible, next_story)
            if story == next_story:
                successors[usual].append(story)
                next_story += 1
            held[story].add(group)
            arranged |= dict.fromkeys(articles, story)
        return arranged

    def _find(self, article: Id) -> int:
        if article not in self._group_of:
            group = self._group_of[article] = len(self._group_of)
            self._members[group] = [article]
        return self._group_of[article]

    def _unite(self, articles: Iterable[Id]) -> None:
        """Join the articles' groups except those that later decisions keep apart."""
        joined: list[int] = []
        for article in articles:
            group = self._find(article)
            if group in joined:
                continue
            near = next((one for one in joined if one not in self.apart(group)), None)
            if near is None:
                joined.append(group)
            else:
                self._join(near, group)

    def _join(self, kept: int, gone: int) -> None:
        for article in self._members[gone]:
            self._group_of[article] = kept
        self._members[kept] += self._members.pop(gone)
        for other in self._apart.pop(gone, set()):
            self._apart[other].remove(gone)
            self._apart[other].add(kept)
            self._apart[kept].add(other)

    def _separate(self, articles: Collection[Id], others: Collection[Id]) -> None:
        """Keep the groups of the two sides apart, except where a later decision united them."""
        sides = {self._find(article) for article in articles}, {self._find(article) for article in others}
        for one, other in product(*sides):
            if one != other:
                self._apart[one].add(other)
                self._apart[other].add(one)
