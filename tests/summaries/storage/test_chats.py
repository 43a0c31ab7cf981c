"""The contracts of the stores about chats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path

import sqlite_utils

from summaries.model import (
    AnsweredQuestion,
    Article,
    ChatMembership,
    ChatRef,
    ChatSettings,
    CompositionResult,
    DeliveryPart,
    OpenQuestion,
    Origin,
    Subscription,
    Summary,
)
from summaries.storage import Store
from summaries.storage.sql.chat_data import TABLES
from summaries.storage.sqlite.database import Database

LEASE = timedelta(minutes=5)
Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]


async def test_chat_settings_round_trip(store: Store, now: datetime) -> None:
    assert await store.chats.find(7) == ChatSettings(7)
    await store.chats.put(ChatSettings(7, "en"), now=now)
    assert await store.chats.find(7) == ChatSettings(7, "en")
    await store.chats.put(ChatSettings(7, "en", has_dark_charts=True), now=now)
    assert await store.chats.find(7) == ChatSettings(7, "en", has_dark_charts=True)
    await store.chats.put(ChatSettings(7), now=now)
    assert await store.chats.find(7) == ChatSettings(7)
    assert await store.chats.find(8) == ChatSettings(8)


async def test_settings_move_with_a_migrated_group(store: Store, now: datetime) -> None:
    await store.chats.put(ChatSettings(-7, "en"), now=now)
    await store.subscriptions.move_chat(-7, -1007)
    assert await store.chats.find(-7) == ChatSettings(-7)
    assert await store.chats.find(-1007) == ChatSettings(-1007, "en")


def make_question(message_id: int, now: datetime) -> OpenQuestion:
    return OpenQuestion(7, message_id, "zone", -1009, 3, now)


async def test_open_questions_are_found_until_they_expire(store: Store, now: datetime) -> None:
    assert await store.questions.latest(7) is None
    await store.questions.ask(make_question(5, now))
    await store.questions.ask(make_question(6, now))
    assert await store.questions.find(7, 5) == make_question(5, now)
    assert await store.questions.find(8, 5) is None
    assert await store.questions.latest(7) == make_question(6, now)
    assert await store.questions.close(make_question(6, now)) is True
    assert await store.questions.close(make_question(6, now)) is False
    assert await store.questions.latest(7) == make_question(5, now)
    # A day later the question is forgotten.
    await store.questions.ask(make_question(9, now + timedelta(days=1, seconds=1)))
    assert await store.questions.find(7, 5) is None


async def test_membership_keeps_the_latest_values(store: Store, now: datetime) -> None:
    assert await store.memberships.find(-9) is None
    await store.memberships.put(ChatMembership(-9, "group", "Warga", is_member=True), now=now)
    await store.memberships.put(ChatMembership(-9, "group", "Warga Desa", is_member=False), now=now)
    assert await store.memberships.find(-9) == ChatMembership(-9, "group", "Warga Desa", is_member=False)


async def test_chat_data_is_exported_and_deleted(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    kept = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    for chat_id in (7, 8):
        await store.chats.put(ChatSettings(chat_id, "en"), now=now)
        await store.memberships.put(ChatMembership(chat_id, "group", None, is_member=True), now=now)
        await store.questions.ask(OpenQuestion(chat_id, 5, "zone", chat_id, None, now))
        await store.subscriptions.put(
            Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta"), next_due_at=now, now=now
        )
    await store.deliveries.create_due(now=now, limit=9, next_due=lambda _: None)
    for delivery in await store.deliveries.claim(now=now, lease_until=now, limit=9):
        parts = (DeliveryPart(0, "<b>Halo</b>", (kept.id,)),)
        await store.deliveries.save_composed(CompositionResult(rendered=((parts, (delivery.id,)),)), now=now)
        (composed,) = await store.outbox.claim_digests(now=now, lease_until=now + LEASE, limit=9)
        message = composed.message(composed.parts[0])
        await store.outbox.mark_sending(message, until=composed.lease_until)
        await store.outbox.mark_sent(message, message_id=1, now=now)
    mine, others = await store.chat_data.export(7), await store.chat_data.export(8)
    tables = {
        "chat_settings",
        "deliveries",
        "outbox",
        "chat_memberships",
        "questions",
        "subscriptions",
        "delivered_articles",
    }
    assert set(mine) == set(others) == tables
    assert mine["outbox"][0]["html"] == "<b>Halo</b>"
    assert all(row["chat_id"] == 7 for rows in mine.values() for row in rows)
    json.dumps(mine)
    assert await store.chat_data.forget(7) == 6
    assert await store.chat_data.forget(7) == 0
    assert await store.chat_data.export(7) == {}
    assert await store.chat_data.export(8) == others


async def test_saved_watched_answered_and_sent_rows_are_exported_and_deleted(
    store: Store, make_article: Make, summarize_first: Summarize, now: datetime
) -> None:
    article = make_article()
    for chat_id in (7, 8):
        await store.watches.add(ChatRef(chat_id), "padi", most=9, now=now - timedelta(days=1))
    kept = await store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=now)
    watches = await store.watches.of_chat(7) + await store.watches.of_chat(8)
    assert (
        await store.alerts.put(
            [(watch, kept.id) for watch in watches], looked_at=None, now=now, pace=timedelta(minutes=5)
        )
        == 2
    )
    for chat_id in (7, 8):
        await store.saved.save(chat_id, kept.id, now=now)
        await store.answers.open(chat_id, kept.id, now=now)
        await store.answers.remember(chat_id, 5, AnsweredQuestion("abc", (6,)), now=now)
    draft = await store.broadcasts.draft("Halo", 99, now=now)
    await store.broadcasts.begin(draft.id, 1)
    others = await store.chat_data.export(8)
    mine = await store.chat_data.export(7)
    tables = {"answered_messages", "answers", "outbox", "saved_articles", "watches"}
    assert set(mine) == set(others) == tables
    written = await store.chat_data.export(99)
    assert [row["html"] for row in written["broadcasts"]] == ["Halo"]
    assert {row["kind"] for row in mine["outbox"]} == {"alert", "broadcast"}
    assert all(row["chat_id"] == 7 for rows in mine.values() for row in rows)
    assert mine["watches"][0]["words"] == "padi"
    json.dumps(mine)
    await store.chat_data.forget(7)
    assert await store.chat_data.export(7) == {}
    assert await store.watches.of_chat(7) == ()
    assert not await store.saved.is_saved(7, kept.id)
    assert await store.chat_data.export(8) == others
    # Deleting the author's data also cancels their broadcast.
    assert await store.chat_data.forget(99) == 1
    assert await store.chat_data.export(99) == {}
    assert await store.outbox.claim_broadcasts(now=now, lease_until=now + timedelta(minutes=1), limit=9) == ()


async def test_every_table_with_chat_data_is_listed(tmp_path: Path) -> None:
    """A column that names a chat is called `chat_id`, and the unique keys that contain it are known."""
    await (await Database.open(tmp_path / "ringkas.db")).close()
    with closing(sqlite_utils.Database(tmp_path / "ringkas.db")) as db:
        named = {t.name for t in db.tables if any(re.search(r"chat|user", c.name) for c in t.columns)}
        unique = find_unique_keys(db)
    assert named == set(TABLES)
    assert {"subscriptions", "deliveries", "chat_settings"} <= named
    assert unique == {name: {frozenset(key) for key in keys} for name, keys in TABLES.items()}


def find_unique_keys(db: sqlite_utils.Database) -> dict[str, set[frozenset[str]]]:
    """Return the other columns of each unique key with the chat, by table."""
    found = {}
    for name in TABLES:
        table = db.table(name)
        keys = [set(table.pks), *(set(index.columns) for index in table.indexes if index.unique)]
        found[name] = {frozenset(key - {"chat_id"}) for key in keys if "chat_id" in key}
    return found
