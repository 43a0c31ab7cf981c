"""Ports of a fleet: the inbox of updates, dead members, and shared rate limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from summaries.model import Asked, ChatQuota, PendingLimits, Reservation, Taken, Waiting


class InboxStore(Protocol):
    """Received updates that are not answered yet. Their content is deleted once they are."""

    async def put(
        self,
        bot_id: int,
        update_id: int,
        body: Mapping[str, Any],
        *,
        sender: str | None,
        may_be_cut: bool,
        now: datetime,
        limits: PendingLimits | None = None,
    ) -> Taken:
        """Store an update, unless it was stored before.

        An update over the limits is refused: the first is stored for a notice, the others are only marked as received
        until that notice was given.

        `sender` identifies the author and the chat of a text. The text joins the open group of an earlier text of the
        same sender that `may_be_cut`; a text that may be cut takes in later ones that overtook it.
        """

    async def open(self, group_id: int, *, patience: timedelta, brief: timedelta, now: datetime) -> Waiting:
        """Close the group and return its updates, or the time to wait before it can be closed.

        A text that may be cut waits for `patience` after its last piece, any other text for `brief`. An update that was
        answered, or that belongs to another group, has nothing to answer.
        """

    async def done(self, group_id: int, *, now: datetime) -> None:
        """Record that the group was answered."""

    async def left(self, *, before: datetime, after: datetime) -> tuple[int, ...]:
        """Return unanswered groups that were received between `after` and `before`."""

    async def forget(self, *, before: datetime) -> int:
        """Delete the updates that were received before a time; return how many."""


class MemberStore(Protocol):
    """Members of a fleet."""

    async def gone(self) -> frozenset[str]:
        """Return the owners of leases that hold no connection.

        All connections end when the server restarts: ask twice.
        """

    async def record_ticks(self, names: Collection[str]) -> None:
        """Record that these ticks ended now."""

    async def tick_ages_s(self) -> Mapping[str, float]:
        """Return the seconds since each tick last ended in any process, by the database's clock."""

    async def release(self, owners: Collection[str], *, now: datetime) -> int:
        """End the leases of these owners; return how many. Postponed messages keep their time."""


class RateLimitStore(Protocol):
    """Rate limits that all processes of a fleet share."""

    async def reserve(
        self, bot_id: int, count: int, *, per_s: float, burst: int, chats: Sequence[ChatQuota] = ()
    ) -> Reservation:
        """Reserve `count` sends of the bot, 1 / `per_s` seconds apart, and one send within each of the `chats`.

        After a silence up to `burst` sends of the bot go at once. With a count of 0 only the chats' are reserved.
        """

    async def ask(self, bot_id: int, user_id: int, *, per_s: float, burst: int) -> Asked:
        """Count one more question of the person: `burst` are answered at once, then `per_s` a second."""

    async def forget(self, *, chats: timedelta, people: timedelta) -> int:
        """Delete the counts of chats and people that were idle for that long; return how many."""
