"""What the bot's admins need of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.model import Backlog, Broadcast, Figures


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

    async def end_finished(self) -> tuple[Broadcast, ...]:
        """End what has no chat left, and tell which."""
        ...
