"""Which deliveries go on, how many at a time, and how they stop."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from summaries.composing import NextDue
from summaries.delivery.recording import Recorder
from summaries.delivery.sending import Sender
from summaries.schedule import CATCH_UP_LIMIT, LATE_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from summaries.composing import ComposingService
    from summaries.model import Delivery, DeliveryPart, Subscription
    from summaries.ports import Clock, DeliveryStore, Notifier, PacedMessenger, SubscriptionStore

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
# Chats that are written to at the same time: more connections make each call dearer. Those that take long must not keep
# the others waiting, and are not counted, up to so many in all.
SENDERS = 24
MOST_SENDERS = 128
SLOW_AFTER_S = 2.0
# So long after what failed the database is asked again, and again for the others that are due.
PAUSE_S = 1.0


class DeliveryService:
    """Sends what is due. `chance` gives uniform numbers in [0, 1) that spread retries."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        subscriptions: SubscriptionStore,
        composing: ComposingService,
        messenger: PacedMessenger,
        notifier: Notifier,
        clock: Clock,
        chance: Callable[[], float],
        catch_up_limit: timedelta = CATCH_UP_LIMIT,
        senders: int = SENDERS,
        pause_s: float = PAUSE_S,
    ) -> None:
        self._deliveries = deliveries
        self._composing = composing
        self._clock = clock
        self._senders = senders
        self._pause_s = pause_s
        self._recorder = Recorder(pause_s)
        self._sender = Sender(
            deliveries=deliveries,
            subscriptions=subscriptions,
            messenger=messenger,
            notifier=notifier,
            recorder=self._recorder,
            clock=clock,
            chance=chance,
            catch_up_limit=catch_up_limit,
        )
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._begun_s: dict[int, float] = {}

    async def deliver_due(self) -> int:
        """Compose and send all that is due now; return how many deliveries were sent or tried."""
        await self.prepare_due()
        return await self.send_due()

    async def prepare_due(self) -> int:
        """See `ComposingService`."""
        return await self._composing.prepare_due()

    async def preview(self, subscription: Subscription, language: str | None) -> Sequence[DeliveryPart]:
        """See `ComposingService`."""
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
        changed = await self._deliveries.realign(now=now, lease_until=now + LEASE, next_due=NextDue(now))
        log.warning("the clock went back: %d digests and due times were put right", changed)

    async def send_due(self) -> int:
        """Send what is composed until nothing is left; return how many deliveries were worked on."""
        count = 0
        while not self._recorder.is_stopped:
            now = self._clock()
            # What was under way when the claim was made may be open again by its end: it is looked for once more.
            was_idle = not self._under_way
            claimed = await self._deliveries.claim(
                now=now,
                lease_until=now + LEASE,
                limit=self._room(),
                is_composed=True,
                excluding=self._under_way.keys(),
            )
            for delivery in claimed:
                self._begin(delivery)
            count += len(claimed)
            if self._under_way:
                await self._wait_for_room()
            elif was_idle:
                break
        return count

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._sender.deliver(delivery))
        self._under_way[delivery.id] = task
        self._begun_s[delivery.id] = asyncio.get_running_loop().time()
        task.add_done_callback(lambda _: self._end(delivery.id))

    def _end(self, delivery_id: int) -> None:
        del self._under_way[delivery_id], self._begun_s[delivery_id]

    def _room(self) -> int:
        """How many more deliveries may begin."""
        late = asyncio.get_running_loop().time() - SLOW_AFTER_S
        slow = sum(begun_s < late for begun_s in self._begun_s.values())
        return max(0, min(self._senders + slow, MOST_SENDERS) - len(self._under_way))

    async def _wait_for_room(self) -> None:
        """Until a quarter of the senders are free, or for a moment: those that hang keep nobody waiting."""
        enough = max(1, self._senders // 4)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                while self._under_way:
                    await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
                    if self._room() >= enough:
                        return

    async def stop(self, grace_s: float) -> None:
        """Begin no more messages, and finish those under way; what takes longer is left uncertain."""
        self._recorder.stop()
        self._sender.leave_line()
        tasks = list(self._under_way.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
