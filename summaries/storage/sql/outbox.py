"""The outbox: every message that the bot sends unasked, from its claim to its outcome.

A row is open while `not_before` is set. Claiming it moves `not_before` to the end of the lease, which also identifies
the claim: `mark_sending` refuses a message whose lease is not the one that was given out. Concurrent claimers skip rows
that another one has locked instead of waiting (SKIP LOCKED).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from summaries.errors import LeaseLost
from summaries.model import (
    AlertBatch,
    BroadcastMessage,
    ChatRef,
    Delivery,
    Length,
    MessageKind,
    OutboxMessage,
    PartState,
    WarningMessage,
)
from summaries.storage import values
from summaries.storage.sql.deliveries import read_deliveries
from summaries.storage.sql.follows import consider_overtaken, read_developments
from summaries.storage.sql.hazards import read_settings, to_hazard
from summaries.storage.sql.news import read_items
from summaries.storage.sql.session import Row, Session, SqlStore, rows_with, to_json, writes
from summaries.storage.sql.watches import WATCHES, to_watch

LEASE = "not_before = %(lease_until)s, is_claimed = true, lease_owner = %(owner)s"
FREE = "is_claimed = false, lease_owner = NULL"
CLAIM = f"UPDATE outbox SET {LEASE} WHERE id = ANY(%(ids)s::bigint[])"
# A delivery is claimed by its first message, with all the others. Its messages stay open until it is finished.
CLAIM_DIGESTS = f"""
WITH due AS (
    SELECT delivery_id FROM outbox WHERE kind = 'digest' AND not_before <= %(now)s AND position = 0
    AND id <> ALL(%(excluding)s::bigint[]) ORDER BY not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE outbox SET {LEASE} FROM due WHERE outbox.delivery_id = due.delivery_id RETURNING outbox.delivery_id
"""
CLOSE_DELIVERIES = f"UPDATE outbox SET not_before = NULL, {FREE} WHERE delivery_id = ANY(%s::bigint[])"
# The index of due messages holds the first of each kind; `ORDER BY` makes PostgreSQL read it.
DUE_ALERTS = "kind = 'alert' AND position = 0 AND not_before <= %(now)s"
IS_ALERT_DUE = f"SELECT 1 FROM outbox WHERE {DUE_ALERTS} ORDER BY not_before, id LIMIT 1"
# While an alert waited for its turn or for the end of quiet hours, a digest covered its story, or it was hidden.
DROP_COVERED = """
UPDATE outbox SET state = 'folded', not_before = NULL WHERE id IN (
    SELECT id FROM outbox w WHERE kind = 'alert' AND position = 0 AND not_before <= %s
    AND state = 'pending' AND possible_copies = 0 AND spans IS NULL AND (EXISTS (
        SELECT 1 FROM story_articles mine JOIN story_articles other ON other.story_id = mine.story_id
        JOIN delivered_articles t ON t.chat_id = w.chat_id AND t.article_id = other.article_id
        WHERE mine.article_id = w.article_id)
    OR EXISTS (
        SELECT 1 FROM story_articles mine JOIN stories t ON t.id = mine.story_id
        WHERE mine.article_id = w.article_id AND t.is_hidden))
    FOR UPDATE SKIP LOCKED)
"""
# One message for each chat: the oldest alert decides which watch it is for.
NEXT_ALERTS = f"""
SELECT watch_id, id, possible_copies FROM outbox WHERE id IN (
    SELECT min(id) FROM outbox WHERE {DUE_ALERTS} GROUP BY chat_id) AND {DUE_ALERTS}
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
# Alerts that may have arrived are not mixed with those that did not.
ALERTS_OF_WATCH = """
SELECT a.id, s.story_id, t.article_id AS best_id, a.spans, a.attempts, a.server_errors FROM outbox a
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE a.watch_id = %(watch_id)s AND a.id >= %(id)s AND a.not_before <= %(now)s
    AND a.possible_copies = %(possible_copies)s
    ORDER BY a.id LIMIT %(max_items)s FOR UPDATE OF a SKIP LOCKED
"""
DUE_BROADCASTS = """
SELECT o.id, o.broadcast_id, o.chat_id, o.thread_id, b.html, o.attempts, o.possible_copies, o.server_errors
    FROM outbox o JOIN broadcasts b ON b.id = o.broadcast_id WHERE o.kind = 'broadcast' AND o.position = 0
    AND o.not_before <= %(now)s
    ORDER BY o.not_before, o.id LIMIT %(limit)s FOR UPDATE OF o SKIP LOCKED
"""
# A warning that is over is sent to nobody. One that was sent is edited nevertheless.
DROP_OVER = f"""
UPDATE outbox SET state = CASE WHEN possible_copies > 0 THEN 'uncertain' ELSE 'dropped' END, not_before = NULL, {FREE}
    WHERE kind = 'warning' AND position = 0 AND not_before <= %(now)s AND state <> 'sent'
    AND EXISTS (SELECT 1 FROM hazards h WHERE h.id = outbox.hazard_id AND (h.is_cancelled OR h.expires_at <= %(now)s))
"""
DUE = "AND position = 0 AND not_before <= %(now)s ORDER BY not_before, id LIMIT"
IS_WARNING_DUE = f"SELECT 1 FROM outbox WHERE kind = 'warning' {DUE} 1"
DUE_WARNINGS = f"""
SELECT id, hazard_id, chat_id, thread_id, state, message_id, attempts, possible_copies, server_errors
    FROM outbox WHERE kind = 'warning' {DUE} %(limit)s FOR UPDATE SKIP LOCKED
"""
# The version that an edit shows is known when it ends.
CLAIM_WARNINGS = f"""
UPDATE outbox SET {LEASE}, shown_version = CASE WHEN state = 'sent' THEN shown_version ELSE
    (SELECT h.version FROM hazards h WHERE h.id = outbox.hazard_id) END WHERE id = ANY(%(ids)s::bigint[])
"""
OPEN_AGAIN = "not_before = CASE WHEN {shown} < outbox.wanted_version THEN {now} END"
MARK_EDITING = """
UPDATE outbox SET attempts = attempts + 1, not_before = %(until)s
    WHERE id = %(id)s AND not_before = %(lease_until)s AND lease_owner = %(owner)s
"""
# The message shows this version now, even if another process has claimed it meanwhile.
MARK_EDITED = f"""
UPDATE outbox SET shown_version = %(version)s, attempts = 0, error = %(error)s, {FREE},
    {OPEN_AGAIN.format(shown="%(version)s", now="%(now)s::timestamptz")} WHERE id = %(id)s
"""
DROP = f"""
UPDATE outbox SET state = CASE WHEN possible_copies > 0 THEN 'uncertain' ELSE 'dropped' END, not_before = NULL, {FREE}
    WHERE id = ANY(%(ids)s::bigint[]) AND not_before IS NOT NULL AND lease_owner = %(owner)s AND state <> 'sent'
"""
SUBSCRIPTIONS = "SELECT * FROM subscriptions WHERE chat_id = ANY(%s::bigint[])"
LANGUAGES = "SELECT chat_id, language FROM chat_settings WHERE chat_id = ANY(%s::bigint[])"
# The counts are those of the claim, so that a repetition, whose result was lost with the connection, counts once.
SENDING = rows_with(
    id="bigint", lease_until="timestamptz", until="timestamptz", owner="text", attempts="int", possible_copies="int"
)
MARK_SENDING = f"""
UPDATE outbox SET state = 'sending', attempts = mark.attempts + 1, possible_copies = mark.possible_copies + 1,
    not_before = mark.until FROM {SENDING}
    WHERE outbox.id = mark.id AND outbox.lease_owner = mark.owner
    AND outbox.not_before IN (mark.lease_until, mark.until) RETURNING outbox.id
"""
SENT = rows_with(id="bigint", message_id="bigint", sent_at="timestamptz")
MARK_SENT = f"""
UPDATE outbox SET state = 'sent', message_id = mark.message_id, sent_at = mark.sent_at, error = NULL{{closed}}
    FROM {SENT} WHERE outbox.id = mark.id
"""
CLOSED = f", not_before = NULL, {FREE}"
PART_SENT, SINGLE_SENT = MARK_SENT.format(closed=""), MARK_SENT.format(closed=CLOSED)
# A warning that was revised meanwhile is to be edited.
WARNING_SENT = MARK_SENT.format(
    closed=f", {FREE}, {OPEN_AGAIN.format(shown='outbox.shown_version', now='mark.sent_at')}, attempts = 0"
)
# The last message of a delivery finishes it, unless the delivery has another lease by now. No statement depends on the
# others: in PostgreSQL each reads the state before the first, in which this message is still being sent.
LAST = rows_with(id="bigint", message_id="bigint", sent_at="timestamptz", lease_until="timestamptz", owner="text")
IS_CLAIMED = "o.not_before = mark.lease_until AND o.lease_owner = mark.owner"
OTHER = "SELECT 1 FROM outbox p WHERE p.delivery_id = deliveries.id AND p.id <> mark.id AND p.state <> 'sent'"
LAST_FINISHED = f"""
UPDATE deliveries SET outcome = CASE WHEN EXISTS ({OTHER} AND p.possible_copies > 0) THEN 'unknown' ELSE 'sent' END,
    reason = NULL, finished_at = mark.sent_at, has_undelivered = EXISTS ({OTHER})
    FROM {LAST} JOIN outbox o ON o.id = mark.id WHERE deliveries.id = o.delivery_id AND {IS_CLAIMED}
"""
OTHERS_CLOSED = f"""
UPDATE outbox SET {FREE}, not_before = NULL FROM {LAST} JOIN outbox o ON o.id = mark.id
    WHERE outbox.delivery_id = o.delivery_id AND outbox.id <> o.id AND {IS_CLAIMED}
"""
LAST_SENT = f"""
UPDATE outbox SET state = 'sent', message_id = mark.message_id, sent_at = mark.sent_at, error = NULL,
    not_before = CASE WHEN o.id IS NULL THEN outbox.not_before END, is_claimed = o.id IS NULL AND outbox.is_claimed,
    lease_owner = CASE WHEN o.id IS NULL THEN outbox.lease_owner END
    FROM {LAST} LEFT JOIN outbox o ON o.id = mark.id AND {IS_CLAIMED} WHERE outbox.id = mark.id
"""
# The articles in the text, one for each story. Recorded twice, they count once.
DIGEST_DELIVERED = f"""
INSERT INTO delivered_articles (chat_id, article_id, delivered_at)
    SELECT o.chat_id, s.article_id, mark.sent_at FROM {SENT}
    JOIN outbox o ON o.id = mark.id JOIN bodies b ON b.id = o.body_id
    JOIN story_articles s ON s.article_id = ANY (b.article_ids) WHERE true ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
ALERTS_DELIVERED = """
INSERT INTO delivered_articles (chat_id, article_id, delivered_at)
    SELECT %(chat_id)s::bigint, s.article_id, %(now)s FROM story_articles s
    WHERE s.article_id = ANY (%(shown)s::bigint[]) ORDER BY 2 ON CONFLICT DO NOTHING
"""
DELAY_ALERTS = f"""
UPDATE outbox SET not_before = %(later)s, {FREE} WHERE kind = 'alert' AND state = 'pending' AND not_before < %(later)s
    AND chat_id = %(chat_id)s AND article_id IS NOT NULL
"""
# Only a message that is being sent: recorded twice, the outcome counts once.
MARK_UNSENT = """
UPDATE outbox SET possible_copies = possible_copies - %(fewer)s, server_errors = server_errors + %(server_errors)s,
    state = %(state)s, error = %(error)s{closed}
    WHERE id = ANY(%(ids)s::bigint[]) AND state = 'sending'
"""
# The time counts for the pause between alerts, and brings an alert's story into the next digest.
MARK_UNKNOWN = f"""
UPDATE outbox SET state = 'uncertain', sent_at = %(now)s{CLOSED} WHERE id = ANY(%(ids)s::bigint[])
    AND not_before IS NOT NULL AND lease_owner = %(owner)s
"""
# A warning whose event was revised since it was claimed is considered at once.
POSTPONE = f"""
UPDATE outbox SET not_before = CASE WHEN shown_version < wanted_version AND state <> 'sent' THEN created_at
    ELSE %(until)s END, {FREE} WHERE id = ANY(%(ids)s::bigint[]) AND not_before IS NOT NULL
    AND (NOT is_claimed OR lease_owner = %(owner)s)
"""
RELEASE = f"""
UPDATE outbox SET not_before = CASE WHEN not_before < %(now)s THEN not_before ELSE %(now)s END, {FREE}
    WHERE kind = %(kind)s AND not_before IS NOT NULL AND (is_claimed OR state = 'sending')
"""
RELEASE_OWNERS = f"""
UPDATE outbox SET not_before = CASE WHEN not_before < %(now)s THEN not_before ELSE %(now)s END, {FREE}
    WHERE not_before IS NOT NULL AND is_claimed AND lease_owner = ANY(%(owners)s)
"""
REALIGN = """
UPDATE outbox SET not_before = CASE WHEN is_claimed THEN %(claimed)s ELSE %(waiting)s END
    WHERE kind = %(kind)s AND not_before > CASE WHEN is_claimed THEN %(claimed)s ELSE %(waiting)s END
"""


class OutboxRows(SqlStore):
    """Implements `ports.OutboxStore`."""

    @writes
    async def claim_digests(
        self, db: Session, *, now: datetime, lease_until: datetime, limit: int, excluding: Collection[int] = ()
    ) -> tuple[Delivery, ...]:
        wanted = {
            "now": now,
            "lease_until": lease_until,
            "limit": limit,
            "excluding": list(excluding),
            "owner": self.database.owner,
        }
        claimed = {row["delivery_id"] for row in await db.rows(CLAIM_DIGESTS, wanted)}
        found = await read_deliveries(db, claimed, lease_until)
        if ended := claimed.difference(delivery.id for delivery in found):
            # The chat stopped its digest while a process was sending it that ended before it could close it.
            await db.run(CLOSE_DELIVERIES, [list(ended)])
        return found

    async def claim_alerts(
        self, *, now: datetime, lease_until: datetime, length: Length, max_items: int, limit: int
    ) -> tuple[AlertBatch, ...]:
        owner = self.database.owner

        async def work(db: Session) -> tuple[AlertBatch, ...]:
            await db.run(DROP_COVERED, [now])
            await consider_overtaken(db, now)
            heads = await db.rows(NEXT_ALERTS, {"now": now, "limit": limit})
            return tuple([
                await claim_batch(db, head, owner, now, lease_until, length, max_items) for head in heads
            ])  # fmt: skip

        if await self.database.row(IS_ALERT_DUE, {"now": now}) is None:
            return ()
        return await self.database.write(work)

    @writes
    async def claim_broadcasts(
        self, db: Session, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[BroadcastMessage, ...]:
        found = await db.rows(DUE_BROADCASTS, {"now": now, "limit": limit})
        ids = [row["id"] for row in found]
        if ids:
            await db.run(CLAIM, {"lease_until": lease_until, "owner": self.database.owner, "ids": ids})
        return tuple(to_broadcast_message(row, lease_until) for row in found)

    async def claim_warnings(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[WarningMessage, ...]:
        owner = self.database.owner

        async def work(db: Session) -> tuple[WarningMessage, ...]:
            await db.run(DROP_OVER, {"now": now})
            found = await db.rows(DUE_WARNINGS, {"now": now, "limit": limit})
            ids = [row["id"] for row in found]
            await db.run(CLAIM_WARNINGS, {"lease_until": lease_until, "owner": owner, "ids": ids})
            return await read_warnings(db, found, lease_until)

        if await self.database.row(IS_WARNING_DUE, {"now": now}) is None:
            return ()
        return await self.database.write(work)

    async def mark_editing(self, message: OutboxMessage, *, until: datetime) -> None:
        (row,) = message.ids
        mark = {"id": row, "lease_until": message.lease_until, "until": until, "owner": self.database.owner}
        if not await self.database.run(MARK_EDITING, mark):
            raise LeaseLost(f"the message {row} of the outbox was claimed again, or is closed")

    async def mark_edited(
        self, message: OutboxMessage, *, version: int, now: datetime, error: str | None = None
    ) -> None:
        for row in message.ids:
            await self.database.run(MARK_EDITED, {"id": row, "version": version, "now": now, "error": error})

    async def drop(self, message: OutboxMessage) -> None:
        await self.database.run(DROP, {"ids": list(message.ids), "owner": self.database.owner})

    async def mark_sending(self, message: OutboxMessage, *, until: datetime) -> None:
        counts = message.attempts, message.possible_copies
        rows = [(row, message.lease_until, until, self.database.owner, *counts) for row in message.ids]
        if len(rows) > 1:
            await self.database.write(lambda db: mark_sending(db, rows))
        elif not await self.database.share_run((MARK_SENDING,), rows[0]):
            raise LeaseLost(f"the message {rows[0][0]} of the outbox was claimed again, or is closed")

    async def mark_sent(
        self,
        message: OutboxMessage,
        *,
        message_id: int,
        now: datetime,
        pause: timedelta | None = None,
        is_last: bool = False,
    ) -> None:
        if is_last:
            mark = (*message.ids, message_id, now, message.lease_until, self.database.owner)
            await self.database.share_run((LAST_FINISHED, OTHERS_CLOSED, DIGEST_DELIVERED, LAST_SENT), mark)
        elif message.kind is MessageKind.ALERT:
            await self.database.write(lambda db: mark_alerts_sent(db, message, message_id, now, pause))
        else:
            statements = {
                MessageKind.DIGEST: (PART_SENT, DIGEST_DELIVERED),
                MessageKind.WARNING: (WARNING_SENT,),
            }.get(message.kind, (SINGLE_SENT,))
            for row in message.ids:
                await self.database.share_run(statements, (row, message_id, now))

    async def mark_unsent(
        self, message: OutboxMessage, *, state: PartState, error: str, is_server_error: bool = False
    ) -> None:
        if state not in {PartState.PENDING, PartState.UNCERTAIN, PartState.FAILED}:
            raise ValueError(f"{state} is not the state of a message that was not sent")
        is_over = state is PartState.FAILED and message.kind is not MessageKind.DIGEST
        await self.database.run(
            MARK_UNSENT.format(closed=CLOSED if is_over else ""),
            {
                "ids": list(message.ids),
                "state": state.value,
                "error": error,
                "fewer": 0 if state is PartState.UNCERTAIN else 1,
                "server_errors": int(is_server_error),
            },
        )

    async def mark_unknown(self, message: OutboxMessage, *, now: datetime) -> None:
        await self.database.run(MARK_UNKNOWN, {"ids": list(message.ids), "now": now, "owner": self.database.owner})

    async def postpone(self, ids: Sequence[int], until: datetime) -> None:
        await self.database.run(POSTPONE, {"ids": list(ids), "until": until, "owner": self.database.owner})

    async def release(self, kind: MessageKind, *, now: datetime) -> int:
        return await self.database.run(RELEASE, {"kind": kind.value, "now": now})

    async def repair_after_clock_rollback(self, kind: MessageKind, *, claimed: datetime, waiting: datetime) -> int:
        return await self.database.run(REALIGN, {"kind": kind.value, "claimed": claimed, "waiting": waiting})


async def mark_sending(db: Session, rows: Sequence[Sequence[Any]]) -> None:
    """Mark the rows of one message.

    Raises:
        LeaseLost: one of them has another lease by now, or is closed.
    """
    if len(await db.rows(MARK_SENDING, {"rows": to_json(rows)})) < len(rows):
        ids = [row for row, *_ in rows]
        raise LeaseLost(f"the messages {ids} of the outbox were claimed again, or are closed")


async def mark_alerts_sent(
    db: Session, message: OutboxMessage, message_id: int, now: datetime, pause: timedelta | None
) -> None:
    """Mark a chat's alerts as sent, and delay its other alerts by `pause`."""
    chat_id = message.chat.chat_id
    await db.run(SINGLE_SENT, {"rows": to_json((row, message_id, now) for row in message.ids)})
    await db.run(ALERTS_DELIVERED, {"chat_id": chat_id, "shown": list(message.article_ids), "now": now})
    if pause is not None:
        await db.run(DELAY_ALERTS, {"later": now + pause, "chat_id": chat_id})


async def claim_batch(
    db: Session, head: Row, owner: str, now: datetime, lease_until: datetime, length: Length, max_items: int
) -> AlertBatch:
    """Claim the due alerts of the watch of `head`, a row of `NEXT_ALERTS`, which is the oldest of them."""
    claimed = await db.rows(ALERTS_OF_WATCH, head | {"now": now, "max_items": max_items})
    ids = [row["id"] for row in claimed]
    await db.run(CLAIM, {"lease_until": lease_until, "owner": owner, "ids": ids})
    shown = list(dict.fromkeys((row["story_id"], row["best_id"]) for row in claimed if row["spans"] is None))
    watch = to_watch(await db.row(f"{WATCHES} WHERE id = %s", [head["watch_id"]]) or {})
    found = await db.row("SELECT * FROM subscriptions WHERE chat_id = %s", [watch.chat.chat_id])
    subscription = values.to_subscription(found) if found else None
    attempts = max((row["attempts"] for row in claimed), default=0)
    server_errors = max((row["server_errors"] for row in claimed), default=0)
    counts = attempts, head["possible_copies"], server_errors
    developments, since = await read_developments(db, watch, ids) if watch.is_follow else ((), None)
    items = await read_items(db, shown, length)
    article_ids = (*(item.stored.id for item in items), *(found.coverage.article_id for found in developments))
    return AlertBatch(
        watch=watch,
        items=items,
        message=OutboxMessage(MessageKind.ALERT, tuple(ids), watch.chat, lease_until, *counts, article_ids),
        language=await db.value("SELECT language FROM chat_settings WHERE chat_id = %s", [watch.chat.chat_id]),
        zone=subscription.zone if subscription else None,
        quiet=subscription.preferences.quiet if subscription else None,
        developments=developments,
        since=since,
    )


def to_broadcast_message(row: Row, lease_until: datetime) -> BroadcastMessage:
    chat = ChatRef(row["chat_id"], row["thread_id"])
    counts = row["attempts"], row["possible_copies"], row["server_errors"]
    message = OutboxMessage(MessageKind.BROADCAST, (row["id"],), chat, lease_until, *counts)
    return BroadcastMessage(row["broadcast_id"], row["html"], message)


async def read_warnings(db: Session, claimed: Sequence[Row], lease_until: datetime) -> tuple[WarningMessage, ...]:
    """Return the messages of rows of `DUE_WARNINGS`, each with its hazard and the chat's settings."""
    chats = [row["chat_id"] for row in claimed]
    hazard_ids = sorted({row["hazard_id"] for row in claimed})
    found = await db.rows("SELECT * FROM hazards WHERE id = ANY(%s::bigint[])", [hazard_ids])
    hazards = {row["id"]: to_hazard(row) for row in found}
    settings = await read_settings(db, chats)
    digests = {row["chat_id"]: values.to_subscription(row) for row in await db.rows(SUBSCRIPTIONS, [chats])}
    languages = {row["chat_id"]: row["language"] for row in await db.rows(LANGUAGES, [chats])}
    messages = []
    for row in claimed:
        chat_id = row["chat_id"]
        wanted, digest = settings.get(chat_id), digests.get(chat_id)
        chat = wanted.chat if wanted else ChatRef(chat_id, row["thread_id"])
        counts = row["attempts"], row["possible_copies"], row["server_errors"]
        messages.append(
            WarningMessage(
                hazards[row["hazard_id"]],
                OutboxMessage(MessageKind.WARNING, (row["id"],), chat, lease_until, *counts),
                wanted,
                row["message_id"] if row["state"] == PartState.SENT else None,
                languages.get(chat_id),
                digest.zone if digest else None,
                digest.preferences.quiet if digest else None,
            )
        )
    return tuple(messages)
