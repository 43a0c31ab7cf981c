"""The outbox in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from summaries.model import (
        AlertBatch,
        BroadcastMessage,
        Delivery,
        Length,
        MessageKind,
        OutboxMessage,
        PartState,
    )


class OutboxStore(Protocol):
    """Messages of digests, alerts and broadcasts, each stored before it is sent.

    Claimed messages are invisible to other claimants until `lease_until`; those that wait longest are claimed first.
    """

    async def claim_digests(
        self, *, now: datetime, lease_until: datetime, limit: int, excluding: Collection[int] = ()
    ) -> tuple[Delivery, ...]:
        """Claim composed deliveries, each with all its messages, unless its first message is one of `excluding`."""
        ...

    async def claim_alerts(
        self, *, now: datetime, lease_until: datetime, length: Length, max_items: int, limit: int
    ) -> tuple[AlertBatch, ...]:
        """Claim one message of at most `max_items` stories for each of `limit` chats.

        Stories that a digest covered meanwhile are dropped.
        """
        ...

    async def claim_broadcasts(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[BroadcastMessage, ...]:
        """Claim messages of broadcasts, those of the oldest broadcast first."""
        ...

    async def mark_sending(self, message: OutboxMessage, *, until: datetime) -> None:
        """Record, before the call, the attempt and that one more copy may arrive; extend the lease to `until`.

        Raises:
            LeaseLost: the message was claimed again or is not to be sent any more; nothing was changed.
        """
        ...

    async def mark_sent(
        self,
        message: OutboxMessage,
        *,
        message_id: int,
        now: datetime,
        pause: timedelta | None = None,
        is_last: bool = False,
    ) -> None:
        """Record that the message arrived. The stories of a digest or an alert count as delivered to the chat.

        The chat's other alerts wait at least for `pause` after an alert. The last message of a delivery, `is_last`,
        finishes it as sent, unless another process has claimed it meanwhile.
        """
        ...

    async def mark_unsent(self, message: OutboxMessage, *, state: PartState, error: str) -> None:
        """Record that the message did not arrive (`PENDING`, or `FAILED` for good), or may have (`UNCERTAIN`)."""
        ...

    async def postpone(self, ids: Sequence[int], until: datetime) -> None:
        """End the lease of open messages, which can be claimed again from `until` on."""
        ...

    async def release(self, kind: MessageKind, *, now: datetime) -> int:
        """End all leases; return how many there were. Messages that were postponed keep their time.

        For the start of a process that has the database for itself: the earlier claimants are gone.
        """
        ...

    async def realign(self, kind: MessageKind, *, claimed: datetime, waiting: datetime) -> int:
        """Shorten leases to `claimed` and waits to `waiting`, after the clock was ahead; return how many."""
        ...
