"""Every command of the bot, Telegram's command menus, and the descriptions in the bot's profile.

The handlers (`bot.app`), the menus and docs/commands.md read this one table.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

import telegram
from rapidfuzz.distance import OSA
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.locale import DEFAULT_LANGUAGE, Translations, languages, load_translations, message

log = logging.getLogger(__name__)

Menu = list[tuple[str, str]]
# Maximum edit distance for a mistyped command, and at most a third of its length.
MAX_EDIT_DISTANCE = 2


class Scope(Enum):
    """The chats whose menu offers a command."""

    EVERYWHERE = auto()
    # In groups only administrators may change settings, so only their menu has these commands.
    SETTINGS = auto()
    # A person's own list has no place in a group.
    PRIVATE = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its other names, and its description in the menu (an English key of the catalogues).

    Commands with `is_admin` are for the bot's operators (ADMIN_IDS); nobody else sees them. A command without a
    description is in no menu.
    """

    name: str
    aliases: tuple[str, ...] = ()
    description: str = ""
    scope: Scope = Scope.EVERYWHERE
    is_admin: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


# In the order of the menus.
COMMANDS = (
    Command("start"),
    Command("ringkas", ("summarise", "summarize"), message("Summarise a link, a text or a file")),
    Command("berita", ("news",), message("The latest news, by topic, outlet or word")),
    Command("cari", ("search",), message("Search the news")),
    Command("topik", ("topics",), message("News by topic")),
    Command("tren", ("trends",), message("What people talk about today")),
    Command("pantau", ("watch",), message("Tell me when a story with these words breaks"), Scope.SETTINGS),
    Command("ikuti", ("follow",), message("The stories that this chat follows"), Scope.SETTINGS),
    Command("peringatan", ("warnings",), message("Earthquakes and weather warnings from BMKG"), Scope.SETTINGS),
    Command("tersimpan", ("saved",), message("The articles that you saved"), Scope.PRIVATE),
    Command("langganan", ("digest", "subscribe"), message("A digest in this chat every day"), Scope.SETTINGS),
    Command("sumbersaya", ("mysources",), message("Sources of your own, for this chat only"), Scope.SETTINGS),
    Command("jadwal", ("schedule",), message("When the digest comes, e.g. 07:00 WITA"), Scope.SETTINGS),
    Command("berhenti", ("stop",), message("Stop the digest"), Scope.SETTINGS),
    Command("mengapa", ("why",), message("Why a digest came, or did not"), Scope.SETTINGS),
    Command("sumber", ("sources",), message("What I read, and how it is going")),
    Command("bahasa", ("language",), message("Language: English, Indonesian"), Scope.SETTINGS),
    Command("dataku", ("mydata",), message("All that I keep of this chat, as a file"), Scope.SETTINGS),
    Command("hapusdata", ("deletedata",), message("Delete all that I keep of this chat"), Scope.SETTINGS),
    Command("bantuan", ("help",), message("How it works")),
    Command("status", (), message("How the bot is doing"), Scope.PRIVATE, is_admin=True),
    Command(
        "siaran", ("broadcast",), message("Write to all chats with a digest or alerts"), Scope.PRIVATE, is_admin=True
    ),
    Command("blokir", ("block",), message("Shut somebody out, or let them in again"), Scope.PRIVATE, is_admin=True),
)
# Every name that anybody may use; a mistyped command is compared with these.
PUBLIC_NAMES = tuple(name for command in COMMANDS if not command.is_admin for name in command.names)
# Scopes offered to everybody in a group, and to its administrators.
GROUP_SCOPES = frozenset({Scope.EVERYWHERE})
GROUP_ADMIN_SCOPES = GROUP_SCOPES | {Scope.SETTINGS}


def build_menu(words: Translations, scopes: Iterable[Scope] = Scope, *, is_admin: bool = False) -> Menu:
    """Return name and description of the commands in these scopes: the public ones, or those of the bot's admins."""
    return [
        (words.command(command.name), words.text(command.description))
        for command in COMMANDS
        if command.description and command.is_admin == is_admin and command.scope in scopes
    ]


def build_menus(words: Translations) -> Iterator[tuple[telegram.BotCommandScope, Menu]]:
    """Yield the menu of each of Telegram's general scopes."""
    yield telegram.BotCommandScopeDefault(), build_menu(words, GROUP_SCOPES)
    yield telegram.BotCommandScopeAllPrivateChats(), build_menu(words)
    yield telegram.BotCommandScopeAllGroupChats(), build_menu(words, GROUP_SCOPES)
    yield telegram.BotCommandScopeAllChatAdministrators(), build_menu(words, GROUP_ADMIN_SCOPES)


def build_chat_menus(
    words: Translations, chat_id: int, chat_type: str, *, is_bot_admin: bool
) -> Iterator[tuple[telegram.BotCommandScope, Menu]]:
    """Yield the menus of one chat, in the language that it chose."""
    if chat_type == ChatType.PRIVATE:
        admin_menu = build_menu(words, is_admin=True) if is_bot_admin else []
        yield telegram.BotCommandScopeChat(chat_id), build_menu(words) + admin_menu
    elif chat_type in {ChatType.GROUP, ChatType.SUPERGROUP}:
        yield telegram.BotCommandScopeChat(chat_id), build_menu(words, GROUP_SCOPES)
        yield telegram.BotCommandScopeChatAdministrators(chat_id), build_menu(words, GROUP_ADMIN_SCOPES)


# An empty chat shows the description (at most 512 characters), a shared contact the short one (120).
DESCRIPTION = message(
    "The day's news of Indonesia in a few minutes.\n\n"
    "• Send a link or the text of a news article, and I answer with the few sentences that matter.\n"
    "• Every morning I send you the most important stories of many outlets in one message.\n"
    "• An alert comes as soon as a story with your words breaks.\n\n"
    "Press Start to try it."
)
SHORT_DESCRIPTION = message("Indonesian news in brief: a digest every morning, and a summary of any article you send.")


async def set_profile(bot: ExtBot[float], admins: Mapping[int, Translations]) -> None:
    """Set the descriptions and the general menus in every language, and the menus of the bot's `admins`, each in their
    own language.

    A text or menu that Telegram refuses does not keep the bot from running.
    """
    for language in languages():
        code, words = None if language == DEFAULT_LANGUAGE else language, load_translations(language)
        await publish_descriptions(bot, words, code)
        await publish_menus(bot, build_menus(words), code)
    for chat_id, words in admins.items():
        await publish_menus(bot, build_chat_menus(words, chat_id, ChatType.PRIVATE, is_bot_admin=True))


async def publish_descriptions(bot: ExtBot[float], words: Translations, code: str | None = None) -> None:
    """Set the descriptions that differ from Telegram's, for people whose app has the language `code`, or for everybody;
    log failures.

    Telegram allows few changes of a profile in a day, and a bot may start often.
    """
    description, short = words.text(DESCRIPTION), words.text(SHORT_DESCRIPTION)
    try:
        if (await bot.get_my_description(code)).description != description:
            await bot.set_my_description(description, code)
        if (await bot.get_my_short_description(code)).short_description != short:
            await bot.set_my_short_description(short, code)
    except TelegramError as error:
        log.warning("the bot's descriptions could not be set: %s", error)


async def publish_menus(
    bot: ExtBot[float], entries: Iterable[tuple[telegram.BotCommandScope, Menu]], code: str | None = None
) -> None:
    """Set these menus for people whose app has the language `code`, or for everybody; log failures."""
    for scope, listed in entries:
        try:
            await bot.set_my_commands([telegram.BotCommand(*entry) for entry in listed], scope, language_code=code)
        except TelegramError as error:
            # Such as an admin who never wrote to the bot.
            log.warning("the command menu %s could not be set: %s", scope.type, error)


async def delete_menu(bot: ExtBot[float], chat_id: int) -> None:
    """Show the general menu in the chat again; log failures."""
    try:
        await bot.delete_my_commands(telegram.BotCommandScopeChat(chat_id))
    except TelegramError as error:
        log.warning("a chat's own command menu could not be deleted: %s", error)


def read_argument(message: telegram.Message) -> str:
    """Return the text after the command, over all lines."""
    text = message.text or message.caption or ""
    words = text.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


def find_nearest_command(text: str, commands: Iterable[str]) -> str | None:
    """Return the command that the first word of the text ("/brita", "/brita@bot") was probably meant to be."""
    typed = text.split(maxsplit=1)[0].lstrip("/").partition("@")[0].casefold() if text.strip() else ""
    most = min(MAX_EDIT_DISTANCE, len(typed) // 3)
    distances = [(OSA.distance(typed, command, score_cutoff=most), command) for command in commands]
    begun = [command for command in commands if len(typed) >= MAX_EDIT_DISTANCE and command.startswith(typed)]
    near = [(distance, command) for distance, command in distances if distance <= most]
    if most and near:
        return min(near)[1]
    return begun[0] if len(begun) == 1 else None
