"""Which stories chats' next digests may tell, in SQLite: those that they were not told of, and that they want."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from summaries.digest import Candidate, Member, select
from summaries.model import News
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.news import read_items
from summaries.text.stems import search_stems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Length, NewsItem, NewsWish, Preferences

# A story and the article to show.
Shown = tuple[int, int]

# Stories with something new, and those of messages that never reached the chat, though they came before the last
# digest.
ALL = """
WITH fresh (id) AS (SELECT id FROM stories WHERE added_at >= ? UNION SELECT value FROM json_each(?))
SELECT t.id, t.article_id, s.article_id, s.outlet, s.category FROM fresh JOIN stories t ON t.id = fresh.id
    JOIN story_articles s ON s.story_id = t.id
    ORDER BY t.latest_at DESC, t.id DESC, s.dated_at DESC, s.article_id DESC
"""
UNTOLD = """
SELECT d.chat_id, d.finished_at, s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j JOIN story_articles s ON s.article_id = j.value
    WHERE d.has_untold AND d.chat_id IN (SELECT value FROM json_each(?)) AND p.state IN ('failed', 'pending')
"""
# What the chat was told of, and what messages on their way will tell.
TOLD = """
SELECT t.chat_id, s.story_id FROM told_articles t JOIN story_articles s ON s.article_id = t.article_id
    WHERE t.chat_id IN (SELECT value FROM json_each(:chats)) AND t.article_id >= :first
UNION
SELECT d.chat_id, s.story_id FROM deliveries d JOIN delivery_parts p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id, json_each(b.article_ids) j JOIN story_articles s ON s.article_id = j.value
    WHERE d.finished_at IS NULL AND p.state <> 'failed' AND d.chat_id IN (SELECT value FROM json_each(:chats))
"""
# What a chat waits for, and wants in its digest.
FOLDED = """
SELECT DISTINCT a.chat_id, a.created_at, t.id, t.article_id FROM alerts a
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE a.state = 'folded' AND a.chat_id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
        SELECT 1 FROM told_articles d JOIN story_articles o ON o.article_id = d.article_id
        WHERE d.chat_id = a.chat_id AND o.story_id = t.id)
    ORDER BY t.latest_at DESC, t.id DESC
"""


def choose_news(db: sqlite_utils.Database, wishes: Sequence[NewsWish], limit: int) -> tuple[News, ...]:
    """See `ports.DeliveryStore.choose_news`."""
    chats = json.dumps([wish.chat_id for wish in wishes])
    untold = read_untold(db, chats)
    choices = Choices(db)
    wanted = [
        choices.wanted(wish.since, frozenset(story for at, story in untold[wish.chat_id] if at >= wish.since), wish)
        for wish in wishes
    ]
    told = read_told(db, chats, min((choice.first for choice in wanted), default=0))
    folded = read_folded(db, chats)
    shared: dict[tuple[object, ...], News] = {}
    found = []
    for wish, choice in zip(wishes, wanted, strict=True):
        hidden = choice.stories & told[wish.chat_id]
        length = wish.preferences.length
        # It comes first, whatever else the chat chose.
        first = dict(
            pair for at, pair in folded[wish.chat_id] if at >= wish.since and pair[0] not in told[wish.chat_id]
        )
        key = (id(choice), length, hidden, tuple(first))
        if key not in shared:
            rest = [pair for pair in choice.shown if pair[0] not in hidden and pair[0] not in first]
            shown = [*first.items(), *rest]
            shared[key] = News(choices.items(shown[:limit], length), len(shown))
        found.append(shared[key])
    return tuple(found)


class Choice:
    """The stories that some wish for, newest first, whatever chat they are; `first` is the oldest of their articles."""

    def __init__(self, shown: tuple[Shown, ...], first: int) -> None:
        self.shown = shown
        self.first = first

    @cached_property
    def stories(self) -> frozenset[int]:
        return frozenset(story_id for story_id, _ in self.shown)


class Choices:
    """Reads what wishes have in common once."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db
        self._candidates: dict[tuple[datetime, frozenset[int]], tuple[Candidate, ...]] = {}
        self._choices: dict[tuple[object, ...], Choice] = {}
        self._items: dict[tuple[Length, int], NewsItem] = {}

    def wanted(self, since: datetime, untold: frozenset[int], wish: NewsWish) -> Choice:
        """The stories since then, and those untold, that the wish is for."""
        wants = wish.preferences
        key = (since, untold, wants.topics, wants.outlets, wants.include, wants.exclude)
        if key not in self._choices:
            candidates = self._read_candidates(since, untold)
            # A story may grow for days: its articles are looked up from the oldest on, not the whole archive.
            first = min((member.article_id for story in candidates for member in story.members), default=0)
            self._choices[key] = Choice(tuple(chosen(self._db, candidates, wants, first)), first)
        return self._choices[key]

    def items(self, shown: Sequence[Shown], length: Length) -> tuple[NewsItem, ...]:
        """See `read_items`."""
        missing = [pair for pair in shown if (length, pair[1]) not in self._items]
        for item in read_items(self._db, missing, length):
            self._items[length, item.stored.id] = item
        return tuple(self._items[length, article_id] for _, article_id in shown if (length, article_id) in self._items)

    def _read_candidates(self, since: datetime, untold: frozenset[int]) -> tuple[Candidate, ...]:
        if (since, untold) not in self._candidates:
            found = self._db.execute(ALL, [rows.moment(since), json.dumps(sorted(untold))])
            self._candidates[since, untold] = tuple(
                Candidate(story_id, best_id, tuple(Member(*row[2:]) for row in members))
                for (story_id, best_id), members in groupby(found, key=lambda row: (row[0], row[1]))
            )
        return self._candidates[since, untold]


def chosen(
    db: sqlite_utils.Database, candidates: Sequence[Candidate], preferences: Preferences, first: int
) -> list[Shown]:
    """The candidates that the preferences leave, each with the article to show."""
    if not preferences.has_filter:
        return [(candidate.story_id, candidate.best_id) for candidate in candidates]
    including = articles_with(db, preferences.include, first)
    return list(
        select(candidates, preferences, including=including, excluding=articles_with(db, preferences.exclude, first))
    )


def read_untold(db: sqlite_utils.Database, chats: str) -> defaultdict[int, list[tuple[datetime, int]]]:
    """By chat (`chats` is a JSON list), the stories of messages that did not arrive, with when that was certain."""
    untold: defaultdict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for chat_id, finished_at, story_id in db.execute(UNTOLD, [chats]):
        untold[chat_id].append((rows.to_moment(finished_at), story_id))
    return untold


def read_folded(db: sqlite_utils.Database, chats: str) -> defaultdict[int, list[tuple[datetime, Shown]]]:
    """By chat, the stories that wait for its digest, newest first, each with when it was found."""
    folded: defaultdict[int, list[tuple[datetime, Shown]]] = defaultdict(list)
    for chat_id, created_at, story_id, article_id in db.execute(FOLDED, [chats]):
        folded[chat_id].append((rows.to_moment(created_at), (story_id, article_id)))
    return folded


def read_told(db: sqlite_utils.Database, chats: str, first: int) -> defaultdict[int, set[int]]:
    """By chat, the stories with articles from an id on that it was told of, or is about to be."""
    told: defaultdict[int, set[int]] = defaultdict(set)
    for chat_id, story_id in db.execute(TOLD, {"chats": chats, "first": first}):
        told[chat_id].add(story_id)
    return told


def articles_with(db: sqlite_utils.Database, phrases: Sequence[str], first: int) -> frozenset[int]:
    """The public articles from an id on in whose title or text one of the phrases stands, whatever its endings."""
    stems = [phrase for phrase in map(search_stems, phrases) if phrase]
    if not stems:
        return frozenset()
    # The stems of a phrase are letters and digits alone: in quotes nothing of them is FTS5 syntax.
    expression = " OR ".join(f'"{phrase}"' for phrase in stems)
    found = db.execute(
        "SELECT rowid FROM article_search WHERE article_search MATCH ? AND rowid >= ?", [expression, first]
    )
    return frozenset(article_id for (article_id,) in found)
