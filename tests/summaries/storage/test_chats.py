"""The contract of ports.ChatStore."""

from __future__ import annotations

from datetime import datetime

from summaries.model import ChatSettings
from summaries.storage import Store


async def test_settings_come_back_as_they_went_in(store: Store, now: datetime) -> None:
    assert await store.chats.find(7) == ChatSettings(7)
    await store.chats.put(ChatSettings(7, "en"), now=now)
    assert await store.chats.find(7) == ChatSettings(7, "en")
    await store.chats.put(ChatSettings(7), now=now)
    assert await store.chats.find(7) == ChatSettings(7)
    assert await store.chats.find(8) == ChatSettings(8)


async def test_settings_move_with_their_group(store: Store, now: datetime) -> None:
    await store.chats.put(ChatSettings(-7, "en"), now=now)
    await store.subscriptions.move_chat(-7, -1007)
    assert await store.chats.find(-7) == ChatSettings(-7)
    assert await store.chats.find(-1007) == ChatSettings(-1007, "en")
