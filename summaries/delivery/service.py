"""Which deliveries go on, how many at a time, and how they stop."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.delivery.deliver import Sender
from summaries.delivery.outbox import PAUSE_S
from summaries.delivery.sender_pool import SENDERS, Room
from summaries.digests.compose import NextDueFinder
from summaries.digests.schedule import CATCH_UP_LIMIT, LATE_AFTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.delivery.outbox import Post
    from summaries.digests.compose import DigestComposer
    from summaries.model import DeliveryPart, Subscription
    from summaries.ports import Clock, DeliveryStore, Messenger

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)


class DeliveryService:
    """Sends what is due."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        composing: DigestComposer,
        messenger: Messenger,
        post: Post,
        clock: Clock,
        catch_up_limit: timedelta = CATCH_UP_LIMIT,
        senders: int = SENDERS,
        pause_s: float = PAUSE_S,
    ) -> None:
        """`pause_s` is how long those that hang keep the others that are due waiting."""
        self._deliveries = deliveries
        self._composing = composing
        self._post = post
        self._clock = clock
        self._sender = Sender(
            deliveries=deliveries, messenger=messenger, post=post, clock=clock, catch_up_limit=catch_up_limit
        )
        self._under_way: Room[int] = Room(post, senders, pause_s)

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
        """Take up at once what another process had claimed. For a process that is alone, when it starts."""
        now = self._clock()
        if released := await self._deliveries.release(now=now, stale_before=now - LATE_AFTER):
            log.info("%d digests were under way when the bot stopped: they go on", released)
        opened = await self._deliveries.opened_last()
        if opened is not None and opened > now:
            await self.take_back_time()

    async def take_back_time(self) -> None:
        """The clock was ahead and is right now: take back what was decided by it."""
        now = self._clock()
        changed = await self._deliveries.realign(now=now, lease_until=now + LEASE, next_due=NextDueFinder(now))
        log.warning("the clock went back: %d digests and due times were put right", changed)

    async def send_due(self) -> int:
        """Send what is composed until nothing is left; return how many deliveries were worked on."""
        count = 0
        while not self._post.is_stopped:
            now = self._clock()
            # What was under way when the claim was made may be open again by its end: it is looked for once more.
            was_idle = not self._under_way
            claimed = await self._deliveries.claim(
                now=now,
                lease_until=now + LEASE,
                limit=self._under_way.left(),
                is_composed=True,
                excluding=self._under_way.keys,
            )
            for delivery in claimed:
                self._under_way.begin(delivery.id, self._sender.deliver(delivery))
            count += len(claimed)
            if self._under_way:
                await self._under_way.wait_for_room()
            elif was_idle:
                break
        return count

    async def stop(self, grace_s: float) -> None:
        """See `Post.stop`."""
        await self._post.stop(grace_s)
