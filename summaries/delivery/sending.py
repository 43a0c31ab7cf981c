"""Take one delivery through its messages: send what is left of it, and record what became of each."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from summaries import errors
from summaries.delivery.copies import MOST_COPIES, state_after
from summaries.delivery.reach import Reach, Unreached
from summaries.model import ChatRef, Outcome, PartState, Reason
from summaries.schedule import after_quiet, is_worth_catching_up, retry_delay

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from summaries.delivery.recording import Recorder
    from summaries.model import Delivery, DeliveryPart
    from summaries.ports import Clock, DeliveryStore, Notifier, PacedMessenger, SubscriptionStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Postponed(Exception):
    """The rest of the delivery waits until then."""

    until: datetime


class Abandoned(Exception):
    """Nobody reads in the chat any more: the rest of the delivery is not sent."""


class Sender:
    """Sends deliveries, any number at the same time. `chance` gives uniform numbers in [0, 1) that spread retries."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        subscriptions: SubscriptionStore,
        messenger: PacedMessenger,
        notifier: Notifier,
        recorder: Recorder,
        clock: Clock,
        chance: Callable[[], float],
        catch_up_limit: timedelta,
    ) -> None:
        self._deliveries = deliveries
        self._subscriptions = subscriptions
        self._messenger = messenger
        self._notifier = notifier
        self._recorder = recorder
        self._clock = clock
        self._chance = chance
        self._catch_up_limit = catch_up_limit
        self._reach = Reach(messenger.reach, clock, chance)
        self._in_line: set[asyncio.Task[None]] = set()

    async def deliver(self, delivery: Delivery) -> None:
        """Send what is left of the delivery; whatever fails, its rows say how it goes on."""
        with bound_contextvars(delivery=delivery.id):
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await self._send_rest(delivery)
        except (Postponed, Unreached) as postponed:
            await self._postpone(delivery, postponed.until)
        except errors.LeaseLost:
            log.info("a delivery took longer than its lease, and another process goes on with it")
        except errors.StoreError as error:
            # It goes on from its rows as soon as there is a database again.
            log.warning("a delivery stopped at the database and goes on later: %s", error)
            await self._recorder.pause()
            await self._postpone(delivery, self._clock())
        except Exception:
            log.exception("a delivery failed unexpectedly; it goes on when its lease is over")

    def leave_line(self) -> None:
        """Send nothing of what still waits for its turn."""
        for task in self._in_line:
            task.cancel()

    async def _postpone(self, delivery: Delivery, until: datetime) -> None:
        await self._recorder.record(lambda: self._deliveries.postpone(delivery.id, until))

    async def _finish(self, delivery: Delivery, outcome: Outcome, reason: Reason | None = None) -> None:
        await self._recorder.record(
            lambda: self._deliveries.finish(delivery.id, outcome, now=self._clock(), reason=reason)
        )

    async def _send_rest(self, delivery: Delivery) -> None:
        now = self._clock()
        quiet = delivery.preferences.quiet
        if not is_worth_catching_up(after_quiet(delivery.due_at, quiet, delivery.zone), now, self._catch_up_limit):
            log.warning("a delivery is too late to send; its news goes into the next digest")
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

    async def _send_part(self, delivery: Delivery, part: DeliveryPart) -> bool:
        """Send one message if it still has to be sent. True when it arrived, or may have.

        Raises:
            Postponed, Unreached: it, and what comes after it, must wait.
            Abandoned: nothing more is sent to this chat.
        """
        if part.state is PartState.SENT:
            return True
        if part.state is PartState.FAILED:
            return False
        if part.copies >= MOST_COPIES:
            return True
        self._reach.check()
        # The turn comes first: what waits in line when the process dies is known never to have left.
        await self._turn(delivery)
        await self._reach.make_sure(is_last_copy=part.copies == MOST_COPIES - 1)
        await self._deliveries.mark_sending(delivery.id, part.position)
        try:
            message_id = await self._call(delivery, part)
        except errors.SendError as error:
            return await self._record_failure(delivery, part, error)
        self._reach.arrived()
        await self._recorder.record(
            lambda: self._deliveries.mark_sent(delivery.id, part.position, message_id=message_id, now=self._clock())
        )
        return True

    async def _turn(self, delivery: Delivery) -> None:
        task = asyncio.current_task()
        if task is None or self._recorder.is_stopped:
            raise asyncio.CancelledError
        self._in_line.add(task)
        try:
            await self._messenger.turn(delivery.chat)
        finally:
            self._in_line.discard(task)

    async def _call(self, delivery: Delivery, part: DeliveryPart) -> int:
        chat_id, thread_id = delivery.chat.chat_id, delivery.chat.thread_id
        try:
            return await self._send(delivery.chat, delivery, part)
        except errors.ThreadGone:
            if thread_id is None:
                raise
            log.warning("the topic is gone, sending into the general one")
        await self._recorder.record(lambda: self._subscriptions.leave_thread(chat_id, thread_id))
        return await self._send(ChatRef(chat_id), delivery, part)

    async def _send(self, chat: ChatRef, delivery: Delivery, part: DeliveryPart) -> int:
        is_silent = delivery.preferences.is_silent
        try:
            return await self._messenger.send(chat, part.html, is_silent=is_silent)
        except errors.MarkupRefused as error:
            log.warning("markup was refused, sending plain text: %s", error)
            return await self._messenger.send_plain(chat, part.html, is_silent=is_silent)

    async def _record_failure(self, delivery: Delivery, part: DeliveryPart, error: errors.SendError) -> bool:
        state = state_after(error)
        if state is PartState.UNCERTAIN:
            self._reach.failed()
        elif not isinstance(error, errors.NotSent):
            self._reach.arrived()
        await self._recorder.record(
            lambda: self._deliveries.mark_unsent(delivery.id, part.position, state=state, error=str(error))
        )
        chat_id = delivery.chat.chat_id
        now = self._clock()
        log.warning("part %d was not sent: %s (%s)", part.position, type(error).__name__, state.value)
        match error:
            case errors.SlowDown():
                raise Postponed(now + timedelta(seconds=error.retry_after_s))
            case errors.ChatMoved():
                await self._recorder.record(lambda: self._subscriptions.move_chat(chat_id, error.new_chat_id))
                raise Postponed(now)
            case errors.ChatGone():
                has_become_quiet = await self._go_quiet(chat_id)
                if isinstance(error, errors.NoRights) and has_become_quiet:
                    await self._tell_of_rights(chat_id)
                raise Abandoned from error
            case errors.NotSent() | errors.MaybeSent():
                raise Postponed(now + retry_delay(part.attempts, self._chance()))
            case _:
                return False

    async def _go_quiet(self, chat_id: int) -> bool:
        """False where the chat was quiet already."""
        return await self._recorder.record(lambda: self._subscriptions.go_quiet(chat_id, now=self._clock()))

    async def _tell_of_rights(self, chat_id: int) -> None:
        user_id = await self._subscriptions.set_up_by(chat_id)
        if user_id is None:
            log.warning("the bot may not write in chat %d, and nobody is known who set its digest up", chat_id)
        else:
            await self._notifier.tell_no_rights(user_id, chat_id)
