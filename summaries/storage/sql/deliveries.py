"""Deliveries of digests: created when due, composed under a lease, sent through the outbox, and their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from summaries.digests.schedule import LATE_AFTER, is_late, make_missed_finder
from summaries.model import (
    CHECK_LEASE,
    NO_MARKS,
    CompositionResult,
    DeliveredStory,
    Delivery,
    DeliveryPart,
    DeliveryRecord,
    Outcome,
    Reason,
    SentDigest,
    Subscription,
)
from summaries.storage import values
from summaries.storage.sql.digest_candidates import DigestNews
from summaries.storage.sql.session import Row, Session, SqlStore, reads, rows_with, to_json, writes

NO_LEASE = "lease_until = NULL, is_claimed = false, lease_owner = NULL"
DUE = "SELECT * FROM subscriptions WHERE next_due_at <= %s ORDER BY next_due_at LIMIT %s FOR UPDATE SKIP LOCKED"
# The longest due get the lowest ids.
CREATE = f"""
INSERT INTO deliveries (chat_id, thread_id, zone, due_at, lease_until, created_at, outcome, reason, finished_at)
    SELECT s.chat_id, s.thread_id, s.zone, mark.due_at, CASE WHEN mark.reason IS NULL THEN mark.due_at END, %(now)s,
    CASE WHEN mark.reason IS NOT NULL THEN 'skipped' END, mark.reason,
    CASE WHEN mark.reason IS NOT NULL THEN %(now)s::timestamptz END
    FROM subscriptions s JOIN {rows_with(chat_id="bigint", due_at="timestamptz", reason="text")}
    ON s.chat_id = mark.chat_id WHERE true ORDER BY mark.due_at ON CONFLICT (chat_id, due_at) DO NOTHING
"""
SET_NEXT_DUE = f"""
UPDATE subscriptions SET next_due_at = mark.due_at
    FROM {rows_with(chat_id="bigint", due_at="timestamptz")} WHERE subscriptions.chat_id = mark.chat_id
"""
# A source that is due, or that is being checked, which its next check within the lease shows.
UNCHECKED = """
SELECT 1 FROM sources WHERE is_active AND (next_check_at IS NULL OR next_check_at <= %(lease_ends)s)
    AND (last_success_at IS NULL OR last_success_at < %(checked_from)s)
    AND (last_failure_at IS NULL OR last_failure_at < %(checked_from)s)
"""
# After an outage the digests are due before the news of that time is read. A clock that went back delays none.
CLAIM = f"""
WITH free AS (
    SELECT id FROM deliveries WHERE lease_until IS NOT NULL AND lease_until <= %(now)s
    AND (due_at >= %(late_before)s OR created_at <= %(checked_from)s OR created_at > %(now)s
        OR NOT EXISTS ({UNCHECKED}))
    ORDER BY lease_until, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE deliveries SET lease_until = %(lease_until)s, is_claimed = true, lease_owner = %(owner)s
    WHERE id IN (SELECT id FROM free) RETURNING id
"""
# The chat's present preferences.
WANTS = """
s.chat_id AS subscribed, s.topics, s.outlets, s.include_words, s.exclude_words, s.length, s.story_count, s.quiet,
    s.is_silent, s.skips_empty, s.story_order, s.regions, s.region_rule, s.tastes
"""
# Each delivery comes with the chat's last digest before it that was sent, and the first one between them that was
# skipped because it was late, and the chat's kind.
CLAIMED = f"""
WITH claimed AS (
    SELECT d.*, (SELECT p.due_at FROM deliveries p WHERE p.chat_id = d.chat_id AND p.due_at < d.due_at
        AND p.outcome = 'sent' ORDER BY p.due_at DESC LIMIT 1) AS previous
    FROM deliveries d WHERE d.id = ANY(%s::bigint[]) AND d.finished_at IS NULL)
SELECT d.id, d.chat_id, d.thread_id, d.zone, d.due_at, d.previous, c.language AS chosen_language,
    (SELECT min(p.due_at) FROM deliveries p WHERE p.chat_id = d.chat_id AND p.due_at < d.due_at
        AND p.due_at >= coalesce(d.previous, s.created_at) AND p.reason = 'late') AS missed_from,
    m.kind AS chat_kind, {WANTS}
    FROM claimed d LEFT JOIN subscriptions s ON s.chat_id = d.chat_id
    LEFT JOIN chat_settings c ON c.chat_id = d.chat_id
    LEFT JOIN chat_memberships m ON m.chat_id = d.chat_id ORDER BY d.due_at, d.id
"""
SENT = f"""
SELECT d.id, d.zone, d.due_at, {WANTS} FROM deliveries d LEFT JOIN subscriptions s ON s.chat_id = d.chat_id
    WHERE d.id = %s AND d.chat_id = %s
"""
PARTS = """
SELECT p.*, b.html, b.article_ids, b.own_article_ids, b.preview_url, b.marks
    FROM outbox p JOIN bodies b ON b.id = p.body_id
    WHERE p.delivery_id = ANY(%s::bigint[]) ORDER BY p.delivery_id, p.position
"""
# A delivery that another process has claimed by now, or that is finished, is left alone.
IS_MINE = "lease_until IS NOT NULL AND (NOT is_claimed OR lease_owner = %(owner)s)"
SAVE_COMPOSED = f"""
UPDATE deliveries SET is_composed = true, {NO_LEASE} WHERE id = ANY(%(ids)s::bigint[]) AND {IS_MINE} RETURNING id
"""
# The messages wait from the due time on, so that those that wait longest are sent first.
SAVE_PARTS = f"""
INSERT INTO outbox (kind, chat_id, delivery_id, position, body_id, not_before, created_at)
    SELECT 'digest', d.chat_id, d.id, mark.position, mark.body_id, d.due_at, %(now)s FROM deliveries d
    JOIN {rows_with(delivery_id="bigint", position="int", body_id="bigint")} ON mark.delivery_id = d.id
    ORDER BY d.due_at, d.id, mark.position
"""
SAVE_BODY = """
INSERT INTO bodies (hash, html, article_ids, own_article_ids, preview_url, created_at, marks)
    VALUES (%s, %s, %s::bigint[], %s::bigint[], %s, %s, %s)
    ON CONFLICT (hash) DO NOTHING
"""
# Locked, so that upkeep does not delete them as unused before this transaction ends.
BODIES = "SELECT id, hash FROM bodies WHERE hash IN ({hashes}) FOR KEY SHARE"
POSTPONE = f"""
UPDATE deliveries SET lease_until = %(until)s, is_claimed = false, lease_owner = NULL WHERE id = %(id)s AND {IS_MINE}
"""
SKIP = f"""
UPDATE deliveries SET outcome = 'skipped', reason = %(reason)s, finished_at = %(now)s, {NO_LEASE}
    WHERE id = %(id)s AND {IS_MINE}
"""
FINISHED = rows_with(id="bigint", outcome="text", reason="text", finished_at="timestamptz", owner="text")
HAS_UNDELIVERED = "EXISTS (SELECT 1 FROM outbox p WHERE p.delivery_id = deliveries.id AND p.state <> 'sent')"
FINISH = f"""
UPDATE deliveries SET outcome = mark.outcome, reason = mark.reason, finished_at = mark.finished_at, {NO_LEASE},
    has_undelivered = {HAS_UNDELIVERED} FROM {FINISHED}
    WHERE deliveries.id = mark.id AND (
        EXISTS (SELECT 1 FROM outbox p WHERE p.delivery_id = deliveries.id AND p.is_claimed
            AND p.lease_owner = mark.owner)
        OR (deliveries.lease_until IS NOT NULL AND (NOT deliveries.is_claimed OR deliveries.lease_owner = mark.owner)))
"""
CLOSE = f"""
UPDATE outbox SET not_before = NULL, is_claimed = false, lease_owner = NULL FROM {FINISHED}
    WHERE outbox.delivery_id = mark.id AND outbox.is_claimed AND outbox.lease_owner = mark.owner
"""
# When a chat stops its digest, open deliveries are not sent. A process that is sending one finishes it.
END_OPEN = (
    f"""
UPDATE deliveries SET outcome = %(outcome)s, reason = %(reason)s, finished_at = %(now)s, {NO_LEASE},
    has_undelivered = {HAS_UNDELIVERED} WHERE chat_id = %(chat_id)s AND finished_at IS NULL
""",
    """
UPDATE outbox SET not_before = NULL WHERE not_before IS NOT NULL AND NOT is_claimed
    AND delivery_id IN (SELECT id FROM deliveries WHERE chat_id = %(chat_id)s AND finished_at = %(now)s)
""",
)
RELEASE = "UPDATE deliveries SET lease_until = %(now)s, is_claimed = false, lease_owner = NULL WHERE is_claimed"
RELEASE_OWNERS = f"{RELEASE} AND lease_owner = ANY(%(owners)s)"
RELEASE_MESSAGES = """
UPDATE outbox SET not_before = %(now)s, is_claimed = false, lease_owner = NULL
    WHERE kind = 'digest' AND not_before IS NOT NULL AND is_claimed
"""
# None of its messages was sent, nor may one have been.
UNTOUCHED = """
finished_at IS NULL AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.delivery_id = deliveries.id
    AND (p.possible_copies > 0 OR p.state <> 'pending'))
"""
RECOMPOSE = (
    f"""
UPDATE deliveries SET is_composed = false,
    lease_until = (SELECT min(p.not_before) FROM outbox p WHERE p.delivery_id = deliveries.id)
    WHERE is_composed AND due_at < %(stale_before)s AND {UNTOUCHED}
""",
    """
DELETE FROM outbox WHERE delivery_id IN (SELECT id FROM deliveries WHERE finished_at IS NULL AND NOT is_composed)
""",
)
# After an outage a chat gets one digest: a later one replaces those of which nobody sends or composes anything now.
OLDER = f"""
{rows_with(chat_id="bigint", due_at="timestamptz")} WHERE deliveries.chat_id = mark.chat_id
    AND deliveries.due_at < mark.due_at AND {UNTOUCHED}
"""
REPLACE_OLDER = (
    f"""
UPDATE outbox SET not_before = NULL, is_claimed = false, lease_owner = NULL
    WHERE not_before IS NOT NULL AND (NOT is_claimed OR not_before <= %(now)s)
    AND delivery_id IN (SELECT deliveries.id FROM deliveries, {OLDER})
""",
    f"""
UPDATE deliveries SET outcome = 'skipped', reason = 'late', finished_at = %(now)s, {NO_LEASE},
    has_undelivered = {HAS_UNDELIVERED} FROM {OLDER} AND (NOT is_claimed OR lease_until <= %(now)s)
    AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.delivery_id = deliveries.id AND p.not_before IS NOT NULL)
""",
)
# A delivery that was skipped, or only created, for an hour that is in the future again is due again at that hour.
TAKE_BACK = f"""
DELETE FROM deliveries WHERE due_at > %(now)s AND NOT is_claimed
    AND ((outcome = 'skipped' AND reason IN ('late', 'empty')) OR ({UNTOUCHED} AND NOT EXISTS
        (SELECT 1 FROM outbox c WHERE c.delivery_id = deliveries.id AND c.is_claimed)))
"""
WAIT_LESS = (
    """
UPDATE deliveries SET lease_until = CASE WHEN is_claimed THEN %(lease_until)s ELSE %(now)s END
    WHERE lease_until > CASE WHEN is_claimed THEN %(lease_until)s ELSE %(now)s END
""",
    """
UPDATE outbox SET not_before = CASE WHEN is_claimed THEN %(lease_until)s ELSE %(now)s END
    WHERE kind = 'digest' AND not_before > CASE WHEN is_claimed THEN %(lease_until)s ELSE %(now)s END
""",
)
HISTORY = """
SELECT d.chat_id, d.due_at, d.zone, d.outcome, d.reason, d.finished_at,
    coalesce(d.lease_until, min(p.not_before)) AS waits_until, count(p.id) AS messages,
    count(*) FILTER (WHERE p.state = 'sent') AS sent, max(p.error) AS error,
    coalesce(sum(cardinality(b.article_ids) + cardinality(b.own_article_ids)) FILTER (WHERE p.state = 'sent'), 0)
    AS stories
    FROM (SELECT * FROM deliveries WHERE {condition} ORDER BY due_at DESC, id DESC LIMIT %(limit)s) d
    LEFT JOIN outbox p ON p.delivery_id = d.id LEFT JOIN bodies b ON b.id = p.body_id
    GROUP BY d.id, d.chat_id, d.due_at, d.zone, d.outcome, d.reason, d.finished_at, d.lease_until
    ORDER BY d.due_at DESC, d.id DESC
"""
LAST_SENT = """
FROM (SELECT id FROM deliveries WHERE chat_id = %(chat_id)s AND outcome = 'sent' ORDER BY due_at DESC LIMIT 1) d
    JOIN outbox p ON p.delivery_id = d.id AND p.state = 'sent' JOIN bodies b ON b.id = p.body_id
"""
SENT_ARTICLES = f"SELECT b.article_ids, b.marks {LAST_SENT} ORDER BY p.position"
LAST_STORIES = f"""
SELECT m.article_id AS shown, p.created_at, s.article_id, a.title, s.outlet, s.category, s.dated_at, a.text
    {LAST_SENT}
    JOIN story_articles m ON m.article_id = ANY (b.article_ids)
    JOIN story_articles s ON s.story_id = m.story_id AND (s.added_at <= p.created_at OR s.article_id = m.article_id)
    JOIN articles a ON a.id = s.article_id ORDER BY s.dated_at, s.article_id
"""
ADD_DELIVERED = """
INSERT INTO delivered_articles (chat_id, article_id, delivered_at)
    SELECT %(chat_id)s::bigint, s.article_id, %(now)s FROM story_articles s
    WHERE s.article_id = ANY (%(shown)s::bigint[]) AND NOT EXISTS (
        SELECT 1 FROM story_articles o JOIN delivered_articles d ON d.article_id = o.article_id
        WHERE o.story_id = s.story_id AND d.chat_id = %(chat_id)s)
    ORDER BY 2 ON CONFLICT DO NOTHING
"""
LEDGER = {
    "chat_id": "chat_id = %(chat_id)s",
    "outcome": "outcome = %(outcome)s",
    "since": "due_at >= %(since)s",
    "until": "due_at < %(until)s",
}


class DeliveryRows(SqlStore):
    """Implements `ports.DeliveryStore`."""

    @writes
    async def create_due(
        self, db: Session, *, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
    ) -> int:
        due = await db.rows(DUE, [now, limit])
        if not due:
            return 0
        missed_times = make_missed_finder(now)
        created: list[tuple[int, datetime, str | None]] = []
        late: list[tuple[int, datetime]] = []
        moments = []
        for row in due:
            chat_id, subscription = row["chat_id"], values.to_subscription(row)
            *skipped, latest = missed_times(subscription, values.to_moment(row["next_due_at"]))
            created += [(chat_id, due_at, Reason.LATE.value) for due_at in skipped]
            created.append((chat_id, latest, None))
            if is_late(latest, now):
                late.append((chat_id, latest))
            moments.append((chat_id, next_due(subscription)))
        for statement in REPLACE_OLDER if late else ():
            await db.run(statement, {"now": now, "rows": to_json(late)})
        await db.run(CREATE, {"now": now, "rows": to_json(created)})
        await db.run(SET_NEXT_DUE, {"rows": to_json(moments)})
        return len(due)

    @writes
    async def claim(
        self, db: Session, *, now: datetime, lease_until: datetime, limit: int, patience: timedelta = timedelta()
    ) -> tuple[Delivery, ...]:
        wanted = {
            "now": now,
            "lease_until": lease_until,
            "limit": limit,
            "owner": self.database.owner,
            "late_before": now - LATE_AFTER,
            "checked_from": now - patience,
            "lease_ends": now + CHECK_LEASE,
        }
        claimed = await db.rows(CLAIM, wanted)
        return await read_deliveries(db, {row["id"] for row in claimed}, lease_until, are_composed=False)

    def open_news(self) -> DigestNews:
        return DigestNews(self.database)

    @writes
    async def save_composed(self, db: Session, composed: CompositionResult, *, now: datetime) -> None:
        owner = self.database.owner
        ids = [delivery_id for _, delivery_ids in composed.rendered for delivery_id in delivery_ids]
        mine = {row["id"] for row in await db.rows(SAVE_COMPOSED, {"ids": ids, "owner": owner})}
        bodies = await save_bodies(db, [part for parts, _ in composed.rendered for part in parts], now)
        rows: list[tuple[int, int, int]] = []
        for parts, delivery_ids in composed.rendered:
            for part in parts:
                body_id = bodies[values.body_hash(part)]
                rows += [(delivery_id, part.position, body_id) for delivery_id in delivery_ids if delivery_id in mine]
        await db.run(SAVE_PARTS, {"rows": to_json(rows), "now": now})
        await db.run_many(POSTPONE, [{"id": row, "until": until, "owner": owner} for row, until in composed.postponed])
        await db.run_many(
            SKIP,
            [{"id": row, "reason": reason.value, "now": now, "owner": owner} for row, reason in composed.skipped],
        )

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime, reason: Reason | None = None) -> None:
        row = (delivery_id, outcome.value, reason.value if reason else None, now, self.database.owner)
        await self.database.share_run((FINISH, CLOSE), row)

    @writes
    async def release(self, db: Session, *, now: datetime, stale_before: datetime) -> int:
        released = await db.run(RELEASE, {"now": now}) + await db.run(RELEASE_MESSAGES, {"now": now})
        for statement in RECOMPOSE:
            await db.run(statement, {"stale_before": stale_before})
        return released

    async def latest_created_at(self) -> datetime | None:
        found = await self.database.value("SELECT created_at FROM deliveries ORDER BY id DESC LIMIT 1")
        return values.to_optional_moment(found)

    @writes
    async def repair_after_clock_rollback(
        self, db: Session, *, now: datetime, lease_until: datetime, next_due: Callable[[Subscription], datetime | None]
    ) -> int:
        changed = await db.run(TAKE_BACK, {"now": now})
        for statement in WAIT_LESS:
            changed += await db.run(statement, {"now": now, "lease_until": lease_until})
        moved = []
        for row in await db.rows("SELECT * FROM subscriptions WHERE next_due_at > %s FOR UPDATE", [now]):
            due_at = next_due(values.to_subscription(row))
            if due_at is not None and due_at < values.to_moment(row["next_due_at"]):
                moved.append((row["chat_id"], due_at))
        await db.run(SET_NEXT_DUE, {"rows": to_json(moved)})
        return changed + len(moved)

    async def history(self, chat_id: int, *, limit: int) -> tuple[DeliveryRecord, ...]:
        found = await self.ledger(chat_id=chat_id, limit=limit)
        return tuple(record for _, record in found)

    @reads
    async def find_sent(self, db: Session, chat_id: int, delivery_id: int) -> SentDigest | None:
        found = await db.row(SENT, [delivery_id, chat_id])
        parts = await db.rows(PARTS, [[delivery_id]]) if found else ()
        parts = [part for part in parts if not values.to_list(part["own_article_ids"])]
        return values.to_sent_digest(found, parts) if found and parts else None

    async def add_delivered(self, chat_id: int, article_ids: Collection[int], *, now: datetime) -> bool:
        added = {"chat_id": chat_id, "shown": list(article_ids), "now": now}
        return await self.database.run(ADD_DELIVERED, added) > 0

    @reads
    async def last_stories(self, db: Session, chat_id: int) -> tuple[DeliveredStory, ...]:
        wanted = {"chat_id": chat_id}
        parts = await db.rows(SENT_ARTICLES, wanted)
        sent = [article for row in parts for article in values.to_list(row["article_ids"])]
        marks = dict(mark for row in parts for mark in values.read_marks(row["marks"]))
        by_story: dict[int, list[Row]] = {}
        for row in await db.rows(LAST_STORIES, wanted):
            by_story.setdefault(row["shown"], []).append(row)
        # An article may have been deleted since.
        return tuple(
            values.to_delivered_story(article, by_story[article], marks.get(article, NO_MARKS))
            for article in sent
            if article in by_story
        )

    async def ledger(
        self,
        *,
        limit: int,
        chat_id: int | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[tuple[int, DeliveryRecord], ...]:
        wanted = {"chat_id": chat_id, "outcome": outcome, "since": since, "until": until}
        condition = " AND ".join(LEDGER[name] for name, value in wanted.items() if value is not None) or "true"
        found = await self.database.rows(HISTORY.format(condition=condition), wanted | {"limit": limit})
        return tuple((row["chat_id"], values.build(DeliveryRecord, row)) for row in found)


async def read_deliveries(
    db: Session, ids: Collection[int], lease_until: datetime, *, are_composed: bool = True
) -> tuple[Delivery, ...]:
    """Return claimed deliveries, longest due first, with their messages if they are composed."""
    if not ids:
        return ()
    parts: dict[int, list[Row]] = {}
    for row in await db.rows(PARTS, [list(ids)]) if are_composed else ():
        parts.setdefault(row["delivery_id"], []).append(row)
    found = await db.rows(CLAIMED, [list(ids)])
    return tuple(values.to_delivery(row, parts.get(row["id"], ()), lease_until) for row in found)


async def save_bodies(db: Session, parts: Iterable[DeliveryPart], now: datetime) -> dict[bytes, int]:
    """Store the texts, articles and previews of messages, each once; return their ids by hash."""
    # Sorted, so that two writers cannot wait for each other.
    by_hash = sorted({values.body_hash(part): part for part in parts}.items())
    if not by_hash:
        return {}
    rows = [
        [
            key,
            part.html,
            list(part.article_ids),
            list(part.own_article_ids),
            part.preview_url,
            now,
            values.plain_marks(part.marks),
        ]
        for key, part in by_hash
    ]
    await db.run_many(SAVE_BODY, rows)
    found = await db.rows(BODIES.format(hashes=", ".join(["%s"] * len(by_hash))), [key for key, _ in by_hash])
    return {bytes(row["hash"]): row["id"] for row in found}


async def end_open(db: Session, chat_id: int, now: datetime) -> None:
    """End the chat's open deliveries: it stopped its digest."""
    stopped = {"outcome": Outcome.SKIPPED.value, "reason": Reason.STOPPED.value, "now": now, "chat_id": chat_id}
    for statement in END_OPEN:
        await db.run(statement, stopped)
