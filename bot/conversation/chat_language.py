"""Which language each chat is spoken to in."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from babel import Locale

from bot.access.guarded_store import ruled, seen
from bot.locale import languages, load_words, nearest_language

if TYPE_CHECKING:
    from datetime import datetime

    from bot.access.chat_admins import AdminAccess
    from bot.access.guarded_store import Access
    from bot.locale import Words
    from summaries.ports import ChatStore

CHATS_REMEMBERED = 4096


class Languages:
    """What a chat chose, else what its person's app is set to, else Indonesian.

    Choices are remembered here, unless the bot `is_shared`: then other processes change them too.
    """

    def __init__(self, chats: ChatStore, *, is_shared: bool = False) -> None:
        self._chats = chats
        self._is_shared = is_shared
        self._chosen: OrderedDict[int, str | None] = OrderedDict()

    async def words_for(self, chat: Access, language_code: str | None = None) -> Words:
        """The words for a chat in which somebody speaks whose app says the IETF tag `language_code`."""
        return await self.words_to_tell(seen(chat), language_code)

    async def words_to_tell(self, chat_id: int, language_code: str | None = None) -> Words:
        """The words for what the bot sends to a chat on its own. Handlers have `words_for`."""
        if self._is_shared or chat_id not in self._chosen:
            self._remember(chat_id, (await self._chats.find(chat_id)).language)
        self._chosen.move_to_end(chat_id)
        return words_of(self._chosen[chat_id], language_code)

    async def choose(self, chat: AdminAccess, language: str | None, *, now: datetime) -> None:
        """Speak to the chat in that language from now on; None leaves it to the person's app again."""
        chat_id = ruled(chat)
        await self._chats.put(replace(await self._chats.find(chat_id), language=language), now=now)
        self._remember(chat_id, language)

    async def keep(self, chat: AdminAccess, words: Words, *, now: datetime) -> None:
        """Speak to the chat in these words also where nobody's app says a language, unless it chose others."""
        await self.words_for(chat)
        if self._chosen[ruled(chat)] is None:
            await self.choose(chat, words.language, now=now)

    def forget(self, chat_id: int) -> None:
        """The chat's settings were changed elsewhere: look them up again."""
        self._chosen.pop(chat_id, None)

    def _remember(self, chat_id: int, language: str | None) -> None:
        self._chosen[chat_id] = language
        if len(self._chosen) > CHATS_REMEMBERED:
            self._chosen.popitem(last=False)


def words_of(chosen: str | None, language_code: str | None = None) -> Words:
    """The words of a chosen language, unless its catalogue is gone; else those nearest to the IETF tag."""
    return load_words(chosen if chosen in languages() else nearest_language(language_code))


def language_named(text: str) -> str | None:
    """The language that is meant by its code or its name in any of our languages ("inggris", "English", "en")."""
    wanted = text.strip().casefold().removeprefix("bahasa ")
    for language in languages():
        names = {Locale.parse(language).get_language_name(other) or "" for other in languages()}
        if wanted in {language, *(name.casefold() for name in names)}:
            return language
    return None
