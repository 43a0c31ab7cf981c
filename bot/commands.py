"""The command menus: which commands are offered where, in every language."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatAdministrators,
    BotCommandScopeDefault,
)
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.handlers.start import admin_menu, menu
from bot.locale import DEFAULT_LANGUAGE, languages, load_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from telegram import BotCommandScope
    from telegram.ext import ExtBot

    from bot.locale import Words

log = logging.getLogger(__name__)

Menu = list[tuple[str, str]]

# What changes a chat's settings: in groups for administrators alone, so it is offered to them alone.
SETTINGS = frozenset({"langganan", "jadwal", "berhenti", "pantau", "bahasa", "mengapa", "dataku", "hapusdata"})
# What is one person's own makes no sense in a group.
PRIVATE_ONLY = frozenset({"tersimpan"})
# Nobody but the bot's admins is told of them.
ADMINS_COMMANDS = frozenset({"status", "siaran", "broadcast", "blokir", "block"})


def menus(words: Words) -> Iterator[tuple[BotCommandScope, Menu]]:
    """What is offered to everybody, in private chats, in groups, and to the administrators of groups (pure)."""
    full = menu(words)
    shared = [entry for entry in full if entry[0] not in PRIVATE_ONLY]
    group = [entry for entry in shared if entry[0] not in SETTINGS]
    yield BotCommandScopeDefault(), group
    yield BotCommandScopeAllPrivateChats(), full
    yield BotCommandScopeAllGroupChats(), group
    yield BotCommandScopeAllChatAdministrators(), shared


def chat_menus(
    words: Words, chat_id: int, chat_type: str, *, is_bot_admin: bool
) -> Iterator[tuple[BotCommandScope, Menu]]:
    """What is offered in one chat, in the language that it chose (pure)."""
    by_scope = {type(scope): entries for scope, entries in menus(words)}
    if chat_type == ChatType.PRIVATE:
        entries = by_scope[BotCommandScopeAllPrivateChats]
        yield BotCommandScopeChat(chat_id), entries + (admin_menu(words) if is_bot_admin else [])
    elif chat_type in {ChatType.GROUP, ChatType.SUPERGROUP}:
        yield BotCommandScopeChat(chat_id), by_scope[BotCommandScopeAllGroupChats]
        yield BotCommandScopeChatAdministrators(chat_id), by_scope[BotCommandScopeAllChatAdministrators]


async def set_menus(bot: ExtBot[float], admins: Mapping[int, Words]) -> None:
    """Show the commands in Telegram's menu, in each language; the bot's admins, each in their own, see theirs too.

    A menu that can't be set now is no reason not to run.
    """
    for language in languages():
        code = None if language == DEFAULT_LANGUAGE else language
        await show(bot, menus(load_words(language)), code)
    for chat_id, words in admins.items():
        await show(bot, chat_menus(words, chat_id, ChatType.PRIVATE, is_bot_admin=True))


async def show(bot: ExtBot[float], entries: Iterable[tuple[BotCommandScope, Menu]], code: str | None = None) -> None:
    """Set these menus for people whose app says that language, or for all; failures are logged."""
    for scope, listed in entries:
        try:
            await bot.set_my_commands([BotCommand(*entry) for entry in listed], scope, language_code=code)
        except TelegramError as error:
            # Such as an admin who never wrote to the bot.
            log.warning("the command menu %s could not be set: %s", scope.type, error)


async def forget_menu(bot: ExtBot[float], chat_id: int) -> None:
    """Show the chat the menu of all others again; failures are logged."""
    try:
        await bot.delete_my_commands(BotCommandScopeChat(chat_id))
    except TelegramError as error:
        log.warning("a chat's own command menu could not be taken away: %s", error)
