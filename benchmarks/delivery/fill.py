"""A database with news and with chats that are all due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from summaries.model import Preferences

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

# What people choose; most choose nothing.
WISHES = (
    Preferences(), Preferences(), Preferences(), Preferences(topics=("ekonomi",)), Preferences(topics=("olahraga",)),
    Preferences(include=("harga",)), Preferences(exclude=("gosip",)), Preferences(count=5),
)  # fmt: skip


def subscribe(connection: sqlite3.Connection, chat_ids: Sequence[int], due_at: datetime) -> None:
    """Let the chats' digests be due then, with various wishes."""
    from summaries.storage.sqlite.session import encode_all
    from summaries.storage.values import preference_columns, stored_moment

    wishes = [encode_all(preference_columns(wish)) for wish in WISHES]
    names = list(wishes[0])
    moment = stored_moment(due_at)
    places = ", ".join("?" * len(names))
    connection.executemany(
        f"INSERT INTO subscriptions (chat_id, times, zone, is_active, next_due_at, created_at, updated_at, days,"  # noqa: S608
        f" {', '.join(names)}) VALUES (?, '07:00', 'Asia/Jakarta', 1, ?, ?, ?, '0123456', {places})",
        [
            (chat_id, moment, moment, moment, *(wishes[number % len(wishes)][name] for name in names))
            for number, chat_id in enumerate(chat_ids)
        ],
    )
    connection.commit()


def remember(connection: sqlite3.Connection, chat_ids: Sequence[int], article_ids: Sequence[int]) -> None:
    """Let the chats have been told of some of the articles: each choice of them is some chats'."""
    told_at = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="microseconds")
    connection.executemany(
        "INSERT INTO delivered_articles (chat_id, article_id, told_at) VALUES (?, ?, ?)",
        [
            (chat_id, article_id, told_at)
            for number, chat_id in enumerate(chat_ids)
            for place, article_id in enumerate(article_ids)
            if number // len(WISHES) >> place & 1
        ],
    )
    connection.commit()
