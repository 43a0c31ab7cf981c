"""Compose and send the digests that are due, and record how each delivery ended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from structlog.contextvars import bound_contextvars

from summaries import errors
from summaries.delivery.circuit_breaker import RetryLater
from summaries.delivery.outbox import MAX_POSSIBLE_COPIES, Outbox, SenderPool
from summaries.digests.compose import DigestComposer, make_next_due_finder
from summaries.digests.schedule import CATCH_UP_LIMIT, LATE_AFTER, is_worth_catching_up, skip_quiet_hours
from summaries.model import ChatRef, Delivery, DeliveryPart, Outcome, PartState, Reason
from summaries.ports import Clock, DeliveryStore, Messenger

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)


class DeliveryService:
    """Sends the digests that are due."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        composing: DigestComposer,
        messenger: Messenger,
        outbox: Outbox,
        clock: Clock,
        catch_up_limit: timedelta = CATCH_UP_LIMIT,
    ) -> None:
        self._deliveries = deliveries
        self._composing = composing
        self._messenger = messenger
        self._outbox = outbox
        self._clock = clock
        self._catch_up_limit = catch_up_limit
        self._pool = SenderPool(outbox)

    async def prepare_due(self) -> int:
        """See `DigestComposer`."""
        return await self._composing.prepare_due()

    async def resume(self) -> None:
        """Release the leases of earlier processes. For the start of a process that has the database for itself."""
        now = self._clock()
        if released := await self._deliveries.release(now=now, stale_before=now - LATE_AFTER):
            log.info("%d messages of digests were claimed when the bot stopped: they go on", released)
        opened = await self._deliveries.latest_created_at()
        if opened is not None and opened > now:
            await self.on_clock_rollback()

    async def on_clock_rollback(self) -> None:
        """Take back decisions that were made while the clock was ahead."""
        now = self._clock()
        changed = await self._deliveries.repair_after_clock_rollback(
            now=now, lease_until=now + LEASE, next_due=make_next_due_finder(now)
        )
        log.warning("the clock went back: %d digests and due times were put right", changed)

    async def send_due(self) -> int:
        """Send composed digests until none is left; return how many deliveries were tried."""
        count = 0
        while not self._outbox.is_stopped:
            now = self._clock()
            # A send that was running during the claim may have been postponed to now: look once more after it.
            was_idle = not self._pool
            claimed = await self._outbox.store.claim_digests(
                now=now, lease_until=now + LEASE, limit=self._pool.free_slots(), excluding=self._pool.keys
            )
            for delivery in claimed:
                self._pool.begin(delivery.parts[0].id, self._deliver(delivery))
            count += len(claimed)
            if self._pool:
                await self._pool.wait_for_slots()
            elif was_idle:
                break
        return count

    async def _deliver(self, delivery: Delivery) -> None:
        """Send the messages of the delivery that are left; after a failure they go on from their rows."""
        ids = [part.id for part in delivery.parts]
        with bound_contextvars(delivery=delivery.id):
            await self._outbox.run_guarded(ids, lambda: self._send_rest(delivery))

    async def _finish(self, delivery: Delivery, outcome: Outcome, reason: Reason | None = None) -> None:
        await self._outbox.write(
            lambda: self._deliveries.finish(delivery.id, outcome, now=self._clock(), reason=reason)
        )

    async def _send_rest(self, delivery: Delivery) -> None:
        now = self._clock()
        quiet = delivery.preferences.quiet
        if not is_worth_catching_up(skip_quiet_hours(delivery.due_at, quiet, delivery.zone), now, self._catch_up_limit):
            log.warning("a delivery is too late to send; its news goes into the next digest")
            outcome = judge([state_of(part) for part in delivery.parts])
            await self._finish(delivery, outcome, Reason.LATE if outcome is Outcome.SKIPPED else None)
            return
        if (quiet_until := skip_quiet_hours(now, quiet, delivery.zone)) > now:
            raise RetryLater(quiet_until)
        reason = Reason.REFUSED
        try:
            states = [await self._send_part(delivery, part) for part in delivery.parts]
        except errors.ChatUnreachable:
            states, reason = [PartState.FAILED], Reason.GONE
        if states[-1] is PartState.SENT and is_to_send(delivery.parts[-1]):
            # It was finished with its last message.
            return
        outcome = judge(states)
        await self._finish(delivery, outcome, reason if outcome is Outcome.FAILED else None)

    async def _send_part(self, delivery: Delivery, part: DeliveryPart) -> PartState:
        """Send one message if it is still to be sent; return SENT, FAILED, or UNCERTAIN if it may have arrived.

        Raises:
            See `Outbox.send`.
        """
        if not is_to_send(part):
            return state_of(part)
        is_silent, is_last = delivery.preferences.is_silent, part is delivery.parts[-1]
        # In a channel any subscriber could press the buttons. They are for the public news, which own feeds follow.
        public = [each for each in delivery.parts if not each.own_article_ids]
        is_ending = bool(public) and part is public[-1]
        ending = delivery if is_ending and not delivery.is_channel else None

        async def call(chat: ChatRef) -> int:
            try:
                preview_url = part.preview_url
                return await self._messenger.send(
                    chat, part.html, is_silent=is_silent, preview_url=preview_url, ending=ending
                )
            except errors.InvalidMarkup as error:
                log.warning("markup was refused, sending plain text: %s", error)
                return await self._messenger.send_plain(chat, part.html, is_silent=is_silent, ending=ending)

        # The delivery keeps its lease for all its messages.
        state = await self._outbox.send(
            delivery.message(part),
            call,
            name=f"part {part.position}",
            until=delivery.lease_until,
            is_last=is_last,
        )
        return state_of(replace(part, state=state))


def is_to_send(part: DeliveryPart) -> bool:
    """Return whether the message did not arrive yet and one more copy is allowed."""
    return part.state not in {PartState.SENT, PartState.FAILED} and part.possible_copies < MAX_POSSIBLE_COPIES


def state_of(part: DeliveryPart) -> PartState:
    """Return the state of a message that is not being sent: UNCERTAIN if a copy may have arrived."""
    if part.state is not PartState.SENT and part.possible_copies:
        return PartState.UNCERTAIN
    return part.state


def judge(states: Sequence[PartState]) -> Outcome:
    """Return the outcome of a delivery from the last states of its messages."""
    if PartState.UNCERTAIN in states:
        return Outcome.UNKNOWN
    if PartState.SENT in states:
        return Outcome.SENT
    return Outcome.SKIPPED if PartState.PENDING in states else Outcome.FAILED
