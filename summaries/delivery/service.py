"""Compose and send the digests that are due."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from summaries.delivery.deliver import Sender
from summaries.delivery.outbox import PAUSE_S, Outbox
from summaries.delivery.sender_pool import SENDERS, SenderPool
from summaries.digests.compose import DigestComposer, NextDueFinder
from summaries.digests.schedule import CATCH_UP_LIMIT, LATE_AFTER
from summaries.model import DeliveryPart, Subscription
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
        senders: int = SENDERS,
        pause_s: float = PAUSE_S,
    ) -> None:
        """`pause_s` limits how long hanging sends hold up the others."""
        self._deliveries = deliveries
        self._composing = composing
        self._outbox = outbox
        self._clock = clock
        self._sender = Sender(
            deliveries=deliveries, messenger=messenger, outbox=outbox, clock=clock, catch_up_limit=catch_up_limit
        )
        self._pool: SenderPool[int] = SenderPool(outbox, senders, pause_s)

    async def deliver_due(self) -> int:
        """Compose and send all that is due now; return how many deliveries were sent or tried."""
        await self.prepare_due()
        return await self.send_due()

    async def prepare_due(self) -> int:
        """See `DigestComposer`."""
        return await self._composing.prepare_due()

    async def preview(self, subscription: Subscription, language: str | None) -> Sequence[DeliveryPart]:
        """See `DigestComposer`."""
        return await self._composing.preview(subscription, language)

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
            now=now, lease_until=now + LEASE, next_due=NextDueFinder(now)
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
                self._pool.begin(delivery.parts[0].id, self._sender.deliver(delivery))
            count += len(claimed)
            if self._pool:
                await self._pool.wait_for_slots()
            elif was_idle:
                break
        return count

    async def stop(self, grace_s: float) -> None:
        """See `Outbox.stop`."""
        await self._outbox.stop(grace_s)
