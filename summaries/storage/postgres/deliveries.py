"""The ledger of deliveries, in PostgreSQL.

A lease has its owner. Who lost it, because it took longer than the lease, is told by `LeaseLost` and leaves the
delivery to whoever has it now; a message that left meanwhile is still written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.errors import LeaseLost
from summaries.model import Delivery, DeliveryRecord, Outcome, PartState, Reason
from summaries.storage import values
from summaries.storage.postgres import recovery
from summaries.storage.postgres.candidate_queries import choose_news
from summaries.storage.postgres.delivery_history import read_ledger
from summaries.storage.postgres.due_deliveries import open_deliveries, put_composed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from summaries.model import Composed, News, NewsWish, Subscription
    from summaries.storage.postgres.database import Database
    from summaries.storage.sql.session import Row, Session

# Whoever claims at the same time passes by what this one has, and waits for nothing.
CLAIM = """
WITH free AS (
    SELECT id, lease_until AS waited_since FROM deliveries WHERE finished_at IS NULL AND is_composed = %(is_composed)s
    AND lease_until <= %(now)s AND id <> ALL(%(excluding)s::bigint[])
    ORDER BY lease_until, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE deliveries d SET lease_until = %(lease_until)s, is_claimed = true, lease_owner = %(owner)s
    FROM free WHERE d.id = free.id RETURNING d.id, free.waited_since
"""
# The last digest that was sent before, and the chat's present wishes, come with each delivery.
CLAIMED = """
SELECT d.id, d.chat_id, d.thread_id, d.zone, d.due_at, d.is_composed, c.language AS chosen_language,
    (SELECT p.due_at FROM deliveries p WHERE p.chat_id = d.chat_id AND p.due_at < d.due_at AND p.outcome = 'sent'
        ORDER BY p.due_at DESC LIMIT 1) AS previous,
    s.chat_id AS subscribed, s.topics, s.outlets, s.include_words, s.exclude_words, s.length, s.story_count, s.quiet,
    s.is_silent, s.skips_empty
    FROM deliveries d LEFT JOIN subscriptions s ON s.chat_id = d.chat_id
    LEFT JOIN chat_settings c ON c.chat_id = d.chat_id
    WHERE d.id = ANY(%s::bigint[])
"""
PARTS = """
SELECT p.*, b.html, b.article_ids FROM delivery_parts p JOIN bodies b ON b.id = p.body_id
    WHERE p.delivery_id = ANY(%s::bigint[]) ORDER BY p.position
"""
# Claimed by this process, and by no other since. Whoever postpones, finishes or releases a delivery has it no more;
# when its chat stops the digest meanwhile, the process that is at it ends it.
IS_MINE = "lease_owner = %(owner)s"
SENDING = f"""
UPDATE delivery_parts SET state = 'sending', attempts = attempts + 1, copies = copies + 1
    WHERE delivery_id = %(delivery_id)s AND position = %(position)s
    AND EXISTS (SELECT FROM deliveries WHERE id = %(delivery_id)s AND {IS_MINE})
"""
# Said twice, it counts once.
SENT = """
WITH sent AS (
    UPDATE delivery_parts SET state = 'sent', message_id = %(message_id)s, sent_at = %(now)s, error = NULL
    WHERE delivery_id = %(delivery_id)s AND position = %(position)s)
INSERT INTO told_articles (chat_id, article_id, delivery_id, told_at)
    SELECT d.chat_id, other.article_id, d.id, %(now)s
    FROM delivery_parts p JOIN deliveries d ON d.id = p.delivery_id JOIN bodies b ON b.id = p.body_id
    JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    JOIN story_articles other ON other.story_id = s.story_id
    WHERE p.delivery_id = %(delivery_id)s AND p.position = %(position)s
    ORDER BY other.article_id ON CONFLICT DO NOTHING
"""
# Said twice, because the server went away in between, it counts once.
UNSENT = """
UPDATE delivery_parts SET state = %(state)s, error = %(error)s,
    copies = CASE WHEN state = 'sending' THEN copies - %(fewer)s ELSE copies END
    WHERE delivery_id = %(delivery_id)s AND position = %(position)s
"""
POSTPONE = f"""
UPDATE deliveries SET lease_until = %(until)s, is_claimed = false, lease_owner = NULL
    WHERE id = %(delivery_id)s AND finished_at IS NULL AND {IS_MINE}
"""
FINISH = f"""
UPDATE deliveries SET outcome = %(outcome)s, reason = %(reason)s, finished_at = %(now)s, lease_until = NULL,
    is_claimed = false, lease_owner = NULL, has_untold = EXISTS (SELECT FROM delivery_parts p
    WHERE p.delivery_id = deliveries.id AND p.state <> 'sent')
    WHERE id = %(delivery_id)s AND {IS_MINE}
"""


class PostgresDeliveryStore:
    """Fulfils `ports.DeliveryStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_due(self, *, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]) -> int:
        return await self._database.write(lambda db: open_deliveries(db, now, limit, next_due))

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int, is_composed: bool, excluding: Collection[int] = ()
    ) -> tuple[Delivery, ...]:
        wanted = {
            "now": now,
            "lease_until": lease_until,
            "limit": limit,
            "is_composed": is_composed,
            "excluding": list(excluding),
            "owner": self._database.owner,
        }

        async def work(db: Session) -> tuple[Delivery, ...]:
            claimed = await db.rows(CLAIM, wanted)
            claimed.sort(key=lambda row: (row["waited_since"], row["id"]))
            return await read_deliveries(db, [row["id"] for row in claimed])

        return await self._database.write(work)

    async def release(self, *, now: datetime, stale_before: datetime) -> int:
        return await self._database.write(lambda db: recovery.release(db, now, stale_before))

    async def opened_last(self) -> datetime | None:
        found = await self._database.value("SELECT created_at FROM deliveries ORDER BY id DESC LIMIT 1")
        return values.to_optional_moment(found)

    async def realign(
        self, *, now: datetime, lease_until: datetime, next_due: Callable[[Subscription], datetime | None]
    ) -> int:
        return await self._database.write(lambda db: recovery.realign(db, now, lease_until, next_due))

    async def choose_news(self, wishes: Sequence[NewsWish], *, limit: int) -> tuple[News, ...]:
        return await self._database.read(lambda db: choose_news(db, wishes, limit))

    async def put_composed(self, composed: Composed, *, now: datetime) -> None:
        owner = self._database.owner
        await self._database.write(lambda db: put_composed(db, composed, now, owner))

    async def mark_sending(self, delivery_id: int, position: int) -> None:
        part = {"delivery_id": delivery_id, "position": position, "owner": self._database.owner}
        if not await self._database.write(lambda db: db.run(SENDING, part)):
            raise LeaseLost(f"delivery {delivery_id} is another process's by now")

    async def mark_sent(self, delivery_id: int, position: int, *, message_id: int, now: datetime) -> None:
        part = {"delivery_id": delivery_id, "position": position, "message_id": message_id, "now": now}
        await self._database.run(SENT, part)

    async def mark_unsent(self, delivery_id: int, position: int, *, state: PartState, error: str) -> None:
        if state not in {PartState.PENDING, PartState.UNCERTAIN, PartState.FAILED}:
            raise ValueError(f"{state} does not say that a part was not sent")
        fewer = 0 if state is PartState.UNCERTAIN else 1
        await self._database.run(
            UNSENT,
            {"delivery_id": delivery_id, "position": position, "state": state.value, "error": error, "fewer": fewer},
        )

    async def postpone(self, delivery_id: int, until: datetime) -> None:
        wanted = {"delivery_id": delivery_id, "until": until, "owner": self._database.owner}
        await self._database.run(POSTPONE, wanted)

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime, reason: Reason | None = None) -> None:
        await self._database.run(
            FINISH,
            {
                "delivery_id": delivery_id,
                "outcome": outcome.value,
                "reason": reason.value if reason else None,
                "now": now,
                "owner": self._database.owner,
            },
        )

    async def history(self, chat_id: int, *, limit: int) -> tuple[DeliveryRecord, ...]:
        found = await self.ledger(chat_id=chat_id, limit=limit)
        return tuple(record for _, record in found)

    async def ledger(
        self,
        *,
        limit: int,
        chat_id: int | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[tuple[int, DeliveryRecord], ...]:
        return await self._database.read(
            lambda db: read_ledger(db, limit=limit, chat_id=chat_id, outcome=outcome, since=since, until=until)
        )


async def read_deliveries(db: Session, ids: list[int]) -> tuple[Delivery, ...]:
    """The deliveries in the order of their ids here."""
    if not ids:
        return ()
    parts: dict[int, list[Row]] = {}
    for row in await db.rows(PARTS, [ids]):
        parts.setdefault(row["delivery_id"], []).append(row)
    found: dict[int, dict[str, Any]] = {row["id"]: row for row in await db.rows(CLAIMED, [ids])}
    return tuple(values.to_delivery(found[number], parts.get(number, ())) for number in ids)
