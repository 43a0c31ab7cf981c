"""Broadcasts: an admin's message to all chats, sent slowly so that replies and digests are not delayed."""

from __future__ import annotations

import logging

from structlog.contextvars import bound_contextvars

from summaries.delivery.outbox import CALL_LEASE, TURN_LEASE, Outbox, SenderPool
from summaries.model import Broadcast, BroadcastMessage, ChatRef, MessageKind
from summaries.ports import BroadcastStore, Clock, Messenger

log = logging.getLogger(__name__)

# Messages in a second, of the thirty that Telegram allows: replies and digests come first. A bot that may send more
# uses the same share.
AT_A_TIME = 8
PER_S = 30


class BroadcastService:
    """Sends the broadcasts that an admin confirmed."""

    def __init__(
        self,
        *,
        broadcasts: BroadcastStore,
        messenger: Messenger,
        outbox: Outbox,
        clock: Clock,
        per_s: float = PER_S,
        tick_s: float = 1.0,
    ) -> None:
        """`per_s` is how many messages a second the bot may send over all chats; `send_some` is called every `tick_s`
        seconds."""
        self._at_a_time = max(AT_A_TIME, round(AT_A_TIME * per_s / PER_S * tick_s))
        self._broadcasts = broadcasts
        self._messenger = messenger
        self._outbox = outbox
        self._clock = clock
        self._pool = SenderPool(outbox)

    async def send_some(self) -> tuple[Broadcast, ...]:
        """Send the next few messages; return the broadcasts that ended."""
        left = self._at_a_time
        while left and not self._outbox.is_stopped:
            now = self._clock()
            limit = min(left, self._pool.free_slots())
            claimed = await self._outbox.store.claim_broadcasts(now=now, lease_until=now + TURN_LEASE, limit=limit)
            if not claimed:
                break
            for message in claimed:
                (key,) = message.message.ids
                if key not in self._pool.keys:
                    self._pool.begin(key, self._send(message))
            left -= len(claimed)
            await self._pool.wait_for_slots()
        await self._pool.wait_for_all()
        return await self._broadcasts.end_finished()

    async def find_sending(self) -> tuple[Broadcast, ...]:
        """The broadcasts that are being sent, with their counts."""
        return await self._broadcasts.find_sending()

    async def resume(self) -> None:
        """Release the leases of earlier processes. For the start of a process that has the database for itself."""
        await self._outbox.store.release(MessageKind.BROADCAST, now=self._clock())

    async def on_clock_rollback(self) -> None:
        """Shorten waits that were set while the clock was ahead."""
        latest = self._clock() + CALL_LEASE
        await self._outbox.store.repair_after_clock_rollback(MessageKind.BROADCAST, claimed=latest, waiting=latest)

    async def _send(self, broadcast: BroadcastMessage) -> None:
        message = broadcast.message

        async def call(chat: ChatRef) -> int:
            return await self._messenger.send(chat, broadcast.html)

        with bound_contextvars(broadcast=broadcast.broadcast_id):
            await self._outbox.run_guarded(
                message.ids, lambda: self._outbox.send_single(message, call, name="a message of a broadcast")
            )
