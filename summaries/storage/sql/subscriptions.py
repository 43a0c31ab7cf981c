"""The digests that chats subscribed to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from summaries.model import Resumed, Subscription
from summaries.storage import values
from summaries.storage.sql.chat_data import move_chat
from summaries.storage.sql.deliveries import end_open
from summaries.storage.sql.hazards import resume_warnings, suspend_warnings
from summaries.storage.sql.session import Session, SqlStore, upsertion, writes
from summaries.storage.sql.watches import resume_watches, suspend_watches

FIND = "SELECT * FROM subscriptions WHERE chat_id = %s"
NEXT_DUE = "SELECT next_due_at FROM subscriptions WHERE chat_id = %s"
STOP = "UPDATE subscriptions SET is_active = false, next_due_at = NULL, quiet_since = NULL WHERE chat_id = %s"
SUSPEND = """
UPDATE subscriptions SET is_active = false, next_due_at = NULL, quiet_since = %s WHERE chat_id = %s AND is_active
"""
LEAVE_THREAD = (
    "UPDATE subscriptions SET thread_id = NULL WHERE chat_id = %s AND thread_id = %s",
    "UPDATE watches SET thread_id = NULL WHERE chat_id = %s AND thread_id = %s",
    "UPDATE warning_settings SET thread_id = NULL WHERE chat_id = %s AND thread_id = %s",
    "UPDATE deliveries SET thread_id = NULL WHERE chat_id = %s AND thread_id = %s AND finished_at IS NULL",
)


class SubscriptionRows(SqlStore):
    """Implements `ports.SubscriptionStore`."""

    async def find(self, chat_id: int) -> Subscription | None:
        found = await self.database.row(FIND, [chat_id])
        return values.to_subscription(found) if found else None

    async def put(self, subscription: Subscription, *, next_due_at: datetime | None, now: datetime) -> None:
        await self.database.write(lambda db: put_subscription(db, subscription, next_due_at, now))

    @writes
    async def change(
        self,
        db: Session,
        chat_id: int,
        change: Callable[[Subscription | None], Subscription],
        *,
        next_due: Callable[[Subscription], datetime | None],
        now: datetime,
        by: int | None = None,
    ) -> Subscription:
        await db.lock_for_bot("subscription", chat_id)
        found = await db.row(f"{FIND} FOR UPDATE", [chat_id])
        before = values.to_subscription(found) if found else None
        after = change(before)
        if after != before:
            is_same_clock = before is not None and values.clock_of(before) == values.clock_of(after)
            stored = values.to_optional_moment(found["next_due_at"]) if found else None
            await put_subscription(db, after, stored if is_same_clock else next_due(after), now)
        if after.is_active:
            # Somebody in the chat started it, so the bot can write there again.
            await resume_watches(db, chat_id, now)
            await resume_warnings(db, chat_id, now)
        if by is not None:
            await db.run("UPDATE subscriptions SET set_up_by = %s WHERE chat_id = %s", [by, chat_id])
        return after

    async def next_due_at(self, chat_id: int) -> datetime | None:
        return values.to_optional_moment(await self.database.value(NEXT_DUE, [chat_id]))

    @writes
    async def deactivate(self, db: Session, chat_id: int, *, now: datetime) -> bool:
        changed = await db.run(f"{STOP} AND is_active", [chat_id])
        # A suspended digest is stopped for good, too: it must not resume later.
        await db.run(STOP, [chat_id])
        await end_open(db, chat_id, now)
        return changed > 0

    @writes
    async def suspend(self, db: Session, chat_id: int, *, now: datetime) -> bool:
        changed = await db.run(SUSPEND, [now, chat_id])
        return changed + await suspend_watches(db, chat_id) + await suspend_warnings(db, chat_id) > 0

    @writes
    async def resume(
        self, db: Session, chat_id: int, *, next_due: Callable[[Subscription], datetime | None], now: datetime
    ) -> Resumed:
        watches = await resume_watches(db, chat_id, now)
        await resume_warnings(db, chat_id, now)
        found = await db.row(f"{FIND} AND quiet_since IS NOT NULL AND NOT is_active FOR UPDATE", [chat_id])
        if not found:
            return Resumed(None, watches)
        digest = replace(values.to_subscription(found), is_active=True)
        await put_subscription(db, digest, next_due(digest), now)
        return Resumed(digest, watches)

    @writes
    async def leave_thread(self, db: Session, chat_id: int, thread_id: int) -> None:
        for statement in LEAVE_THREAD:
            await db.run(statement, [chat_id, thread_id])

    async def set_up_by(self, chat_id: int) -> int | None:
        found: int | None = await self.database.value(
            "SELECT set_up_by FROM subscriptions WHERE chat_id = %s", [chat_id]
        )
        return found

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        await self.database.write(lambda db: move_chat(db, old_chat_id, new_chat_id))


async def put_subscription(
    db: Session, subscription: Subscription, next_due_at: datetime | None, now: datetime
) -> None:
    """Add or replace the chat's subscription."""
    row = {
        **values.subscription_columns(subscription),
        "next_due_at": next_due_at if subscription.is_active else None,
        "quiet_since": None,
        "created_at": now,
        "updated_at": now,
    }
    await db.run(upsertion("subscriptions", row, ["chat_id"]), row)
