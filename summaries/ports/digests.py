"""Subscriptions and deliveries in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from summaries.model import (
        Composed,
        Delivery,
        DeliveryRecord,
        News,
        NewsWish,
        Outcome,
        Reason,
        Subscription,
        Woken,
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
        by: int | None = None,
    ) -> Subscription:
        """Replace the chat's subscription by what `change` (pure) makes of it, in one transaction; give it back.

        Where the times, the days or the zone changed, or it was woken, it is next due when `next_due` says. `by` is the
        id of who set it up.
        """
        ...

    async def next_due_at(self, chat_id: int) -> datetime | None: ...

    async def deactivate(self, chat_id: int, *, now: datetime) -> bool:
        """Stop the digest and keep its settings; what still waits to be sent is left out. False when there was none,
        or it was stopped already."""
        ...

    async def go_quiet(self, chat_id: int, *, now: datetime) -> bool:
        """Nobody can be written to there: the digest stops as by `deactivate`, and the watches rest; what they found
        is dropped. `wake` undoes it. False when there was neither."""
        ...

    async def wake(self, chat_id: int, *, next_due: Callable[[Subscription], datetime | None], now: datetime) -> Woken:
        """Let go on what went quiet: the digest, unless somebody stopped it, and the watches, which look for what comes
        in from now on."""
        ...

    async def leave_thread(self, chat_id: int, thread_id: int) -> None:
        """The topic is gone: digests and alerts that came there come into the general one from now on."""
        ...

    async def set_up_by(self, chat_id: int) -> int | None:
        """Who set the chat's digest up last, where that is known."""
        ...

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        """The group became a supergroup: everything stored of the old id belongs to the new one."""
        ...


class DeliveryStore(Protocol):
    """The ledger of digests: who is due, what was rendered for them, what was sent."""

    async def open_due(self, *, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]) -> int:
        """Begin deliveries for digests that are due, the longest due first; tell for how many subscriptions.

        A due subscription gets a delivery row (unique for chat and due time) and, in the same transaction, the next due
        time that `next_due` (pure) names.
        """
        ...

    async def claim(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[Delivery, ...]:
        """Claim deliveries that are to be composed now, those that wait longest first.

        Other claimants do not get them before `lease_until`.
        """
        ...

    async def release(self, *, now: datetime, stale_before: datetime) -> int:
        """End all leases of deliveries and their messages; return how many there were.

        For the start of a process that has the database for itself: the earlier claimants are gone. Deliveries that
        were due before `stale_before` and of which nothing was sent are composed again, with the news of now.
        """
        ...

    async def opened_last(self) -> datetime | None:
        """When by the clock of then the youngest delivery was begun."""
        ...

    async def realign(
        self, *, now: datetime, lease_until: datetime, next_due: Callable[[Subscription], datetime | None]
    ) -> int:
        """The clock was ahead, and is no more: take back what was decided by it; tell how many rows changed.

        Deliveries whose hour has yet to come are forgotten unless something of them was sent. Nobody is due later than
        `next_due` (pure) says, nothing waits longer than until now, and no lease is longer than `lease_until`.
        """
        ...

    async def choose_news(self, wishes: Sequence[NewsWish], *, limit: int) -> tuple[News, ...]:
        """For each wish the newest stories that the chat wants, was not told of, and is not about to be told of.

        An article of theirs was added since then, or stood in a message since then that did not reach the chat. Told of
        one article, a chat was told of its story. Chats with the same news get the same object.
        """
        ...

    async def put_composed(self, composed: Composed, *, now: datetime) -> None:
        """Store the rendered messages in the outbox, postpone or skip the others, and end the leases of all."""
        ...

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime, reason: Reason | None = None) -> None:
        """Record how the delivery ended and close its messages, unless another process has claimed it meanwhile."""
        ...

    async def history(self, chat_id: int, *, limit: int) -> tuple[DeliveryRecord, ...]:
        """The chat's last deliveries, newest due time first."""
        ...

    async def ledger(
        self,
        *,
        limit: int,
        chat_id: int | None = None,
        outcome: Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[tuple[int, DeliveryRecord], ...]:
        """The last deliveries (of a chat, with an outcome, due from `since` until before `until`), each with its chat's
        id, newest due time first."""
        ...
