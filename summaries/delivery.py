"""Send digests: claim what is composed, send its messages one by one, record what became of each.

Everything that happens is a row before and after it happens, so that a crash at any moment loses no digest, and sends
no message more than twice: what provably never left is sent again freely, what may have arrived is sent again once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from summaries import errors
from summaries.model import ChatRef, Outcome, PartState, Reason
from summaries.schedule import CATCH_UP_LIMIT, after_quiet, is_worth_catching_up, retry_delay

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

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
# A message may reach its chat twice, when nobody knows whether the first copy arrived; never three times.
MOST_COPIES = 2
PRUNE_LIMIT = 1000
KEPT = timedelta(days=90)


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
        self._subscriptions = subscriptions
        self._composing = composing
        self._messenger = messenger
        self._notifier = notifier
        self._clock = clock
        self._chance = chance
        self._catch_up_limit = catch_up_limit
        self._senders = senders
        self._pause_s = pause_s
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._begun_s: dict[int, float] = {}
        self._in_line: set[asyncio.Task[None]] = set()
        self._stopped = asyncio.Event()

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
        if released := await self._deliveries.release(now=self._clock()):
            log.info("%d digests were under way when the bot stopped: they go on", released)

    async def prune(self) -> int:
        """Forget what is older than `KEPT`; return how many rows went."""
        before = self._clock() - KEPT
        total = 0
        while gone := await self._deliveries.prune(before, limit=PRUNE_LIMIT):
            total += gone
        return total

    async def send_due(self) -> int:
        """Send what is composed until nothing is left; return how many deliveries were worked on."""
        count = 0
        while not self._stopped.is_set():
            now = self._clock()
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
            if not self._under_way:
                break
            await self._wait_for_room()
        return count

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
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
        self._stopped.set()
        for task in self._in_line:
            task.cancel()
        tasks = list(self._under_way.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._send_rest(delivery)
        except Postponed as postponed:
            await self._postpone(delivery, postponed.until)
        except errors.StoreError as error:
            # It goes on from its rows as soon as there is a database again.
            log.warning("delivery %d stopped at the database and goes on later: %s", delivery.id, error)
            await self._pause()
            await self._postpone(delivery, self._clock())
        except Exception:
            log.exception("delivery %d failed unexpectedly; it goes on when its lease is over", delivery.id)

    async def _postpone(self, delivery: Delivery, until: datetime) -> None:
        await self._record(lambda: self._deliveries.postpone(delivery.id, until))

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write down what happened, however long the database can't be written: if it were forgotten, a message would
        be sent twice."""
        while True:
            try:
                await write()
            except errors.StoreError as error:
                if self._stopped.is_set():
                    raise
                log.warning("what became of a digest could not be stored yet: %s", error)
                await self._pause()
            else:
                return

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._stopped.wait()

    async def _send_rest(self, delivery: Delivery) -> None:
        now = self._clock()
        quiet = delivery.preferences.quiet
        if not is_worth_catching_up(after_quiet(delivery.due_at, quiet, delivery.zone), now, self._catch_up_limit):
            log.warning("delivery %d is too late to send; its news goes into the next digest", delivery.id)
            is_begun = any(part.state is PartState.SENT for part in delivery.parts)
            outcome, reason = (Outcome.SENT, None) if is_begun else (Outcome.SKIPPED, Reason.LATE)
            await self._finish(delivery, outcome, reason)
            return
        if (quiet_until := after_quiet(now, quiet, delivery.zone)) > now:
            raise Postponed(quiet_until)
        reason = Reason.REFUSED
        try:
            arrived = [await self._send_part(delivery, part) for part in delivery.parts]
        except Abandoned:
            arrived, reason = [], Reason.GONE
        if any(arrived):
            await self._finish(delivery, Outcome.SENT)
        else:
            await self._finish(delivery, Outcome.FAILED, reason)

    async def _finish(self, delivery: Delivery, outcome: Outcome, reason: Reason | None = None) -> None:
        await self._record(lambda: self._deliveries.finish(delivery.id, outcome, now=self._clock(), reason=reason))

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
        # The turn comes first: what waits in line when the process dies is known never to have left.
        await self._turn(delivery)
        await self._deliveries.mark_sending(delivery.id, part.position)
        try:
            message_id = await self._call(delivery, part)
        except errors.SendError as error:
            return await self._record_failure(delivery, part, error)
        await self._record(
            lambda: self._deliveries.mark_sent(delivery.id, part.position, message_id=message_id, now=self._clock())
        )
        return True

    async def _turn(self, delivery: Delivery) -> None:
        task = asyncio.current_task()
        if task is None or self._stopped.is_set():
            raise asyncio.CancelledError
        self._in_line.add(task)
        try:
            await self._messenger.turn(delivery.chat)
        finally:
            self._in_line.discard(task)

    async def _call(self, delivery: Delivery, part: DeliveryPart) -> int:
        try:
            return await self._send(delivery.chat, delivery, part)
        except errors.ThreadGone:
            log.warning("delivery %d: the topic is gone, sending into the general one", delivery.id)
        await self._record(lambda: self._subscriptions.leave_thread(delivery.chat.chat_id))
        return await self._send(ChatRef(delivery.chat.chat_id), delivery, part)

    async def _send(self, chat: ChatRef, delivery: Delivery, part: DeliveryPart) -> int:
        is_silent = delivery.preferences.is_silent
        try:
            return await self._messenger.send(chat, part.html, is_silent=is_silent)
        except errors.MarkupRefused as error:
            log.warning("delivery %d: markup was refused, sending plain text: %s", delivery.id, error)
            return await self._messenger.send_plain(chat, part.html, is_silent=is_silent)

    async def _record_failure(self, delivery: Delivery, part: DeliveryPart, error: errors.SendError) -> bool:
        state = state_after(error)
        await self._record(
            lambda: self._deliveries.mark_unsent(delivery.id, part.position, state=state, error=str(error))
        )
        chat_id = delivery.chat.chat_id
        now = self._clock()
        log.warning("delivery %d, part %d: %s (%s)", delivery.id, part.position, type(error).__name__, state.value)
        match error:
            case errors.SlowDown():
                raise Postponed(now + timedelta(seconds=error.retry_after_s))
            case errors.ChatMoved():
                await self._record(lambda: self._subscriptions.move_chat(chat_id, error.new_chat_id))
                raise Postponed(now)
            case errors.NoRights():
                await self._tell_of_rights(chat_id)
                await self._go_quiet(chat_id)
                raise Abandoned from error
            case errors.ChatGone():
                await self._go_quiet(chat_id)
                raise Abandoned from error
            case errors.NotSent() | errors.MaybeSent():
                raise Postponed(now + retry_delay(part.attempts, self._chance()))
            case _:
                return False

    async def _go_quiet(self, chat_id: int) -> None:
        async def write() -> None:
            await self._subscriptions.go_quiet(chat_id, now=self._clock())

        await self._record(write)

    async def _tell_of_rights(self, chat_id: int) -> None:
        """Once: a chat that went quiet is not written to again."""
        user_id = await self._subscriptions.set_up_by(chat_id)
        if user_id is None:
            log.warning("the bot may not write in chat %d, and nobody is known who set its digest up", chat_id)
        else:
            await self._notifier.tell_no_rights(user_id, chat_id)


def state_after(error: errors.SendError) -> PartState:
    """What a part is after its call ended with this error."""
    if isinstance(error, errors.MaybeSent):
        return PartState.UNCERTAIN
    if isinstance(error, errors.NotSent | errors.SlowDown | errors.ChatMoved):
        return PartState.PENDING
    return PartState.FAILED
