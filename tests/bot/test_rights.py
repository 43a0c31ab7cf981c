"""Who set up a digest is told that the bot may not write there."""

from __future__ import annotations

import pytest

from bot.background.notices import RightsNotices
from bot.locale import load_translations
from summaries.errors import ChatUnreachable
from summaries.model import ChatRef, Place


class Messenger:
    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[tuple[int, str]] = []
        self.error = error

    async def send(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        if self.error:
            raise self.error
        self.sent.append((chat.chat_id, html))
        return 1

    async def send_plain(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        return await self.send(chat, html, is_silent=is_silent)


class ChatLanguages:
    async def for_chat_id(self, _chat_id: int) -> object:
        return load_translations("en")


class Places:
    def __init__(self, *places: Place) -> None:
        self._places = {place.chat_id: place for place in places}

    async def find(self, chat_id: int) -> Place | None:
        return self._places.get(chat_id)


def notices(messenger: Messenger) -> RightsNotices:
    places = Places(Place(-1001, "channel", "Kabar <Desa>", is_member=True))
    return RightsNotices(messenger, ChatLanguages(), places)  # type: ignore[arg-type]


@pytest.mark.parametrize(("chat_id", "name"), [(-1001, "<b>Kabar &lt;Desa&gt;</b>"), (-1002, "<b>-1002</b>")])
async def test_the_chat_is_named(chat_id: int, name: str) -> None:
    messenger = Messenger()
    await notices(messenger).tell_no_rights(7, chat_id)
    ((to, html),) = messenger.sent
    assert to == 7
    assert name in html


async def test_who_can_not_be_told_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    await notices(Messenger(ChatUnreachable("bot was blocked by the user"))).tell_no_rights(7, -1001)
    assert "who set up the digest of chat -1001 could not be told" in caplog.text
