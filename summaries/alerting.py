"""Tell chats of stories with the words that they wait for: look through what came in, store what is found, send it.

As with digests, everything is a row before it is sent: what provably never left is sent again freely, what may have
arrived is sent again once. What is found in a chat's quiet hours comes when they are over, together.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from summaries import errors
from summaries.delivery import MOST_COPIES, state_after
from summaries.digest import DIGEST_LENGTH
from summaries.model import PartState
from summaries.schedule import after_quiet, retry_delay
from summaries.watching import match

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from summaries.model import AlertBatch
    from summaries.ports import AlertMessenger, AlertStore, Clock, Offload, SubscriptionStore

log = logging.getLogger(__name__)

# A chat gets an alert this often at most; what is found meanwhile comes together.
PACE = timedelta(minutes=5)
MOST_STORIES = 5
LEASE = timedelta(minutes=5)
AT_ONCE = 50
# Articles of an archive are no news.
NEWS_AGE = timedelta(days=2)
# What another process stores comes to light a little later than it says.
SETTLED = timedelta(seconds=2)
# Their stems are read in one go, and everybody's questions wait for that.
AT_A_LOOK = 200


class AlertingService:
    """Looks for what chats wait for, and tells them. `chance` gives uniform numbers in [0, 1) that spread retries."""

    def __init__(
        self,
        *,
        alerts: AlertStore,
        subscriptions: SubscriptionStore,
        messenger: AlertMessenger,
        offload: Offload,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._alerts = alerts
        self._subscriptions = subscriptions
        self._messenger = messenger
        self._offload = offload
        self._clock = clock
        self._chance = chance

    async def look(self) -> int:
        """Find what came in since the last look for each watch; how many alerts are new."""
        now = self._clock()
        fresh = await self._alerts.fresh(until=now - SETTLED, oldest=now - NEWS_AGE, limit=AT_A_LOOK)
        watches = await self._alerts.watches() if fresh else ()
        if not watches:
            return 0
        found = await self._offload(match, watches, fresh)
        return await self._alerts.put(found, now=now, pace=PACE)

    async def send_due(self) -> int:
        """Send what waits for its turn; how many messages were worked on."""
        now = self._clock()
        claimed = await self._alerts.claim_due(
            now=now, lease_until=now + LEASE, length=DIGEST_LENGTH, most_items=MOST_STORIES, limit=AT_ONCE
        )
        for batch in claimed:
            with bound_contextvars(alerts=batch.alert_ids):
                await self._send(batch)
        return len(claimed)

    async def _send(self, batch: AlertBatch) -> None:
        now = self._clock()
        if batch.copies > MOST_COPIES:
            # Both copies may have arrived: it counts as told.
            await self._alerts.mark_sent(batch.alert_ids, message_id=0, now=now, pace=PACE)
            return
        if batch.zone and (quiet_until := after_quiet(now, batch.quiet, batch.zone)) > now:
            await self._alerts.hold(batch.alert_ids, until=quiet_until)
            return
        try:
            message_id = await self._messenger.send_alert(batch)
        except errors.SendError as error:
            await self._record_failure(batch, error, now)
        else:
            await self._alerts.mark_sent(batch.alert_ids, message_id=message_id, now=self._clock(), pace=PACE)

    async def _record_failure(self, batch: AlertBatch, error: errors.SendError, now: datetime) -> None:
        log.warning("an alert was not sent: %s", type(error).__name__)
        chat_id, thread_id = batch.watch.chat.chat_id, batch.watch.chat.thread_id
        state = state_after(error)
        match error:
            case errors.ThreadGone() if thread_id is not None:
                await self._subscriptions.leave_thread(chat_id, thread_id)
                state, until = PartState.PENDING, now
            case errors.SlowDown():
                until = now + timedelta(seconds=error.retry_after_s)
            case errors.ChatMoved():
                await self._subscriptions.move_chat(chat_id, error.new_chat_id)
                until = now
            case errors.ChatGone():
                await self._subscriptions.go_quiet(chat_id, now=now)
                return
            case _:
                until = now + retry_delay(batch.attempts, self._chance())
        await self._alerts.mark_unsent(batch.alert_ids, state=state, error=str(error), until=until)
