"""What the bot's admins need of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model import Backlog, Broadcast, BroadcastMessage, Figures


class BlockStore(Protocol):
    """Chats and people that the bot does not answer."""

    async def all(self) -> frozenset[int]: ...

    async def block(self, chat_id: int, *, now: datetime) -> bool:
        """Shut it out, and stop its digest. False when it was shut out already."""
        ...

    async def unblock(self, chat_id: int) -> bool:
        """Let it in again. False when it was not shut out."""
        ...


class FigureStore(Protocol):
    """Counts over all that is stored."""

    async def count(self, *, now: datetime) -> Figures: ...

    async def backlog(self, *, now: datetime, late_from: datetime) -> Backlog:
        """What waits; late is what was due at `late_from` or before.

        Asked every few seconds, it must stay cheap however much is stored.
        """
        ...


class BroadcastStore(Protocol):
    """Messages to the chats that the bot writes to unasked: those with a digest that runs, or with watches.

    Whoever stopped the digest wants no broadcast either, watches or not.
    """

    async def draft(self, html: str, chat_id: int, *, now: datetime) -> Broadcast:
        """Keep the text of a broadcast that nobody confirmed yet."""
        ...

    async def find(self, broadcast_id: int) -> Broadcast | None: ...

    async def under_way(self) -> tuple[Broadcast, ...]:
        """Those that are being sent."""
        ...

    async def audience(self) -> int:
        """How many chats a broadcast would go to now."""
        ...

    async def begin(self, broadcast_id: int, message_id: int) -> Broadcast | None:
        """Give the draft its chats, those that it would go to now. One that was begun or cancelled stays as it is."""
        ...

    async def cancel(self, broadcast_id: int) -> Broadcast | None:
        """Send no more of it. One that is done stays done."""
        ...

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[BroadcastMessage, ...]:
        """The next chats of broadcasts that are being sent, invisible to other claimants until `lease_until`."""
        ...

    async def mark_sending(self, message: BroadcastMessage, *, until: datetime) -> None:
        """The call is about to be made: count the attempt, and that one more copy may be out. Nobody else claims it
        before `until`.

        Raises:
            LeaseLost: another has claimed it meanwhile, or the broadcast was cancelled; nothing was changed.
        """
        ...

    async def settle(self, message: BroadcastMessage, *, is_sent: bool, error: str | None = None) -> None:
        """It is done with: it arrived, or may have, or never will."""
        ...

    async def put_back(self, message: BroadcastMessage, *, may_be_out: bool, error: str) -> None:
        """The call failed; it waits, and may be sent again."""
        ...

    async def postpone(self, message: BroadcastMessage, until: datetime) -> None:
        """It may be claimed again after that moment."""
        ...

    async def release(self, *, now: datetime) -> int:
        """What a process that is gone had claimed may be claimed at once; how many messages that are. What waits for a
        time of its own, waits."""
        ...

    async def realign(self, *, latest: datetime) -> int:
        """The clock was ahead: nothing waits beyond `latest`. How many messages waited longer."""
        ...

    async def end_finished(self) -> tuple[Broadcast, ...]:
        """End what has no chat left, and tell which."""
        ...
