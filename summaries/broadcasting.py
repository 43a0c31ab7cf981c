"""Send a broadcast: few messages at a time, so that answers and digests keep their pace, and to each chat once at most.

What stands as begun after a crash may have arrived; unlike a digest it is not sent again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from summaries import errors
from summaries.model import ChatRef

if TYPE_CHECKING:
    from summaries.model import Broadcast, BroadcastMessage
    from summaries.ports import BroadcastStore, Clock, Messenger, SubscriptionStore

log = logging.getLogger(__name__)

# Of Telegram's thirty a second, so that answers and digests keep their pace; a faster bot takes as large a part of its.
AT_A_TIME = 8
PER_S = 30
RETRY_AFTER = timedelta(seconds=30)


class BroadcastService:
    """Sends what an admin confirmed."""

    def __init__(
        self,
        *,
        broadcasts: BroadcastStore,
        subscriptions: SubscriptionStore,
        messenger: Messenger,
        clock: Clock,
        per_s: float = PER_S,
        tick_s: float = 1.0,
    ) -> None:
        """`per_s` is how many messages a second the bot may send over all chats; `send_some` is called every `tick_s`
        seconds."""
        self._at_a_time = max(AT_A_TIME, round(AT_A_TIME * per_s / PER_S * tick_s))
        self._broadcasts = broadcasts
        self._subscriptions = subscriptions
        self._messenger = messenger
        self._clock = clock

    async def send_some(self) -> tuple[Broadcast, ...]:
        """Send the next few messages; tell which broadcasts ended by that."""
        claimed = await self._broadcasts.claim(now=self._clock(), limit=self._at_a_time)
        await asyncio.gather(*map(self._send, claimed))
        return await self._broadcasts.end_finished()

    async def under_way(self) -> tuple[Broadcast, ...]:
        """The broadcasts that are being sent, with their counts."""
        return await self._broadcasts.under_way()

    async def _send(self, message: BroadcastMessage) -> None:
        with bound_contextvars(broadcast=message.broadcast_id):
            await self._send_one(message)

    async def _send_one(self, message: BroadcastMessage) -> None:
        try:
            await self._send_into(message.chat, message.html)
        except errors.SendError as error:
            log.warning("a message of a broadcast failed: %s", type(error).__name__)
            await self._record_failure(message, error)
        else:
            await self._broadcasts.settle(message, is_sent=True)

    async def _send_into(self, chat: ChatRef, html: str) -> None:
        """Where the chat's topic is gone, into the general one."""
        try:
            await self._messenger.send(chat, html)
        except errors.ThreadGone:
            if chat.thread_id is None:
                raise
            await self._messenger.send(ChatRef(chat.chat_id), html)

    async def _record_failure(self, message: BroadcastMessage, error: errors.SendError) -> None:
        now = self._clock()
        match error:
            case errors.SlowDown():
                await self._broadcasts.postpone(message, now + timedelta(seconds=error.retry_after_s))
            case errors.NotSent():
                await self._broadcasts.postpone(message, now + RETRY_AFTER)
            case errors.ChatMoved():
                await self._broadcasts.postpone(message, now)
                await self._subscriptions.move_chat(message.chat.chat_id, error.new_chat_id)
            case errors.ChatGone():
                await self._subscriptions.go_quiet(message.chat.chat_id, now=now)
                await self._broadcasts.settle(message, is_sent=False, error=str(error))
            case _:
                # What may have arrived counts as sent: nobody is to be bothered twice.
                is_sent = isinstance(error, errors.MaybeSent)
                await self._broadcasts.settle(message, is_sent=is_sent, error=str(error))
