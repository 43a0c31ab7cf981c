"""Watches and alerts in the store, and who sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from summaries.model import AlertBatch, ChatRef, FreshNews, Watch


class WatchStore(Protocol):
    """The words that chats wait for."""

    async def add(self, chat: ChatRef, words: str, *, most: int, now: datetime) -> Watch | None:
        """The chat's watch for these words, made where it has none; None when it has `most` of others. Those that
        rested listen again."""
        ...

    async def find(self, watch_id: int, chat_id: int) -> Watch | None:
        """The watch, if it is that chat's."""
        ...

    async def of_chat(self, chat_id: int) -> tuple[Watch, ...]:
        """In the order in which they were made."""
        ...

    async def remove(self, watch_id: int, chat_id: int) -> bool: ...

    async def fold(self, watch_id: int, chat_id: int, *, is_folded: bool) -> bool:
        """Let what the watch finds come with the digest, or at once; also what waits to be told. False if unchanged."""
        ...

    async def remove_all(self, chat_id: int) -> None:
        """The chat is to hear nothing more."""
        ...


class AlertStore(Protocol):
    """What watches found, and what became of telling it."""

    async def fresh(self, *, until: datetime, oldest: datetime, limit: int) -> FreshNews | None:
        """The next public articles that came in, up to `until`, since what was looked through last and since a watch
        listens; not those dated before `oldest`. None where there are none. They come again until `put` is done."""
        ...

    async def watches(self) -> tuple[Watch, ...]:
        """Those that listen: not those of chats that went quiet."""
        ...

    async def put(
        self, found: Sequence[tuple[Watch, int]], *, looked_at: FreshNews | None, now: datetime, pace: timedelta
    ) -> int:
        """Store that watches found articles, one alert for a chat and a story, and that all of `looked_at` was looked
        through: both or neither. How many alerts are new.

        A chat that was told of the story already gets none, and so does one whose watch did not listen when the article
        came in. Nothing is to be sent to a chat within `pace` of its last alert.
        """
        ...

    async def stored_last(self) -> datetime | None:
        """The latest moment of an alert, a watch or a look: after now, the clock was ahead when it was stored."""
        ...

    async def realign(self, *, now: datetime) -> int:
        """Set times after `now` to `now`, after the clock was ahead; return how many rows changed."""
        ...


class AlertMessenger(Protocol):
    """Sends one alert, rendered for its chat, and tells the message's id. Raises the errors under `SendError`."""

    async def send_alert(self, chat: ChatRef, batch: AlertBatch) -> int:
        """`chat` is the batch's, or its general topic where that one is gone."""
        ...
