"""Deliver digests: claim what is due, compose, store the rendered messages, send them, record what became of each.

Everything that happens is a row before and after it happens, so that a crash at any moment loses no digest, and sends
no message more than twice: what provably never left is sent again freely, what may have arrived is sent again once.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from summaries import errors
from summaries.digest import DIGEST_CANDIDATES, compose
from summaries.model import Delivery, Digest, Outcome, PartState, Reason
from summaries.schedule import CATCH_UP_LIMIT, after_quiet, is_worth_catching_up, news_since, next_due, retry_delay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from summaries.model import DeliveryPart, Subscription
    from summaries.ports import Clock, DeliveryStore, Messenger, SourceStore, SubscriptionStore

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
CLAIM_LIMIT = 100
# A message may reach its chat twice, when nobody knows whether the first copy arrived; never three times.
MOST_COPIES = 2


class Render(Protocol):
    """Turns a digest into the messages that tell it (pure)."""

    def __call__(self, digest: Digest, /) -> Sequence[DeliveryPart]: ...


@dataclass(frozen=True, slots=True)
class Postponed(Exception):
    """The rest of the delivery waits until then."""

    until: datetime


class Abandoned(Exception):
    """Nobody reads in the chat any more: the rest of the delivery is not sent."""


class DeliveryService:
    """Sends what is due. `chance` gives uniform numbers in [0, 1) that spread retries."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        subscriptions: SubscriptionStore,
        sources: SourceStore,
        messenger: Messenger,
        render: Render,
        clock: Clock,
        chance: Callable[[], float],
        catch_up_limit: timedelta = CATCH_UP_LIMIT,
    ) -> None:
        self._deliveries = deliveries
        self._subscriptions = subscriptions
        self._sources = sources
        self._messenger = messenger
        self._render = render
        self._clock = clock
        self._chance = chance
        self._catch_up_limit = catch_up_limit

    async def deliver_due(self) -> int:
        """Claim and send all that is due now; return how many deliveries were worked on."""
        count = 0
        while True:
            now = self._clock()
            claimed = await self._deliveries.claim_due(
                now=now, lease_until=now + LEASE, limit=CLAIM_LIMIT, next_due=self._next_due
            )
            await asyncio.gather(*map(self._deliver, claimed))
            count += len(claimed)
            if len(claimed) < CLAIM_LIMIT:
                return count

    def _next_due(self, subscription: Subscription) -> datetime | None:
        if not subscription.is_active:
            return None
        # After now, not after the due time that was missed: whoever slept for a week catches up once.
        return next_due(subscription.times, subscription.zone, self._clock(), subscription.days)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._send_rest(delivery)
        except Postponed as postponed:
            await self._deliveries.postpone(delivery.id, postponed.until)
        except errors.StoreError:
            # The lease runs out by itself, and the delivery goes on from its rows.
            log.exception("delivery %d stopped at the database; it goes on when its lease is over", delivery.id)
        except Exception:
            log.exception("delivery %d failed unexpectedly; it goes on when its lease is over", delivery.id)

    async def _send_rest(self, delivery: Delivery) -> None:
        now = self._clock()
        quiet = delivery.preferences.quiet
        if not is_worth_catching_up(after_quiet(delivery.due_at, quiet, delivery.zone), now, self._catch_up_limit):
            log.warning("delivery %d is too late to send; its news goes into the next digest", delivery.id)
            if any(part.state is PartState.SENT for part in delivery.parts):
                await self._deliveries.finish(delivery.id, Outcome.SENT, now=now)
            else:
                await self._deliveries.finish(delivery.id, Outcome.SKIPPED, now=now, reason=Reason.LATE)
            return
        if (quiet_until := after_quiet(now, quiet, delivery.zone)) > now:
            raise Postponed(quiet_until)
        if delivery.is_composed:
            parts: Sequence[DeliveryPart] = delivery.parts
        else:
            digest = await self._compose(delivery, now)
            if not digest.items and delivery.preferences.skips_empty:
                await self._deliveries.finish(delivery.id, Outcome.SKIPPED, now=now, reason=Reason.EMPTY)
                return
            parts = self._render(digest)
            await self._deliveries.put_parts(delivery.id, parts)
        await self._finish(delivery, parts)

    async def _finish(self, delivery: Delivery, parts: Sequence[DeliveryPart]) -> None:
        reason = Reason.REFUSED
        try:
            arrived = [await self._send_part(delivery, part) for part in parts]
        except Abandoned:
            arrived, reason = [], Reason.GONE
        if any(arrived):
            await self._deliveries.finish(delivery.id, Outcome.SENT, now=self._clock())
        else:
            await self._deliveries.finish(delivery.id, Outcome.FAILED, now=self._clock(), reason=reason)

    async def preview(self, subscription: Subscription, language: str | None) -> Sequence[DeliveryPart]:
        """The messages of the digest that the chat would get now. Nothing is stored or sent."""
        now = self._clock()
        delivery = Delivery(
            0, subscription.chat, subscription.zone, now, language=language, preferences=subscription.preferences
        )
        return self._render(await self._compose(delivery, now))

    async def _compose(self, delivery: Delivery, now: datetime) -> Digest:
        news, total = await self._deliveries.news_for(
            delivery.chat.chat_id,
            since=news_since(delivery.due_at, delivery.previous_due_at),
            preferences=delivery.preferences,
            limit=DIGEST_CANDIDATES,
        )
        return replace(compose(delivery, news, total, now), failed=await self._sources.failing_outlets())

    async def _send_part(self, delivery: Delivery, part: DeliveryPart) -> bool:
        """Send one message if it still has to be sent. True when it arrived, or may have.

        Raises:
            Postponed: it, and what comes after it, must wait.
            Abandoned: nothing more is sent to this chat.
        """
        if part.state is PartState.SENT:
            return True
        if part.state is PartState.FAILED:
            return False
        if part.copies >= MOST_COPIES:
            return True
        await self._deliveries.mark_sending(delivery.id, part.position)
        try:
            message_id = await self._call(delivery, part)
        except errors.SendError as error:
            return await self._record_failure(delivery, part, error)
        await self._deliveries.mark_sent(delivery.id, part.position, message_id=message_id, now=self._clock())
        return True

    async def _call(self, delivery: Delivery, part: DeliveryPart) -> int:
        is_silent = delivery.preferences.is_silent
        try:
            return await self._messenger.send(delivery.chat, part.html, is_silent=is_silent)
        except errors.MarkupRefused as error:
            log.warning("markup was refused, sending plain text: %s", error)
            return await self._messenger.send_plain(delivery.chat, part.html, is_silent=is_silent)

    async def _record_failure(self, delivery: Delivery, part: DeliveryPart, error: errors.SendError) -> bool:
        state = state_after(error)
        await self._deliveries.mark_unsent(delivery.id, part.position, state=state, error=str(error))
        now = self._clock()
        log.warning("delivery %d, part %d: %s (%s)", delivery.id, part.position, type(error).__name__, state.value)
        match error:
            case errors.SlowDown():
                raise Postponed(now + timedelta(seconds=error.retry_after_s))
            case errors.ChatMoved():
                await self._subscriptions.move_chat(delivery.chat.chat_id, error.new_chat_id)
                raise Postponed(now)
            case errors.ChatGone():
                await self._subscriptions.deactivate(delivery.chat.chat_id, is_gone=True)
                raise Abandoned from error
            case errors.NotSent() | errors.MaybeSent():
                raise Postponed(now + retry_delay(part.attempts, self._chance()))
            case _:
                return False


def state_after(error: errors.SendError) -> PartState:
    """What a part is after its call ended with this error."""
    if isinstance(error, errors.MaybeSent):
        return PartState.UNCERTAIN
    if isinstance(error, errors.NotSent | errors.SlowDown | errors.ChatMoved):
        return PartState.PENDING
    return PartState.FAILED
