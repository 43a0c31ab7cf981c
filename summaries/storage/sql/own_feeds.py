"""Feeds that chats added for themselves, their articles, and those for a digest.

Every statement that returns articles starts from the `chat_feeds` of one chat.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from summaries.digests.select import LISTED_WITHIN, choose_own_news
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
# Feeds whose chats all shut the bot out are left alone until one of these chats resumes.
CLAIM = """
SELECT * FROM own_feeds WHERE is_active AND (next_check_at <= %s OR next_check_at > %s::timestamptz)
    AND EXISTS (SELECT 1 FROM chat_feeds c WHERE c.feed_id = own_feeds.id AND NOT EXISTS
        (SELECT 1 FROM subscriptions s WHERE s.chat_id = c.chat_id AND s.quiet_since IS NOT NULL))
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
MARK = rows_with(chat_id="bigint", since="timestamptz")
OF_CHATS = f"SELECT c.chat_id, c.feed_id FROM {MARK} JOIN chat_feeds c ON c.chat_id = mark.chat_id"
FRESH = """
SELECT a.*, f.title AS feed FROM own_feed_articles a JOIN own_feeds f ON f.id = a.feed_id
    WHERE a.feed_id = ANY(%(feeds)s::bigint[]) AND ((a.added_at >= %(since)s AND a.dated_at >= %(dated_since)s)
        OR a.id = ANY(%(lost)s::bigint[])) ORDER BY a.dated_at DESC, a.id DESC
"""
# The articles in messages of the chats, and whether each was sent or is to be.
MESSAGES = f"""
SELECT p.chat_id, b.own_article_ids, p.state = 'sent' OR p.not_before IS NOT NULL AS is_sent
    FROM {MARK} JOIN outbox p ON p.chat_id = mark.chat_id AND p.created_at >= mark.since
    JOIN bodies b ON b.id = p.body_id WHERE cardinality(b.own_article_ids) > 0
"""


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

    @writes
    async def remove_all(self, db: Session, chat_id: int) -> None:
        await drop_feeds(db, chat_id)

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
    """Return the `most` newest articles of own feeds for each chat with new ones, by the chat's id.

    Each feed is read once for all its chats.
    """
    since = {request.chat_id: request.since for request in requests}
    marks = {"rows": to_json(since.items())}
    feeds: defaultdict[int, list[int]] = defaultdict(list)
    for row in await db.rows(OF_CHATS, marks):
        feeds[row["chat_id"]].append(row["feed_id"])
    if not feeds:
        return {}
    known: set[tuple[int, int]] = set()
    lost: set[tuple[int, int]] = set()
    for row in await db.rows(MESSAGES, marks):
        place = known if row["is_sent"] else lost
        place.update((row["chat_id"], article_id) for article_id in values.to_list(row["own_article_ids"]))
    first = min(since[chat_id] for chat_id in feeds)
    wanted = {
        "feeds": sorted({feed_id for owned in feeds.values() for feed_id in owned}),
        "since": first,
        "dated_since": first - LISTED_WITHIN,
        "lost": sorted({article_id for _, article_id in lost}),
    }
    fresh: defaultdict[int, list[tuple[datetime, OwnArticle]]] = defaultdict(list)
    for row in await db.rows(FRESH, wanted):
        fresh[row["feed_id"]].append((values.to_moment(row["added_at"]), to_own_article(row)))
    return choose_own_news(since, feeds, fresh, known, lost, most=most)


def make_key(url: str) -> str:
    """Return the key of an entry within its feed. An address may be longer than an index accepts."""
    return hashlib.sha256(canonicalize_url(url).encode("utf-8", "surrogatepass")).hexdigest()


def to_own_feed(row: Mapping[str, Any]) -> OwnFeed:
    return OwnFeed(row["id"], values.build(FoundOwnFeed, row), values.build(PollState, row))


def to_own_article(row: Row) -> OwnArticle:
    return OwnArticle(
        row["id"], row["feed"], row["url"], row["title"], row["summary"], values.to_moment(row["dated_at"])
    )
