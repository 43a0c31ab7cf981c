"""The context of the chat that every handler gets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from telegram.ext import ApplicationHandlerStop

from bot.access.chat_admins import MemberAccess
from bot.handlers.context import load_chat_settings
from bot.locale import load_translations
from summaries.errors import StoreBusy
from summaries.model import Preferences


class FakeLanguages:
    """The chats 7 and -7 chose English."""

    async def for_chat(self, chat: MemberAccess, language_code: str | None) -> Any:
        return load_translations("en" if abs(chat.chat_id) == 7 else "id")


class FakeBlocklist:
    def __init__(self, *blocked: int, is_away: bool = False) -> None:
        self.blocked, self.is_away = frozenset(blocked), is_away

    async def all(self) -> frozenset[int]:
        if self.is_away:
            raise StoreBusy("in use")
        return self.blocked


class FakeSubscriptions:
    """The digests of the chats 7 and -7 follow the clock of Jayapura, and have news of Papua."""

    async def find(self, chat: MemberAccess) -> Any:
        wishes = Preferences(regions=("91",))
        return SimpleNamespace(zone="Asia/Jayapura", preferences=wishes) if abs(chat.chat_id) == 7 else None


def make_context(*blocked: int, is_away: bool = False) -> Any:
    found = SimpleNamespace(
        blocklist=FakeBlocklist(*blocked, is_away=is_away),
        languages=FakeLanguages(),
        settings=SimpleNamespace(default_timezone="Asia/Jakarta"),
        store=SimpleNamespace(subscriptions=FakeSubscriptions()),
    )
    return SimpleNamespace(services=found, words=None, present=None, regions=())


def make_update(chat_id: int | None, user_id: int | None, code: str | None = None) -> Any:
    user = SimpleNamespace(id=user_id, language_code=code) if user_id else None
    chat = SimpleNamespace(id=chat_id) if chat_id else None
    return SimpleNamespace(effective_user=user, effective_chat=chat, guest_message=None)


@pytest.mark.parametrize(
    ("chat_id", "user_id", "language"),
    [(7, 7, "en"), (-7, 1, "en"), (8, 8, "id"), (-8, 7, "id"), (None, 7, "en"), (-9, None, "id"), (None, None, "id")],
)
async def test_language_and_zone_come_from_chat_or_user(
    chat_id: int | None, user_id: int | None, language: str
) -> None:
    found = make_context()
    await load_chat_settings(make_update(chat_id, user_id), found)
    assert found.words.language == language
    assert (found.zone, found.regions) == (("Asia/Jayapura", ("91",)) if language == "en" else ("Asia/Jakarta", ()))
    assert (found.present.chat_id if found.present else None) == (chat_id or user_id)


@pytest.mark.parametrize(("chat_id", "user_id"), [(7, 1), (7, None)])
async def test_update_from_another_private_chat_is_dropped(chat_id: int, user_id: int | None) -> None:
    with pytest.raises(ApplicationHandlerStop):
        await load_chat_settings(make_update(chat_id, user_id), make_context())


@pytest.mark.parametrize(("chat_id", "user_id"), [(7, 7), (-8, 7), (None, 7)])
async def test_update_of_a_blocked_user_stops(chat_id: int | None, user_id: int) -> None:
    with pytest.raises(ApplicationHandlerStop):
        await load_chat_settings(make_update(chat_id, user_id), make_context(7))


async def test_app_language_is_used_while_the_store_is_unavailable() -> None:
    found = make_context(is_away=True)
    await load_chat_settings(make_update(8, 8, "en-GB"), found)
    assert (found.words.language, found.zone) == ("en", "Asia/Jakarta")
