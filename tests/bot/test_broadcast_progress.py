"""What an admin is told of a broadcast, when it is stopped while news of its progress is on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.access.guarded_store import GuardedStore, guard_store
from bot.background.notices import tell_progress
from bot.conversation.chat_language import translations_for
from bot.conversation.locks import KeyedLock
from summaries.storage import Store, open_store

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.locale import Translations
    from bot.services import Services
    from summaries.model import Broadcast


NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}")
    yield store
    await store.close()


async def begin(store: Store) -> Broadcast:
    draft = await store.broadcasts.draft("Halo", 99, now=NOW)
    begun = await store.broadcasts.begin(draft.id, 5)
    assert begun is not None
    return begun


class ChatLanguages:
    async def for_chat_id(self, chat_id: int) -> Translations:
        assert chat_id == 99
        return translations_for("id")


@dataclass
class Found:
    """The part of the services that the handler uses."""

    store: GuardedStore
    locks: KeyedLock = field(default_factory=KeyedLock)
    languages: ChatLanguages = field(default_factory=ChatLanguages)


@dataclass
class Bot:
    """Keeps what it is told to show."""

    shown: list[str] = field(default_factory=list)

    async def edit_message_text(self, text: str, **where: Any) -> None:
        assert (where["chat_id"], where["message_id"]) == (99, 5)
        self.shown.append(text)


async def test_after_it_was_stopped_no_progress_is_told(store: Store) -> None:
    bot, found, begun = Bot(), Found(guard_store(store)), await begin(store)

    def tell() -> asyncio.Task[None]:
        return asyncio.create_task(tell_progress(cast("ExtBot[float]", bot), cast("Services", found), begun))

    await tell()
    assert [text.split(":")[0] for text in bot.shown] == ["Sedang dikirim"]
    # The press has its turn when the tick comes with what it read before.
    async with found.locks.hold(("broadcast", begun.id)):
        late = tell()
        await asyncio.sleep(0)
        await store.broadcasts.cancel(begun.id)
    await late
    assert len(bot.shown) == 1


async def test_nothing_is_told_of_one_that_is_gone_and_the_end_of_one_that_is_done(store: Store) -> None:
    bot, found, begun = Bot(), Found(guard_store(store)), await begin(store)
    assert begun is not None
    (done,) = await store.broadcasts.end_finished()
    await tell_progress(cast("ExtBot[float]", bot), cast("Services", found), done)
    await store.chat_data.forget(99)
    await tell_progress(cast("ExtBot[float]", bot), cast("Services", found), begun)
    assert [text.split(":")[0] for text in bot.shown] == ["Selesai"]
