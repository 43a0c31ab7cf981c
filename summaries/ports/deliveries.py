"""Subscriptions and deliveries in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime, timedelta

    from summaries.model import (
        AlertBatch,
        BroadcastMessage,
        ChatRef,
        CompositionResult,
        Delivery,
        DeliveryRecord,
        FreshNews,
        Length,
        MessageKind,
        News,
        NewsRequest,
        OutboxMessage,
        Outcome,
        PartState,
        Reason,
        Resumed,
        Subscription,
        Watch,
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

    async def suspend(self, chat_id: int, *, now: datetime) -> bool:
        """Nobody can be written to there: the digest stops as by `deactivate`, and the watches rest; what they found
        is dropped. `resume` undoes it. False when there was neither."""
        ...

    async def resume(
        self, chat_id: int, *, next_due: Callable[[Subscription], datetime | None], now: datetime
    ) -> Resumed:
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

    async def create_due(
        self, *, now: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
    ) -> int:
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

    async def latest_created_at(self) -> datetime | None:
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

    async def choose_news(self, wishes: Sequence[NewsRequest], *, limit: int) -> tuple[News, ...]:
        """For each wish the newest stories that the chat wants, was not told of, and is not about to be told of.

        An article of theirs was added since then, or stood in a message since then that did not reach the chat. Told of
        one article, a chat was told of its story. Chats with the same news get the same object.
        """
        ...

    async def save_composed(self, composed: CompositionResult, *, now: datetime) -> None:
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

    async def latest_stored_at(self) -> datetime | None:
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
