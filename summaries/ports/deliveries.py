"""Ports for subscriptions, deliveries, the outbox, watches and alerts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from summaries import model

NextDue: TypeAlias = Callable[[model.Subscription], datetime | None]
"""Returns when a subscription is due next."""


class SubscriptionStore(Protocol):
    """Chats' subscriptions to digests."""

    async def find(self, chat_id: int) -> model.Subscription | None: ...

    async def put(self, subscription: model.Subscription, *, next_due_at: datetime | None, now: datetime) -> None:
        """Add or replace the chat's subscription. An inactive one has no next due time."""

    async def change(
        self,
        chat_id: int,
        change: Callable[[model.Subscription | None], model.Subscription],
        *,
        next_due: NextDue,
        now: datetime,
        by: int | None = None,
    ) -> model.Subscription:
        """Replace the chat's subscription with the result of `change`, in one transaction; return it.

        If its times, days or zone changed, or it became active, `next_due` gives its next due time. `by` is the id of
        the user that set it up.
        """

    async def next_due_at(self, chat_id: int) -> datetime | None: ...

    async def deactivate(self, chat_id: int, *, now: datetime) -> bool:
        """Stop the digest, keep its settings, and end its open deliveries.

        Return False if there was none, or it was stopped already.
        """

    async def suspend(self, chat_id: int, *, now: datetime) -> bool:
        """Stop the digest and the watches of a chat that the bot cannot write to, and drop its alerts.

        `resume` undoes it. Return False if there was neither a digest nor a watch.
        """

    async def resume(self, chat_id: int, *, next_due: NextDue, now: datetime) -> model.Resumed:
        """Start a suspended digest again, unless somebody stopped it, and the watches, for articles from now on."""

    async def leave_thread(self, chat_id: int, thread_id: int) -> None:
        """Send digests and alerts of a deleted topic into the general one."""

    async def set_up_by(self, chat_id: int) -> int | None:
        """Return the user that set up the chat's digest last, or None."""

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        """Give all rows of a group to the supergroup that it became."""


class DigestNews(Protocol):
    """The news for the digests of one run, in which digests with equal preferences are chosen once.

    Articles that arrive during the run are left for the next digests of the chats.
    """

    async def choose(self, requests: Sequence[model.NewsRequest]) -> tuple[model.News, ...]:
        """Return the stories of each digest: wanted by the chat, and neither delivered to it nor about to be.

        One of their articles was added since the requested time, or was in a message since then that did not reach the
        chat. A story counts as delivered if it contains an article that the chat was shown, so of a story that is split
        the other part is news. Stories of watches that are folded into the digest come first. Chats with the same news
        get the same object.
        """

    async def choose_own(self, requests: Sequence[model.NewsRequest], *, most: int) -> Mapping[int, model.OwnNews]:
        """Return at most `most` articles of each chat's own feeds, by the chat's id, for chats that have new ones.

        They were added since the requested time, or were in a message since then that did not reach the chat; they are
        in none that was sent or is to be.
        """


class DeliveryStore(Protocol):
    """Deliveries of digests, from the due time to the outcome."""

    async def create_due(self, *, now: datetime, limit: int, next_due: NextDue) -> int:
        """Create a delivery for each subscription that is due, longest due first; return how many were due.

        If several due times have passed, the delivery is for the last one, and the others are recorded as skipped; see
        `find_missed`. If even the last one is late, earlier deliveries of the chat that are not begun are skipped, too.
        A delivery is unique for its chat and due time. In the same transaction the subscription gets its next due time
        from `next_due`.
        """

    async def claim(
        self, *, now: datetime, lease_until: datetime, limit: int, patience: timedelta = timedelta()
    ) -> tuple[model.Delivery, ...]:
        """Claim deliveries that are to be composed now, those that wait longest first.

        Other claimants do not get them before `lease_until`. Late deliveries wait until the due sources are checked,
        but no longer than `patience` after they were created.
        """

    async def release(self, *, now: datetime, stale_before: datetime) -> int:
        """End all leases of deliveries and their messages; return how many there were.

        For the start of a process that has the database for itself: the earlier claimants are gone. Deliveries that
        were due before `stale_before` and of which nothing was sent are composed again, with the news of now.
        """

    async def latest_created_at(self) -> datetime | None:
        """Return when the newest delivery was created, by the clock of that time."""

    async def repair_after_clock_rollback(self, *, now: datetime, lease_until: datetime, next_due: NextDue) -> int:
        """Take back decisions that were made while the clock was ahead; return how many rows changed.

        Deliveries whose due time is in the future are deleted, unless a message of theirs was sent. Due times become at
        most those of `next_due`, waits end now, and leases end at `lease_until`.
        """

    def open_news(self) -> DigestNews:
        """Return the news for the digests of one run."""

    async def save_composed(self, composed: model.CompositionResult, *, now: datetime) -> None:
        """Store the rendered messages in the outbox, postpone or skip the others, and end the leases of all."""

    async def finish(
        self, delivery_id: int, outcome: model.Outcome, *, now: datetime, reason: model.Reason | None = None
    ) -> None:
        """Record how the delivery ended and close its messages, unless another process has claimed it meanwhile."""

    async def history(self, chat_id: int, *, limit: int) -> tuple[model.DeliveryRecord, ...]:
        """Return the chat's last deliveries, newest due time first."""

    async def find_sent(self, chat_id: int, delivery_id: int) -> model.SentDigest | None:
        """Return the digest if it belongs to the chat and is composed."""

    async def add_delivered(self, chat_id: int, article_ids: Collection[int], *, now: datetime) -> bool:
        """Record that the stories of these articles are sent to the chat outside of a digest.

        Return False if all of them were delivered before, as after a second press that another process handles.
        """

    async def last_stories(self, chat_id: int) -> tuple[model.DeliveredStory, ...]:
        """Return the stories of the chat's last digest that was sent, in its order."""

    async def ledger(
        self,
        *,
        limit: int,
        chat_id: int | None = None,
        outcome: model.Outcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[tuple[int, model.DeliveryRecord], ...]:
        """Return the last deliveries with their chats' ids, newest due time first.

        They are those of a chat, with an outcome, due from `since` until before `until`.
        """


class OutboxStore(Protocol):
    """Messages of digests, alerts, broadcasts and warnings, each stored before it is sent.

    Claimed messages are invisible to other claimants until `lease_until`; those that wait longest are claimed first.
    """

    async def claim_digests(
        self, *, now: datetime, lease_until: datetime, limit: int, excluding: Collection[int] = ()
    ) -> tuple[model.Delivery, ...]:
        """Claim composed deliveries, each with all its messages, unless its first message is one of `excluding`."""

    async def claim_alerts(
        self, *, now: datetime, lease_until: datetime, length: model.Length, max_items: int, limit: int
    ) -> tuple[model.AlertBatch, ...]:
        """Claim one message of at most `max_items` stories for each of `limit` chats.

        Stories that a digest covered meanwhile are dropped.
        """

    async def claim_broadcasts(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[model.BroadcastMessage, ...]:
        """Claim messages of broadcasts, those of the oldest broadcast first."""

    async def claim_warnings(
        self, *, now: datetime, lease_until: datetime, limit: int
    ) -> tuple[model.WarningMessage, ...]:
        """Claim messages about hazards that are to be sent or edited, and drop those about hazards that are over."""

    async def mark_editing(self, message: model.OutboxMessage, *, until: datetime) -> None:
        """Record an attempt to edit a warning, before the call, and extend the lease to `until`.

        Raises:
            LeaseLost: the message was claimed again or is closed; nothing was changed.
        """

    async def mark_edited(
        self, message: model.OutboxMessage, *, version: int, now: datetime, error: str | None = None
    ) -> None:
        """Record that the message shows this version of its hazard, or cannot be edited any more because of `error`.

        It is due again if the hazard has a newer version.
        """

    async def drop(self, message: model.OutboxMessage) -> None:
        """Close a message that is not to be sent any more, unless another process has claimed it."""

    async def mark_sending(self, message: model.OutboxMessage, *, until: datetime) -> None:
        """Record, before the call, the attempt and that one more copy may arrive; extend the lease to `until`.

        Raises:
            LeaseLost: the message was claimed again or is not to be sent any more; nothing was changed.
        """

    async def mark_sent(
        self,
        message: model.OutboxMessage,
        *,
        message_id: int,
        now: datetime,
        pause: timedelta | None = None,
        is_last: bool = False,
    ) -> None:
        """Record that the message arrived. The articles that a digest or an alert shows count as shown to the chat.

        The chat's other alerts wait at least for `pause` after an alert. The last message of a delivery, `is_last`,
        finishes it as sent, unless another process has claimed it meanwhile.
        """

    async def mark_unsent(
        self, message: model.OutboxMessage, *, state: model.PartState, error: str, is_server_error: bool = False
    ) -> None:
        """Record that the message did not arrive (`PENDING`, or `FAILED` for good), or may have (`UNCERTAIN`).

        An error of Telegram's own is counted.
        """

    async def mark_unknown(self, message: model.OutboxMessage, *, now: datetime) -> None:
        """Close a message, not of a digest, whose copies may all have arrived. An alert's stories come with the next
        digest."""

    async def postpone(self, ids: Sequence[int], until: datetime) -> None:
        """End the lease of open messages, which can be claimed again from `until` on."""

    async def release(self, kind: model.MessageKind, *, now: datetime) -> int:
        """End all leases; return how many there were. Messages that were postponed keep their time.

        For the start of a process that has the database for itself: the earlier claimants are gone.
        """

    async def repair_after_clock_rollback(
        self, kind: model.MessageKind, *, claimed: datetime, waiting: datetime
    ) -> int:
        """Shorten leases to `claimed` and waits to `waiting`, after the clock was ahead; return how many."""


class WatchStore(Protocol):
    """Watches: words for which chats want alerts, and stories that chats follow."""

    async def add(self, chat: model.ChatRef, words: str, *, most: int, now: datetime) -> model.Watch | None:
        """Return the chat's watch for these words, adding one if it has none, or None if it has `most` for others.

        Its suspended watches resume.
        """

    async def follow(
        self, chat: model.ChatRef, article_id: int, title: str, *, most: int, now: datetime
    ) -> model.Watch | None:
        """Return the chat's follow of the article's chain, adding one if it has none, or None if it has `most` others.

        The article must be public. The chat's suspended watches resume.
        """

    async def find_follow(self, chat_id: int, article_id: int) -> model.Watch | None:
        """Return the chat's follow of the chain that holds the article's story."""

    async def find(self, watch_id: int, chat_id: int) -> model.Watch | None:
        """Return the watch if it belongs to the chat."""

    async def of_chat(self, chat_id: int) -> tuple[model.Watch, ...]:
        """Return the chat's watches, also its follows, oldest first."""

    async def follows(self, chat_id: int) -> tuple[model.FollowedStory, ...]:
        """Return the chat's follows, oldest first."""

    async def remove(self, watch_id: int, chat_id: int) -> bool: ...

    async def fold(self, watch_id: int, chat_id: int, *, is_folded: bool) -> bool:
        """Send the watch's stories, also those that wait, with the digest or at once; return False if unchanged."""

    async def remove_all(self, chat_id: int) -> None:
        """Remove all watches of the chat."""


class AlertStore(Protocol):
    """Alerts for the articles that watches found."""

    async def fresh(self, *, until: datetime, oldest: datetime, limit: int) -> model.FreshNews | None:
        """Return the next public articles that were added after the last look, or None.

        They were added up to `until`, while a watch was active, and are not dated before `oldest`. Those of a story
        that is not linked to a chain yet, and later ones, are left to the next look. The same articles are returned
        until `put` records the look.
        """

    async def watches(self) -> tuple[model.Watch, ...]:
        """Return the active watches for words: not those of suspended chats."""

    async def put(
        self,
        found: Sequence[tuple[model.Watch, int]],
        *,
        looked_at: model.FreshNews | None,
        now: datetime,
        pace: timedelta,
    ) -> int:
        """Store alerts for pairs of (watch, article) and record the look at `looked_at`; return how many are new.

        A chat gets no alert for a story that was delivered to it, nor for an article that was added while the watch was
        not active. Its next alert waits for `pace` after its last one.
        """

    async def due_follows(self, *, now: datetime, oldest: datetime, limit: int) -> tuple[model.DueFollow, ...]:
        """Return follows that are due, at most one a chat, longest due first: `put` made them so by articles of their
        chains.

        Their reports are the newest ones with a long summary, not dated before `oldest`, without fact-checks and
        articles of earlier updates. The follows stay due until `put_decision`.
        """

    async def put_decision(self, decided: model.FollowDecision, *, now: datetime, pace: timedelta) -> int:
        """Store the developments as alerts, and that the follow was considered; return how many are new.

        Those of a folded follow, for any of its reports, come with the digest. Nothing is stored if the follow was
        changed, or considered by another process, since it was read. The alerts wait for `pace` after the chat's last
        one.
        """

    async def latest_stored_at(self) -> datetime | None:
        """Return the latest time of an alert, a watch or a look. If it is in the future, the clock was ahead then."""

    async def repair_after_clock_rollback(self, *, now: datetime) -> int:
        """Set times after `now` to `now`, after the clock was ahead; return how many rows changed."""
