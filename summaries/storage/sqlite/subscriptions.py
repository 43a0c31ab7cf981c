"""The digests that chats asked for, in SQLite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from summaries.model import Woken
from summaries.storage import values
from summaries.storage.sql.chat_data import move_chat
from summaries.storage.sqlite import rows
from summaries.storage.sqlite.paused_watches import rest_watches, wake_watches
from summaries.storage.sqlite.recovery import end_open
from summaries.storage.sqlite.session import SqliteSession, drive

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Subscription
    from summaries.storage.sqlite.database import Database


class SqliteSubscriptionStore:
    """Fulfils `ports.SubscriptionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, chat_id: int) -> Subscription | None:
        return await self._database.read(lambda db: read_subscription(db, chat_id))

    async def put(self, subscription: Subscription, *, next_due_at: datetime | None, now: datetime) -> None:
        await self._database.write(lambda db: put_subscription(db, subscription, next_due_at, now))

    async def change(
        self,
        chat_id: int,
        change: Callable[[Subscription | None], Subscription],
        *,
        next_due: Callable[[Subscription], datetime | None],
        now: datetime,
        by: int | None = None,
    ) -> Subscription:
        def work(db: sqlite_utils.Database) -> Subscription:
            before = read_subscription(db, chat_id)
            after = change(before)
            if after != before:
                is_same_clock = before is not None and values.clock_of(before) == values.clock_of(after)
                due = read_next_due(db, chat_id) if is_same_clock else next_due(after)
                put_subscription(db, after, due, now)
            if after.is_active:
                # Somebody started it: the chat can be written to again.
                wake_watches(db, chat_id, now)
            if by is not None:
                db.execute("UPDATE subscriptions SET set_up_by = ? WHERE chat_id = ?", [by, chat_id])
            return after

        return await self._database.write(work)

    async def next_due_at(self, chat_id: int) -> datetime | None:
        return await self._database.read(lambda db: read_next_due(db, chat_id))

    async def deactivate(self, chat_id: int, *, now: datetime) -> bool:
        def work(db: sqlite_utils.Database) -> bool:
            stop = "UPDATE subscriptions SET is_active = 0, next_due_at = NULL, quiet_since = NULL WHERE chat_id = ?"
            is_changed = db.execute(f"{stop} AND is_active", [chat_id]).rowcount > 0
            # One that went quiet is stopped for good now: it does not wake by itself any more.
            db.execute(stop, [chat_id])
            end_open(db, chat_id, now)
            return is_changed

        return await self._database.write(work)

    async def go_quiet(self, chat_id: int, *, now: datetime) -> bool:
        def work(db: sqlite_utils.Database) -> bool:
            changed = db.execute(
                "UPDATE subscriptions SET is_active = 0, next_due_at = NULL, quiet_since = ?"
                " WHERE chat_id = ? AND is_active",
                [rows.moment(now), chat_id],
            ).rowcount
            return changed + rest_watches(db, chat_id) > 0

        return await self._database.write(work)

    async def wake(self, chat_id: int, *, next_due: Callable[[Subscription], datetime | None], now: datetime) -> Woken:
        def work(db: sqlite_utils.Database) -> Woken:
            watches = wake_watches(db, chat_id, now)
            found = rows.fetch_all(
                db.execute(
                    "SELECT * FROM subscriptions WHERE chat_id = ? AND quiet_since NOT NULL AND NOT is_active",
                    [chat_id],
                )
            )
            if not found:
                return Woken(None, watches)
            digest = replace(rows.to_subscription(found[0]), is_active=True)
            put_subscription(db, digest, next_due(digest), now)
            return Woken(digest, watches)

        return await self._database.write(work)

    async def leave_thread(self, chat_id: int, thread_id: int) -> None:
        def work(db: sqlite_utils.Database) -> None:
            there = "SET thread_id = NULL WHERE chat_id = ? AND thread_id = ?"
            for what in (f"subscriptions {there}", f"watches {there}", f"deliveries {there} AND finished_at IS NULL"):
                db.execute(f"UPDATE {what}", [chat_id, thread_id])

        await self._database.write(work)

    async def set_up_by(self, chat_id: int) -> int | None:
        def work(db: sqlite_utils.Database) -> int | None:
            found = db.execute("SELECT set_up_by FROM subscriptions WHERE chat_id = ?", [chat_id]).fetchone()
            return found[0] if found else None

        return await self._database.read(work)

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        await self._database.write(lambda db: drive(move_chat(SqliteSession(db), old_chat_id, new_chat_id)))


def read_subscription(db: sqlite_utils.Database, chat_id: int) -> Subscription | None:
    found = rows.fetch_all(db.execute("SELECT * FROM subscriptions WHERE chat_id = ?", [chat_id]))
    return rows.to_subscription(found[0]) if found else None


def read_next_due(db: sqlite_utils.Database, chat_id: int) -> datetime | None:
    found = db.execute("SELECT next_due_at FROM subscriptions WHERE chat_id = ?", [chat_id]).fetchone()
    return rows.to_optional_moment(found[0]) if found else None


def put_subscription(
    db: sqlite_utils.Database, subscription: Subscription, next_due_at: datetime | None, now: datetime
) -> None:
    columns: dict[str, Any] = {
        **rows.subscription_columns(subscription),
        "next_due_at": rows.optional_moment(next_due_at if subscription.is_active else None),
        "quiet_since": None,
        "updated_at": rows.moment(now),
    }
    table = db.table("subscriptions")
    if read_subscription(db, subscription.chat.chat_id) is not None:
        table.update(subscription.chat.chat_id, columns)
    else:
        table.insert({**columns, "created_at": rows.moment(now)}, pk="chat_id")
