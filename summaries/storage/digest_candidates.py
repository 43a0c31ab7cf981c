"""Which stories chats' next digests tell, from what a database knows of stories, chats and words (pure)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from summaries.digests.select import Candidate, Member, select_stories
from summaries.model import News
from summaries.storage.search_rules import Shown
from summaries.storage.values import to_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from summaries.model import Length, NewsItem, NewsWish, Preferences

Untold = defaultdict[int, list[tuple["datetime", int]]]
Folded = defaultdict[int, list[tuple["datetime", Shown]]]


class Choice:
    """The stories that some wish for, newest first, whatever chat they are; `first` is the oldest of their articles."""

    def __init__(self, shown: tuple[Shown, ...], first: int) -> None:
        self.shown = shown
        self.first = first

    @cached_property
    def stories(self) -> frozenset[int]:
        return frozenset(story_id for story_id, _ in self.shown)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a digest is to tell: the stories to show, how many there are in all, and the length of their summaries."""

    shown: tuple[Shown, ...]
    total: int
    length: Length


def untold_of(wish: NewsWish, untold: Untold) -> frozenset[int]:
    """The stories of messages to the wish's chat that were lost since."""
    return frozenset(story for at, story in untold[wish.chat_id] if at >= wish.since)


def key_of(wish: NewsWish, untold: frozenset[int]) -> tuple[object, ...]:
    """Equal for wishes that the same stories are for, whatever the chats were told."""
    wants = wish.preferences
    return wish.since, untold, wants.topics, wants.outlets, wants.include, wants.exclude


def to_candidates(rows: Iterable[Sequence[Any]]) -> tuple[Candidate, ...]:
    """From rows of (story, best article, article, outlet, category), a story's rows together."""
    return tuple(
        Candidate(story_id, best_id, tuple(Member(*row[2:]) for row in members))
        for (story_id, best_id), members in groupby(rows, key=lambda row: (row[0], row[1]))
    )


def first_of(candidates: Sequence[Candidate]) -> int:
    """The oldest article: words are looked up from there on, not in the whole archive, as a story may grow for days."""
    return min((member.article_id for story in candidates for member in story.members), default=0)


def choose(
    candidates: Sequence[Candidate], preferences: Preferences, including: Collection[int], excluding: Collection[int]
) -> Choice:
    """The candidates that the preferences leave, each with the article to show; see `digest.select`."""
    if preferences.has_filter:
        shown = tuple(select_stories(candidates, preferences, including=including, excluding=excluding))
    else:
        shown = tuple((candidate.story_id, candidate.best_id) for candidate in candidates)
    return Choice(shown, first_of(candidates))


def plan(
    wishes: Sequence[NewsWish],
    wanted: Sequence[Choice],
    told: Mapping[int, set[int]],
    folded: Folded,
    limit: int,
) -> list[Plan]:
    """For each wish what to tell: the same object for chats with the same news."""
    shared: dict[tuple[object, ...], Plan] = {}
    plans = []
    for wish, choice in zip(wishes, wanted, strict=True):
        known = told.get(wish.chat_id, set())
        hidden = choice.stories & known
        length = wish.preferences.length
        # What a chat waits for comes first, whatever else it chose.
        first = dict(pair for at, pair in folded[wish.chat_id] if at >= wish.since and pair[0] not in known)
        key = (id(choice), length, hidden, tuple(first))
        if key not in shared:
            rest = [pair for pair in choice.shown if pair[0] not in hidden and pair[0] not in first]
            shown = [*first.items(), *rest]
            shared[key] = Plan(tuple(shown[:limit]), len(shown), length)
        plans.append(shared[key])
    return plans


def shown_by_length(plans: Iterable[Plan]) -> dict[Length, list[Shown]]:
    """What has to be read for the plans, each once."""
    shown: dict[Length, dict[Shown, None]] = {}
    for planned in plans:
        shown.setdefault(planned.length, {}).update(dict.fromkeys(planned.shown))
    return {length: list(pairs) for length, pairs in shown.items()}


def fill(plans: Sequence[Plan], items: Mapping[tuple[Length, int], NewsItem]) -> tuple[News, ...]:
    """The news of each plan, from items by length and article: the same object for the same plan."""
    made: dict[int, News] = {}
    for planned in plans:
        if id(planned) not in made:
            found = (items.get((planned.length, article_id)) for _, article_id in planned.shown)
            made[id(planned)] = News(tuple(item for item in found if item is not None), planned.total)
    return tuple(made[id(planned)] for planned in plans)


def to_untold(rows: Iterable[Sequence[Any]]) -> Untold:
    """By chat, the stories of messages that did not arrive, with when that was certain, from (chat, moment, story)."""
    untold: Untold = defaultdict(list)
    for chat_id, finished_at, story_id in rows:
        untold[chat_id].append((to_moment(finished_at), story_id))
    return untold


def to_folded(rows: Iterable[Sequence[Any]]) -> Folded:
    """By chat, the stories that wait for its digest, each with when it was found, from (chat, moment, story,
    article), the newest first."""
    folded: Folded = defaultdict(list)
    for chat_id, created_at, story_id, article_id in rows:
        folded[chat_id].append((to_moment(created_at), (story_id, article_id)))
    return folded


def to_told(rows: Iterable[Sequence[Any]]) -> dict[int, set[int]]:
    """By chat, the stories that it was told of, from (chat, story)."""
    told: dict[int, set[int]] = {}
    for chat_id, story_id in rows:
        told.setdefault(chat_id, set()).add(story_id)
    return told
