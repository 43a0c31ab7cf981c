"""Port for the feeds that chats added for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from summaries import model


class OwnFeedStore(Protocol):
    """Own feeds of the chats of one bot. A feed is stored once for all its chats, and deleted with the last one."""

    async def add(
        self, chat_id: int, found: model.FoundOwnFeed, *, limits: model.FeedLimits, now: datetime
    ) -> model.OwnFeed | model.FeedLimit:
        """Give the chat the feed, which is due now if it is new or was switched off, or return the limit that is
        reached."""

    async def of_chat(self, chat_id: int) -> tuple[model.OwnFeed, ...]:
        """Return the chat's feeds, oldest first."""

    async def remove(self, chat_id: int, feed_id: int) -> bool:
        """Take the feed from the chat; return False if the chat does not have it."""

    async def remove_all(self, chat_id: int) -> None:
        """Take all feeds from the chat."""

    async def list_page(self, chat_id: int, *, number: int, size: int) -> model.OwnPage:
        """Return a page of the articles of the chat's feeds, or the last one if `number` is past it."""

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, latest: datetime
    ) -> tuple[model.OwnFeed, ...]:
        """Claim feeds that are due, longest waiting first; they are due again at `lease_until`.

        A feed waits while the bot can write to none of its chats. Those with a next check after `latest` are due, too:
        the clock was ahead when it was set.
        """

    async def list_new(self, feed_id: int, urls: Sequence[str]) -> frozenset[str]:
        """Return those of the addresses that are not yet articles of the feed."""

    async def record(
        self, feed_id: int, state: model.PollState, entries: Sequence[model.OwnEntry], *, kept: int, now: datetime
    ) -> int:
        """Store the state after a check and the entries that are new; return how many.

        Only the `kept` newest articles of the feed stay. Nothing is stored for a feed that was deleted meanwhile.
        """
