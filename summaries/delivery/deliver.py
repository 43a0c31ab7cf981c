"""Take one delivery through its messages: send what is left of it, and record how it ended."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from summaries import errors
from summaries.delivery.outbox import Abandoned, Postponed
from summaries.digests.schedule import is_worth_catching_up, skip_quiet_hours
from summaries.model import Outcome, PartState, Reason

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from summaries.delivery.outbox import Post
    from summaries.model import ChatRef, Delivery, DeliveryPart
    from summaries.ports import Clock, DeliveryStore, Messenger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PartLetter:
    """Fulfils `Letter`: one message of a delivery."""

    delivery: Delivery
    part: DeliveryPart
    deliveries: DeliveryStore
    messenger: Messenger
    clock: Clock

    @property
    def chat(self) -> ChatRef:
        return self.delivery.chat

    @property
    def attempts(self) -> int:
        return self.part.attempts

    @property
    def copies(self) -> int:
        return self.part.copies

    async def mark_sending(self) -> None:
        await self.deliveries.mark_sending(self.delivery.id, self.part.position)

    async def send(self, chat: ChatRef) -> int:
        is_silent = self.delivery.preferences.is_silent
        try:
            return await self.messenger.send(chat, self.part.html, is_silent=is_silent)
        except errors.InvalidMarkup as error:
            log.warning("markup was refused, sending plain text: %s", error)
            return await self.messenger.send_plain(chat, self.part.html, is_silent=is_silent)

    async def mark_sent(self, message_id: int) -> None:
        await self.deliveries.mark_sent(self.delivery.id, self.part.position, message_id=message_id, now=self.clock())

    async def mark_unsent(self, state: PartState, error: str) -> None:
        await self.deliveries.mark_unsent(self.delivery.id, self.part.position, state=state, error=error)

    async def postpone(self, until: datetime) -> None:
        await self.deliveries.postpone(self.delivery.id, until)


class Sender:
    """Sends deliveries, any number at the same time."""

    def __init__(
        self,
        *,
        deliveries: DeliveryStore,
        messenger: Messenger,
        post: Post,
        clock: Clock,
        catch_up_limit: timedelta,
    ) -> None:
        self._deliveries = deliveries
        self._messenger = messenger
        self._post = post
        self._clock = clock
        self._catch_up_limit = catch_up_limit

    async def deliver(self, delivery: Delivery) -> None:
        """Send what is left of the delivery; whatever fails, its rows say how it goes on."""
        with bound_contextvars(delivery=delivery.id):
            await self._post.attend(
                lambda: self._send_rest(delivery), lambda until: self._deliveries.postpone(delivery.id, until)
            )

    async def _finish(self, delivery: Delivery, outcome: Outcome, reason: Reason | None = None) -> None:
        await self._post.record(lambda: self._deliveries.finish(delivery.id, outcome, now=self._clock(), reason=reason))

    async def _send_rest(self, delivery: Delivery) -> None:
        now = self._clock()
        quiet = delivery.preferences.quiet
        if not is_worth_catching_up(skip_quiet_hours(delivery.due_at, quiet, delivery.zone), now, self._catch_up_limit):
            log.warning("a delivery is too late to send; its news goes into the next digest")
            is_begun = any(part.state is PartState.SENT for part in delivery.parts)
            outcome, reason = (Outcome.SENT, None) if is_begun else (Outcome.SKIPPED, Reason.LATE)
            await self._finish(delivery, outcome, reason)
            return
        if (quiet_until := skip_quiet_hours(now, quiet, delivery.zone)) > now:
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
        """Send one message if it still has to be sent. True when it arrived, or may have; raises as `Post.send`."""
        if part.state is PartState.SENT:
            return True
        if part.state is PartState.FAILED:
            return False
        letter = PartLetter(delivery, part, self._deliveries, self._messenger, self._clock)
        return await self._post.send(letter, f"part {part.position}")
