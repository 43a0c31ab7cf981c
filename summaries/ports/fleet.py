"""What processes on several machines share beside the news and the chats: updates to answer, and the bot's pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from summaries.model import Asked, ChatQuota, PendingLimits, Reservation, Taken, Waiting


class InboxStore(Protocol):
    """Updates that were received and not answered yet. What they say is forgotten as soon as they are."""

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
        """Store an update; one that was stored before is not stored again.

        An update over the limits is refused: the first is stored for a notice, the others are only marked as received
        until that notice was given.

        `sender` names who wrote it where, if it is a text: it joins the group of an earlier one of theirs that
        `may_be_cut` and is not closed yet; and one that may be cut takes later ones in that overtook it.
        """
        ...

    async def open(self, group_id: int, *, patience: timedelta, brief: timedelta, now: datetime) -> Waiting:
        """What the group holds, and close it: of a text that may be cut, when its last piece came longer than
        `patience` ago, of any other text after `brief`. Nothing where it was answered, or belongs to another group."""
        ...

    async def done(self, group_id: int, *, now: datetime) -> None:
        """The group was answered."""
        ...

    async def left(self, *, before: datetime, after: datetime) -> tuple[int, ...]:
        """Groups received after the one moment and before the other that nobody has answered."""
        ...

    async def forget(self, *, before: datetime) -> int:
        """Forget which updates were received before then; tell how many."""
        ...


class MemberStore(Protocol):
    """Who of a fleet lives."""

    async def gone(self) -> frozenset[str]:
        """Owners of claimed digests, alerts and messages of broadcasts that hold no connection. A server that was away
        lost all: ask twice."""
        ...

    async def release(self, owners: Collection[str], *, now: datetime) -> int:
        """Let others claim at once what these had; tell how much that is. What waits for a time of its own, waits."""
        ...


class RateLimitStore(Protocol):
    """How much a bot, its chats and its people had of late, counted by all processes together."""

    async def reserve(
        self, bot_id: int, count: int, *, per_s: float, burst: int, chats: Sequence[ChatQuota] = ()
    ) -> Reservation:
        """Reserve `count` of the bot's turns in a row, 1 / `per_s` seconds apart, and a turn within its chat for each
        of `chats`: those of a chat follow each other too. With a count of 0 those alone.

        Where little was sent, up to `burst` of the bot's may follow each other at once.
        """
        ...

    async def ask(self, bot_id: int, user_id: int, *, per_s: float, burst: int) -> Asked:
        """Count one more question of the person: `burst` are answered at once, `per_s` a second in the long run."""
        ...

    async def forget(self, *, chats: timedelta, people: timedelta) -> int:
        """Forget the turns of chats, and the questions of people, that were quiet for so long; tell how many."""
        ...
