"""Subscriptions and deliveries in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from summaries.model import (
        Delivery,
        DeliveryPart,
        DeliveryRecord,
        NewsItem,
        Outcome,
        PartState,
        Preferences,
        Reason,
        Subscription,
    )


class SubscriptionStore(Protocol):
    """The digests that chats asked for."""

    async def find(self, chat_id: int) -> Subscription | None: ...

    async def put(self, subscription: Subscription, *, next_due_at: datetime | None, now: datetime) -> None:
        """Add or replace the chat's subscription. An inactive one has no next due time."""
        ...

    async def change(
        self,
        chat_id: int,
        change: Callable[[Subscription | None], Subscription],
        *,
        next_due: Callable[[Subscription], datetime | None],
        now: datetime,
    ) -> Subscription:
        """Replace the chat's subscription by what `change` (pure) makes of it, in one transaction; give it back.

        Where the times, the days or the zone changed, or it was woken, it is next due when `next_due` says.
        """
        ...

    async def next_due_at(self, chat_id: int) -> datetime | None: ...

    async def deactivate(self, chat_id: int, *, is_gone: bool = False) -> bool:
        """Stop the digest and keep its settings. False when there was none, or it was stopped already.

        With `is_gone` nobody asked for that: the chat blocked or removed the bot.
        """
        ...

    async def is_gone(self, chat_id: int) -> bool:
        """Whether the digest stopped because the chat was gone, and nobody started or stopped it since."""
        ...

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        """The group became a supergroup: everything stored of the old id belongs to the new one."""
        ...


class DeliveryStore(Protocol):
    """The ledger of digests: who is due, what was rendered for them, what was sent."""

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
    ) -> tuple[Delivery, ...]:
        """Claim digests that are due, and open deliveries whose lease ran out, oldest first.

        A due subscription gets a delivery row (unique for chat and due time) and, in the same transaction, the next due
        time that `next_due` (pure) names. What is claimed is invisible to other claimants until `lease_until`.
        """
        ...

    async def news_for(
        self, chat_id: int, *, since: datetime, preferences: Preferences, limit: int
    ) -> tuple[tuple[NewsItem, ...], int]:
        """The newest stories that the chat wants and was not told of, and how many there are in all.

        An article of theirs was added since then, or stood in a message since then that did not reach the chat. Told of
        one article, a chat was told of its story.
        """
        ...

    async def put_parts(self, delivery_id: int, parts: Sequence[DeliveryPart]) -> None:
        """Store the rendered messages, all pending; from here on the delivery is composed, once for all."""
        ...

    async def mark_sending(self, delivery_id: int, position: int) -> None:
        """The call is about to be made: count the attempt, and that one more copy may be out."""
        ...

    async def mark_sent(self, delivery_id: int, position: int, *, message_id: int, now: datetime) -> None:
        """The part arrived; its articles, and all others that tell the same stories now, count as told to the chat."""
        ...

    async def mark_unsent(self, delivery_id: int, position: int, *, state: PartState, error: str) -> None:
        """The part did not, or not surely, arrive: `PENDING` or `FAILED` (no copy left), or `UNCERTAIN`."""
        ...

    async def postpone(self, delivery_id: int, until: datetime) -> None:
        """Keep the delivery claimed until then; afterwards `claim_due` gives it out again."""
        ...

    async def finish(
        self, delivery_id: int, outcome: Outcome, *, now: datetime, reason: Reason | None = None
    ) -> None: ...

    async def history(self, chat_id: int, *, limit: int) -> tuple[DeliveryRecord, ...]:
        """The chat's last deliveries, newest due time first."""
        ...
