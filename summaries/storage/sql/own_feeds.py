"""Feeds that chats added for themselves, their articles, and those for a digest.

Every statement that returns articles starts from the `chat_feeds` of one chat.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from summaries.model import (
    FeedLimit,
    FeedLimits,
    FoundOwnFeed,
    NewsRequest,
    OwnArticle,
    OwnEntry,
    OwnFeed,
    OwnNews,
    OwnPage,
    PollState,
)
from summaries.storage import values
from summaries.storage.search_rules import clamp_page
from summaries.storage.sql.session import (
    Row,
    Session,
    SqlStore,
    assignments,
    insertion,
    reads,
    rows_with,
    to_json,
    writes,
)
from summaries.urls import canonicalize_url, get_registrable_domain

# The name of the lock under which feeds are added and deleted.
FEEDS = "own feeds"
OF_CHAT = """
SELECT f.* FROM chat_feeds c JOIN own_feeds f ON f.id = c.feed_id WHERE c.chat_id = %s ORDER BY c.added_at, f.id
"""
SWITCH_ON = """
UPDATE own_feeds SET is_active = true, failures_in_a_row = 0, next_check_at = %s WHERE id = %s AND NOT is_active
"""
DROP_UNUSED = """
DELETE FROM own_feeds WHERE id = ANY(%s::bigint[]) AND NOT EXISTS
    (SELECT 1 FROM chat_feeds c WHERE c.feed_id = own_feeds.id)
"""
CLAIM = """
SELECT * FROM own_feeds WHERE is_active AND (next_check_at <= %s OR next_check_at > %s::timestamptz)
    ORDER BY next_check_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
ARTICLES = """
SELECT a.*, f.title AS feed FROM chat_feeds c JOIN own_feeds f ON f.id = c.feed_id
    JOIN own_feed_articles a ON a.feed_id = f.id
"""
PAGE = f"{ARTICLES} WHERE c.chat_id = %s ORDER BY a.dated_at DESC, a.id DESC LIMIT %s OFFSET %s"
COUNT = """
SELECT count(*) FROM chat_feeds c JOIN own_feed_articles a ON a.feed_id = c.feed_id WHERE c.chat_id = %s
"""
ADD = f"""
{insertion("own_feed_articles", ["feed_id", "key", "url", "title", "summary", "dated_at", "added_at"])}
    ON CONFLICT (feed_id, key) DO NOTHING
"""
DROP_OLD = """
DELETE FROM own_feed_articles WHERE feed_id = %(feed)s AND id IN
    (SELECT id FROM own_feed_articles WHERE feed_id = %(feed)s ORDER BY dated_at DESC, id DESC
        LIMIT 1000 OFFSET %(kept)s)
"""
# The articles of each chat that are new since its last digest, except those in a message that was sent or is to be.
FRESH = f"""
SELECT c.chat_id, a.*, f.title AS feed
    FROM {rows_with(chat_id="bigint", since="timestamptz", dated_since="timestamptz")}
    JOIN chat_feeds c ON c.chat_id = mark.chat_id JOIN own_feeds f ON f.id = c.feed_id
    JOIN own_feed_articles a ON a.feed_id = f.id AND a.added_at >= mark.since AND a.dated_at >= mark.dated_since
    WHERE NOT EXISTS (SELECT 1 FROM outbox p JOIN bodies b ON b.id = p.body_id
        WHERE p.chat_id = c.chat_id AND p.created_at >= mark.since AND (p.state = 'sent' OR p.not_before IS NOT NULL)
        AND a.id = ANY (b.own_article_ids))
    ORDER BY a.dated_at DESC, a.id DESC
"""
# Feeds list entries hours after their date, and older ones when they are added.
LISTED_WITHIN = timedelta(days=1)


class OwnFeedRows(SqlStore):
    """Implements `ports.OwnFeedStore`."""

    @writes
    async def add(
        self, db: Session, chat_id: int, found: FoundOwnFeed, *, limits: FeedLimits, now: datetime
    ) -> OwnFeed | FeedLimit:
        await db.lock_for_bot(FEEDS)
        stored = await db.row("SELECT * FROM own_feeds WHERE url = %s", [found.url])
        owned = {row["id"] for row in await db.rows(OF_CHAT, [chat_id])}
        if stored is None or stored["id"] not in owned:
            if len(owned) >= limits.per_chat:
                return FeedLimit.CHAT
            if stored is None and (reached := await find_limit(db, found, limits)) is not None:
                return reached
        feed_id = int(stored["id"]) if stored else await insert(db, found, now)
        await db.run(SWITCH_ON, [now, feed_id])
        row = {"chat_id": chat_id, "feed_id": feed_id, "added_at": now}
        await db.run(f"{insertion('chat_feeds', row)} ON CONFLICT (chat_id, feed_id) DO NOTHING", row)
        (feed,) = map(to_own_feed, await db.rows("SELECT * FROM own_feeds WHERE id = %s", [feed_id]))
        return feed

    async def of_chat(self, chat_id: int) -> tuple[OwnFeed, ...]:
        return tuple(map(to_own_feed, await self.database.rows(OF_CHAT, [chat_id])))

    @writes
    async def remove(self, db: Session, chat_id: int, feed_id: int) -> bool:
        await db.lock_for_bot(FEEDS)
        removed = await db.run("DELETE FROM chat_feeds WHERE chat_id = %s AND feed_id = %s", [chat_id, feed_id])
        await db.run(DROP_UNUSED, [[feed_id]])
        return removed > 0

    @reads
    async def list_page(self, db: Session, chat_id: int, *, number: int, size: int) -> OwnPage:
        total = int(await db.value(COUNT, [chat_id]))
        number = clamp_page(number, total, size)
        found = await db.rows(PAGE, [chat_id, size, number * size])
        return OwnPage(tuple(map(to_own_article, found)), number, total, size)

    @writes
    async def claim_due(
        self, db: Session, *, now: datetime, lease_until: datetime, limit: int, latest: datetime
    ) -> tuple[OwnFeed, ...]:
        due = await db.rows(CLAIM, [now, latest, limit])
        await db.run(
            "UPDATE own_feeds SET next_check_at = %s WHERE id = ANY(%s::bigint[])",
            [lease_until, [row["id"] for row in due]],
        )
        return tuple(map(to_own_feed, due))

    async def list_new(self, feed_id: int, urls: Sequence[str]) -> frozenset[str]:
        by_key = {make_key(url): url for url in urls}
        found = await self.database.rows(
            "SELECT key FROM own_feed_articles WHERE feed_id = %s AND key = ANY(%s::text[])", [feed_id, list(by_key)]
        )
        return frozenset(by_key.values()) - {by_key[row["key"]] for row in found}

    @writes
    async def record(
        self, db: Session, feed_id: int, state: PollState, entries: Sequence[OwnEntry], *, kept: int, now: datetime
    ) -> int:
        columns = asdict(state) | {"id": feed_id}
        if not await db.run(f"UPDATE own_feeds SET {assignments(asdict(state))} WHERE id = %(id)s", columns):
            return 0
        added = 0
        for entry in entries:
            row = {
                "feed_id": feed_id,
                "key": make_key(entry.url),
                "url": entry.url,
                "title": entry.title,
                "summary": entry.summary,
                "dated_at": entry.dated_at or now,
                "added_at": now,
            }
            added += await db.run(ADD, row)
        if added:
            await db.run(DROP_OLD, {"feed": feed_id, "kept": kept})
        return added


async def find_limit(db: Session, found: FoundOwnFeed, limits: FeedLimits) -> FeedLimit | None:
    """Return the limit that keeps a new feed from being added, or None."""
    if int(await db.value("SELECT count(*) FROM own_feeds")) >= limits.in_all:
        return FeedLimit.ALL
    host = get_registrable_domain(found.url)
    of_host = int(await db.value("SELECT count(*) FROM own_feeds WHERE host = %s", [host]))
    return FeedLimit.HOST if limits.per_host is not None and of_host >= limits.per_host else None


async def insert(db: Session, found: FoundOwnFeed, now: datetime) -> int:
    """Add the feed, which is due now, and return its id."""
    row = {
        "url": found.url,
        "site": found.site,
        "host": get_registrable_domain(found.url),
        "title": found.title,
        "next_check_at": now,
        "added_at": now,
    }
    return int(await db.value(f"{insertion('own_feeds', row)} RETURNING id", row))


async def drop_feeds(db: Session, chat_id: int) -> int:
    """Take all feeds from the chat, and return how many there were."""
    await db.lock_for_bot(FEEDS)
    found = [row["id"] for row in await db.rows(OF_CHAT, [chat_id])]
    count = await db.run("DELETE FROM chat_feeds WHERE chat_id = %s", [chat_id])
    await db.run(DROP_UNUSED, [found])
    return count


async def choose_own(db: Session, requests: Sequence[NewsRequest], most: int) -> dict[int, OwnNews]:
    """Return the `most` newest articles of own feeds for each chat with new ones, by the chat's id."""
    marks = [(request.chat_id, request.since, request.since - LISTED_WITHIN) for request in requests]
    found: defaultdict[int, list[OwnArticle]] = defaultdict(list)
    for row in await db.rows(FRESH, {"rows": to_json(marks)}):
        found[row["chat_id"]].append(to_own_article(row))
    news = {chat_id: OwnNews(take_turns(articles, most), len(articles)) for chat_id, articles in found.items()}
    # Chats with the same articles get the same object, which is rendered once.
    shared: dict[OwnNews, OwnNews] = {}
    return {chat_id: shared.setdefault(own, own) for chat_id, own in news.items()}


def take_turns(articles: Iterable[OwnArticle], most: int) -> tuple[OwnArticle, ...]:
    """Return the `most` newest articles, but as many of each feed as possible, so that no feed crowds out another."""
    place: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for article in articles:
        ranked.append((place[article.feed], article))
        place[article.feed] += 1
    chosen = sorted(ranked, key=lambda one: one[0])[:most]
    return tuple(sorted((article for _, article in chosen), key=lambda one: (one.dated_at, one.id), reverse=True))


def make_key(url: str) -> str:
    """Return the key of an entry within its feed. An address may be longer than an index accepts."""
    return hashlib.sha256(canonicalize_url(url).encode("utf-8", "surrogatepass")).hexdigest()


def to_own_feed(row: Row) -> OwnFeed:
    return OwnFeed(row["id"], values.build(FoundOwnFeed, row), values.build(PollState, row))


def to_own_article(row: Row) -> OwnArticle:
    return OwnArticle(
        row["id"], row["feed"], row["url"], row["title"], row["summary"], values.to_moment(row["dated_at"])
    )
