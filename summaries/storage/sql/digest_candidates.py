"""The stories for the next digests: those that a chat wants and that were not delivered to it.

Chats with the same preferences and gaps share the rows that are read; the decisions below the queries are pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from summaries.digests.select import Candidate, Member, select_stories
from summaries.model import Length, News, NewsItem, NewsRequest, Preferences
from summaries.storage.search_rules import Shown
from summaries.storage.sql.news import read_items
from summaries.storage.sql.search import find_phrases
from summaries.storage.sql.session import Session
from summaries.storage.values import to_moment

# Stories with a new article, and older ones in messages that did not, or not surely, reach the chat.
ALL = """
WITH fresh (id) AS
    (SELECT id FROM stories WHERE added_at >= %s UNION SELECT id FROM stories WHERE id = ANY(%s::bigint[]))
SELECT t.id, t.article_id AS best_id, s.article_id, s.outlet, s.category FROM fresh JOIN stories t ON t.id = fresh.id
    JOIN story_articles s ON s.story_id = t.id
    ORDER BY t.latest_at DESC, t.id DESC, s.dated_at DESC, s.article_id DESC
"""
UNDELIVERED = """
SELECT d.chat_id, d.finished_at, s.story_id FROM deliveries d JOIN outbox p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    WHERE d.has_undelivered AND d.chat_id = ANY(%s::bigint[]) AND p.state <> 'sent'
"""
# Delivered to the chat, or in messages that are still to be sent.
DELIVERED = """
SELECT t.chat_id, s.story_id FROM delivered_articles t JOIN story_articles s ON s.article_id = t.article_id
    WHERE t.chat_id = ANY(%(chats)s::bigint[]) AND t.article_id >= %(first)s
UNION
SELECT d.chat_id, s.story_id FROM deliveries d JOIN outbox p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    WHERE d.finished_at IS NULL AND p.state <> 'failed' AND d.chat_id = ANY(%(chats)s::bigint[])
"""
# Found by a watch of the chat that wants its alerts in the digest, or in alerts that nobody knows to have arrived.
FOLDED = """
SELECT a.chat_id, coalesce(a.sent_at, a.created_at), t.id, t.article_id FROM outbox a
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE (a.state = 'folded' OR (a.state = 'uncertain' AND a.not_before IS NULL)) AND a.article_id IS NOT NULL
    AND a.chat_id = ANY(%s::bigint[]) AND NOT EXISTS (
        SELECT 1 FROM delivered_articles d JOIN story_articles o ON o.article_id = d.article_id
        WHERE d.chat_id = a.chat_id AND o.story_id = t.id)
    ORDER BY t.latest_at DESC, t.id DESC
"""

# Rows by the chat in their first column.
ByChat = defaultdict[int, list[Sequence[Any]]]


async def choose_news(db: Session, requests: Sequence[NewsRequest], limit: int) -> tuple[News, ...]:
    """See `ports.DeliveryStore.choose_news`."""
    chats = [request.chat_id for request in requests]
    choices = await choose_stories(db, requests, group_by_chat(await db.tuples(UNDELIVERED, [chats])))
    first = min((choice.first for choice in choices), default=0)
    delivered = group_by_chat(await db.tuples(DELIVERED, {"chats": chats, "first": first}))
    folded = group_by_chat(await db.tuples(FOLDED, [chats]))
    plans = plan(requests, choices, delivered, folded, limit)
    items = {
        (length, item.stored.id): item
        for length, shown in shown_by_length(plans).items()
        for item in await read_items(db, shown, length)
    }
    return fill(plans, items)


def group_by_chat(rows: Iterable[Sequence[Any]]) -> ByChat:
    found: ByChat = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


async def choose_stories(db: Session, requests: Sequence[NewsRequest], undelivered: ByChat) -> list[Choice]:
    """Return the stories for each request, reading once for requests that are equal."""
    candidates: dict[tuple[datetime, frozenset[int]], tuple[Candidate, ...]] = {}
    made: dict[tuple[object, ...], Choice] = {}
    choices = []
    for request in requests:
        since, wants = request.since, request.preferences
        lost = frozenset(story for _, at, story in undelivered[request.chat_id] if to_moment(at) >= since)
        key = (since, lost, wants.topics, wants.outlets, wants.include, wants.exclude)
        if key not in made:
            if (since, lost) not in candidates:
                candidates[since, lost] = to_candidates(await db.tuples(ALL, [since, sorted(lost)]))
            made[key] = await choose(db, candidates[since, lost], wants)
        choices.append(made[key])
    return choices


async def choose(db: Session, candidates: Sequence[Candidate], wants: Preferences) -> Choice:
    """Return the candidates that match the preferences, each with the article to show; see `digests.select`."""
    # Words are searched from the oldest article on; a story may grow for days.
    first = min((member.article_id for story in candidates for member in story.members), default=0)
    if wants.has_filter:
        including, excluding = (
            await find_phrases(db, wants.include, first),
            await find_phrases(db, wants.exclude, first),
        )
        shown = tuple(select_stories(candidates, wants, including=including, excluding=excluding))
    else:
        shown = tuple((candidate.story_id, candidate.best_id) for candidate in candidates)
    return Choice(shown, frozenset(story_id for story_id, _ in shown), first)


def to_candidates(rows: Iterable[Sequence[Any]]) -> tuple[Candidate, ...]:
    """Return candidates from rows of (story, best article, article, outlet, category), grouped by story."""
    return tuple(
        Candidate(story_id, best_id, tuple(Member(*row[2:]) for row in members))
        for (story_id, best_id), members in groupby(rows, key=lambda row: (row[0], row[1]))
    )


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The stories for equal requests, newest first, and the id of the oldest article of all candidates."""

    shown: tuple[Shown, ...]
    stories: frozenset[int]
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The stories of a digest, their total number, and the length of their summaries."""

    shown: tuple[Shown, ...]
    total: int
    length: Length


def plan(
    requests: Sequence[NewsRequest],
    wanted: Sequence[Choice],
    delivered: ByChat,
    folded: ByChat,
    limit: int,
) -> list[Plan]:
    """Return a plan for each request: the same object for chats with the same news."""
    shared: dict[tuple[object, ...], Plan] = {}
    plans = []
    for request, choice in zip(requests, wanted, strict=True):
        known = {story for _, story in delivered[request.chat_id]}
        hidden = choice.stories & known
        length = request.preferences.length
        # Folded alerts come first, regardless of the chat's preferences.
        alerts = (
            (story, article) for _, at, story, article in folded[request.chat_id] if to_moment(at) >= request.since
        )
        first = {story: article for story, article in alerts if story not in known}
        key = (id(choice), length, hidden, tuple(first))
        if key not in shared:
            rest = [pair for pair in choice.shown if pair[0] not in hidden and pair[0] not in first]
            shown = [*first.items(), *rest]
            shared[key] = Plan(tuple(shown[:limit]), len(shown), length)
        plans.append(shared[key])
    return plans


def shown_by_length(plans: Iterable[Plan]) -> dict[Length, list[Shown]]:
    """Return the stories to read for the plans, each once, by the length of their summaries."""
    shown: dict[Length, dict[Shown, None]] = {}
    for planned in plans:
        shown.setdefault(planned.length, {}).update(dict.fromkeys(planned.shown))
    return {length: list(pairs) for length, pairs in shown.items()}


def fill(plans: Sequence[Plan], items: Mapping[tuple[Length, int], NewsItem]) -> tuple[News, ...]:
    """Return the news of each plan, from items by length and article: the same object for the same plan."""
    made: dict[int, News] = {}
    for planned in plans:
        if id(planned) not in made:
            found = (items.get((planned.length, article_id)) for _, article_id in planned.shown)
            made[id(planned)] = News(tuple(item for item in found if item is not None), planned.total)
    return tuple(made[id(planned)] for planned in plans)
