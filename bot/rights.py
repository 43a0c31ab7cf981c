"""A word to who set up a digest for a group or channel in which the bot may not write any more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from summaries.errors import SendError
from summaries.model import ChatRef

if TYPE_CHECKING:
    from bot.languages import Languages
    from summaries.ports import Messenger, PlaceStore

log = logging.getLogger(__name__)


class RightsNotices:
    """Fulfils `ports.Notifier`."""

    def __init__(self, messenger: Messenger, languages: Languages, places: PlaceStore) -> None:
        self._messenger = messenger
        self._languages = languages
        self._places = places

    async def tell_no_rights(self, user_id: int, chat_id: int) -> None:
        words = await self._languages.words_to_tell(user_id)
        place = await self._places.find(chat_id)
        name = place.title if place and place.title else str(chat_id)
        said = words.html(
            "I may not write in <b>{chat}</b> any more, so the digest there is paused; its settings are kept. Give me"
            " the right to post there, then start it again with /langganan.",
            chat=name,
        )
        try:
            await self._messenger.send(ChatRef(user_id), said)
        except SendError as error:
            log.warning("who set up the digest of chat %d could not be told: %s", chat_id, error)
