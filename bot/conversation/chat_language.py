"""The language of each chat."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime

from babel import Locale

from bot.access.chat_admins import AdminAccess
from bot.access.guarded_store import Access, admin_chat_id, readable_chat_id
from bot.locale import Translations, choose_language, languages, load_translations
from summaries.ports import ChatStore

# Chats whose choice is cached.
MAX_CACHED_CHATS = 4096


class ChatLanguages:
    """The language that a chat chose, else that of the person's app, else Indonesian.

    Choices are cached, unless several processes share the bot and may change them.
    """

    def __init__(self, chats: ChatStore, *, is_shared: bool = False) -> None:
        self._chats = chats
        self._is_shared = is_shared
        self._chosen: OrderedDict[int, str | None] = OrderedDict()

    async def for_chat(self, chat: Access, language_code: str | None = None) -> Translations:
        """Return the translations for a chat; the person's app has the IETF tag `language_code`."""
        return await self.for_chat_id(readable_chat_id(chat), language_code)

    async def for_chat_id(self, chat_id: int, language_code: str | None = None) -> Translations:
        """Return the translations for messages that the bot sends on its own; handlers use `for_chat`."""
        if self._is_shared or chat_id not in self._chosen:
            self._remember(chat_id, (await self._chats.find(chat_id)).language)
        self._chosen.move_to_end(chat_id)
        return translations_for(self._chosen[chat_id], language_code)

    async def choose(self, chat: AdminAccess, language: str | None, *, now: datetime) -> None:
        """Set the chat's language; None follows the person's app again."""
        chat_id = admin_chat_id(chat)
        await self._chats.put(replace(await self._chats.find(chat_id), language=language), now=now)
        self._remember(chat_id, language)

    async def keep(self, chat: AdminAccess, words: Translations, *, now: datetime) -> None:
        """Store the language of `words` as the chat's, unless it chose one: messages that the bot sends later have no
        app to follow."""
        await self.for_chat(chat)
        if self._chosen[admin_chat_id(chat)] is None:
            await self.choose(chat, words.language, now=now)

    def forget(self, chat_id: int) -> None:
        """Drop the chat's cached choice, which was changed elsewhere."""
        self._chosen.pop(chat_id, None)

    def _remember(self, chat_id: int, language: str | None) -> None:
        self._chosen[chat_id] = language
        if len(self._chosen) > MAX_CACHED_CHATS:
            self._chosen.popitem(last=False)


def translations_for(chosen: str | None, language_code: str | None = None) -> Translations:
    """Return the translations of the chosen language if it has a catalogue, else of the one nearest to the IETF tag."""
    return load_translations(chosen if chosen in languages() else choose_language(language_code))


def find_language(text: str) -> str | None:
    """Return the language with this code or name in any of our languages ("inggris", "English", "en")."""
    wanted = text.strip().casefold().removeprefix("bahasa ")
    for language in languages():
        names = {Locale.parse(language).get_language_name(other) or "" for other in languages()}
        if wanted in {language, *(name.casefold() for name in names)}:
            return language
    return None
