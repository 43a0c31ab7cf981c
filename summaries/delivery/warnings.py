"""Match BMKG's events with the places of chats, and send, edit or drop the messages about them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from structlog.contextvars import bound_contextvars

from summaries import errors
from summaries.delivery.circuit_breaker import RetryLater
from summaries.delivery.outbox import CALL_LEASE, TURN_LEASE, Outbox, SenderPool
from summaries.digests.schedule import skip_quiet_hours
from summaries.model import ChatRef, Hazard, MessageKind, WarningMessage, WarningSettings
from summaries.ports import Clock, Offload, WarningStore
from summaries.warnings.decisions import find_box, find_concern, find_recipients, is_over, is_severe

log = logging.getLogger(__name__)

# Chats whose places are read in one go, and whose messages are stored in one transaction; others wait meanwhile.
CHATS_AT_ONCE = 1_000
# Less than every chat's id.
BEFORE_ALL = -(2**63)


class WarningService:
    """Sends one message about each event to each chat that it concerns, and edits it when the event changes.

    `send` renders a message, sends it to a chat and returns its id; `edit` edits the one that was sent. They raise only
    subclasses of SendError.
    """

    def __init__(
        self,
        *,
        warnings: WarningStore,
        send: Callable[[ChatRef, WarningMessage], Awaitable[int]],
        edit: Callable[[ChatRef, WarningMessage], Awaitable[None]],
        outbox: Outbox,
        offload: Offload,
        clock: Clock,
    ) -> None:
        self._warnings = warnings
        self._send_message = send
        self._edit_message = edit
        self._outbox = outbox
        self._offload = offload
        self._clock = clock
        self._pool = SenderPool(outbox)

    async def is_wanted(self) -> bool:
        """Return whether a chat of this bot wants warnings."""
        return await self._warnings.has_listeners()

    async def match(self) -> int:
        """Store messages for new and changed events; return how many."""
        return sum([await self._match(hazard) for hazard in await self._warnings.find_unmatched(now=self._clock())])

    async def _match(self, hazard: Hazard) -> int:
        """Store messages about the event; return how many. Interrupted, it begins again, and stores none twice."""
        box, count, after, is_last = find_box(hazard), 0, BEFORE_ALL, False
        while not is_last:
            page: Sequence[WarningSettings] = ()
            if box is not None and not is_over(hazard, self._clock()):
                page = await self._warnings.listeners(box, after=after, limit=CHATS_AT_ONCE)
            chats = await self._offload(find_recipients, hazard, page) if page else ()
            is_last = len(page) < CHATS_AT_ONCE
            count += await self._warnings.put_matches(hazard, chats, now=self._clock(), is_last=is_last)
            after = page[-1].chat.chat_id if page else after
        return count

    async def send_due(self) -> int:
        """Send and edit the messages that are due; return how many were begun. Calls that hang hold up no others."""
        count = 0
        while not self._outbox.is_stopped:
            now = self._clock()
            claimed = await self._outbox.store.claim_warnings(
                now=now, lease_until=now + TURN_LEASE, limit=self._pool.free_slots()
            )
            if not claimed:
                break
            for warning in claimed:
                (key,) = warning.message.ids
                if key not in self._pool.keys:
                    self._pool.begin(key, self._send(warning))
                    count += 1
            await self._pool.wait_for_slots()
        await self._pool.wait_for_all()
        return count

    async def resume(self) -> None:
        """Release the leases of earlier processes. For the start of a process that has the database for itself."""
        if released := await self._outbox.store.release(MessageKind.WARNING, now=self._clock()):
            log.info("%d warnings were claimed when the bot stopped: they go on", released)
        await self.on_clock_rollback()

    async def on_clock_rollback(self) -> None:
        """Shorten waits that were set while the clock was ahead."""
        now = self._clock()
        await self._warnings.repair_after_clock_rollback(now=now)
        await self._outbox.store.repair_after_clock_rollback(MessageKind.WARNING, claimed=now + CALL_LEASE, waiting=now)

    async def _send(self, warning: WarningMessage) -> None:
        ids = warning.message.ids
        with bound_contextvars(warning=warning.hazard.id):
            await self._outbox.run_guarded(ids, lambda: self._send_one(warning))

    async def _send_one(self, warning: WarningMessage) -> None:
        message, hazard = warning.message, warning.hazard
        if warning.message_id is not None:

            async def edit(chat: ChatRef) -> int:
                await self._edit_message(chat, warning)
                return warning.message_id or 0

            await self._outbox.edit(message, edit, version=hazard.version, name="a warning")
            return
        now = self._clock()
        send_at = find_send_time(warning, now)
        if send_at is None:
            await self._outbox.write(lambda: self._outbox.store.drop(message))
            return
        if send_at > now:
            raise RetryLater(send_at)

        async def send(chat: ChatRef) -> int:
            # The message may have waited for the rate limiter.
            if is_over(hazard, self._clock()):
                raise errors.SendRefused("the event was over before its message could be sent")
            return await self._send_message(chat, warning)

        await self._outbox.send_single(message, send, name="a warning")


def find_send_time(warning: WarningMessage, now: datetime) -> datetime | None:
    """Return when the message may be sent, `now` or later; None if it is not to be sent any more."""
    hazard, settings = warning.hazard, warning.settings
    if is_over(hazard, now) or settings is None or find_concern(hazard, settings) is None:
        return None
    if warning.zone is None or (settings.wakes and is_severe(hazard)):
        return now
    quiet_until = skip_quiet_hours(now, warning.quiet, warning.zone)
    return quiet_until if quiet_until < hazard.expires_at else None
