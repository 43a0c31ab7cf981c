"""Which commands are offered where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from telegram import BotDescription, BotShortDescription
from telegram.error import BadRequest

from bot.app import COMMAND_HANDLERS
from bot.commands import COMMANDS, Scope, build_chat_menus, build_menus, set_profile
from bot.locale import Translations, load_translations
from bot.telegram_text import utf16_length

LONGEST_DESCRIPTION = 256
END_TO_END = Path(__file__).parents[1] / "e2e"


class FakeBot:
    """Keeps the menus and the texts of the profile; refuses the menus of chat 404."""

    def __init__(self) -> None:
        self.menus: dict[tuple[str, object, str | None], list[str]] = {}
        self.descriptions: dict[str | None, str] = {}
        self.short_descriptions: dict[str | None, str] = {}
        self.changes = 0

    async def get_my_description(self, code: str | None) -> BotDescription:
        return BotDescription(self.descriptions.get(code, ""))

    async def set_my_description(self, text: str, code: str | None) -> bool:
        self.descriptions[code] = text
        self.changes += 1
        return True

    async def get_my_short_description(self, code: str | None) -> BotShortDescription:
        return BotShortDescription(self.short_descriptions.get(code, ""))

    async def set_my_short_description(self, text: str, code: str | None) -> bool:
        self.short_descriptions[code] = text
        self.changes += 1
        return True

    async def set_my_commands(self, commands: Any, scope: Any, *, language_code: str | None = None) -> bool:
        chat_id = getattr(scope, "chat_id", None)
        if chat_id == 404:
            raise BadRequest("Chat not found")
        self.menus[scope.type, chat_id, language_code] = [command.command for command in commands]
        return True


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_menu_is_accepted_by_telegram(language: str) -> None:
    for _, entries in build_menus(load_translations(language)):
        names = [name for name, _ in entries]
        assert len(names) == len(set(names)) <= 100
        assert all(name.islower() and name.isascii() and len(name) <= 32 for name in names)
        assert all(1 <= len(description) <= LONGEST_DESCRIPTION for _, description in entries)


def test_group_settings_are_offered_to_administrators_only(words: Translations) -> None:
    by_scope = {scope.type: {name for name, _ in entries} for scope, entries in build_menus(words)}
    assert by_scope["all_private_chats"] >= {"ringkas", "langganan", "hapusdata"}
    settings = {command.name for command in COMMANDS if command.scope is Scope.SETTINGS}
    private = {command.name for command in COMMANDS if command.scope is Scope.PRIVATE}
    assert len(settings) > 5
    assert by_scope["all_group_chats"].isdisjoint(settings | private)
    assert by_scope["all_chat_administrators"] - by_scope["all_group_chats"] == settings
    assert by_scope["default"] == by_scope["all_group_chats"]


@pytest.mark.parametrize(
    ("chat_type", "is_bot_admin", "scopes", "has_status"),
    [
        ("private", False, ["chat"], False),
        ("private", True, ["chat"], True),
        ("supergroup", False, ["chat", "chat_administrators"], False),
        ("channel", False, [], False),
    ],
)
def test_chat_menus_depend_on_chat_type(
    words: Translations, chat_type: str, is_bot_admin: bool, scopes: list[str], has_status: bool
) -> None:
    found = list(build_chat_menus(words, -7, chat_type, is_bot_admin=is_bot_admin))
    assert [scope.type for scope, _ in found] == scopes
    assert any(name == "status" for _, entries in found for name, _ in entries) == has_status


async def test_menus_are_set_for_all_languages_and_reachable_admins() -> None:
    bot: Any = FakeBot()
    await set_profile(bot, {404: load_translations("id"), 5: load_translations("en")})
    assert {code for scope, _, code in bot.menus if scope == "all_private_chats"} == {None, "en"}
    assert [chat_id for _, chat_id, _ in bot.menus if chat_id] == [5]


async def test_descriptions_are_set_in_every_language_and_only_if_they_differ() -> None:
    bot: Any = FakeBot()
    for changes in (4, 4):
        await set_profile(bot, {})
        assert bot.changes == changes
    assert bot.descriptions.keys() == bot.short_descriptions.keys() == {None, "en"}
    assert bot.descriptions[None] != bot.descriptions["en"]
    assert all(50 < utf16_length(text) <= 512 for text in bot.descriptions.values())
    assert all(50 < utf16_length(text) <= 120 for text in bot.short_descriptions.values())
    bot.short_descriptions["en"] = "An older text"
    await set_profile(bot, {})
    assert bot.changes == 5


def test_every_command_has_an_end_to_end_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in END_TO_END.glob("test_*.py"))
    commands = [command.name for command in COMMANDS]
    assert len(commands) > 15
    assert [name for name in commands if not re.search(rf'"/{name}\b', tests)] == []


def test_every_command_has_a_handler_and_unique_names() -> None:
    names = [name for command in COMMANDS for name in command.names]
    assert set(COMMAND_HANDLERS) == {command.name for command in COMMANDS}
    assert len(names) == len(set(names))
