"""Which language a chat is spoken to in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.conversation.chat_language import MAX_CACHED_CHATS, ChatLanguages, find_language
from bot.locale import load_translations
from summaries.model import ChatSettings
from tests.bot.grants import admin_access, member_access

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class FakeChats:
    """Fulfils ports.ChatStore, and counts its calls."""

    def __init__(self) -> None:
        self.stored: dict[int, ChatSettings] = {}
        self.asked = 0

    async def find(self, chat_id: int) -> ChatSettings:
        self.asked += 1
        return self.stored.get(chat_id, ChatSettings(chat_id))

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        self.stored[settings.chat_id] = settings


@pytest.mark.parametrize(
    ("chosen", "code", "language"),
    [
        (None, None, "id"),
        (None, "en-US", "en"),
        (None, "fr", "id"),
        ("id", "en", "id"),
        ("en", "id", "en"),
        # A catalogue that went away with an older version of the bot.
        ("xx", "en", "en"),
    ],
)
async def test_chats_choice_overrides_the_apps_language(chosen: str | None, code: str | None, language: str) -> None:
    chats = FakeChats()
    chats.stored[7] = ChatSettings(7, chosen)
    assert (await ChatLanguages(chats).for_chat(member_access(7), code)).language == language


async def test_chosen_language_is_cached_and_stored() -> None:
    chats = FakeChats()
    languages = ChatLanguages(chats)
    for _ in range(3):
        assert (await languages.for_chat(member_access(7), "id")).language == "id"
    assert chats.asked == 1
    await languages.choose(admin_access(7), "en", now=NOW)
    assert chats.stored[7] == ChatSettings(7, "en")
    assert (await languages.for_chat(member_access(7), "id")).language == "en"
    chats.stored.clear()
    languages.forget(7)
    assert (await languages.for_chat(member_access(7), "id")).language == "id"


async def test_keep_does_not_override_an_earlier_choice() -> None:
    languages = ChatLanguages(FakeChats())
    await languages.keep(admin_access(7), load_translations("en"), now=NOW)
    assert (await languages.for_chat(member_access(7))).language == "en"
    await languages.keep(admin_access(7), load_translations("id"), now=NOW)
    assert (await languages.for_chat(member_access(7))).language == "en"


async def test_number_of_cached_chats_is_limited() -> None:
    chats = FakeChats()
    languages = ChatLanguages(chats)
    for chat_id in range(1, MAX_CACHED_CHATS + 2):
        await languages.for_chat_id(chat_id)
    asked = chats.asked
    await languages.for_chat_id(MAX_CACHED_CHATS)
    assert chats.asked == asked
    await languages.for_chat_id(1)
    assert chats.asked == asked + 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("en", "en"), ("Inggris", "en"), ("bahasa Inggris", "en"), (" ENGLISH ", "en"), ("id", "id"),
        ("Indonesia", "id"), ("Indonesian", "id"), ("", None), ("Klingon", None), ("bahasa", None),
    ],
)  # fmt: skip
def test_language_is_found_by_name(text: str, language: str | None) -> None:
    assert find_language(text) == language
