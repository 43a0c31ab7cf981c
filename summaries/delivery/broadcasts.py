"""Send a broadcast: few messages at a time, so that answers and digests keep their pace, and to each chat once.

Each message keeps the promises that a digest's does (`summaries/delivery`): what may have arrived is sent once more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from summaries.delivery import SENDERS, Room
from summaries.model import PartState

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.delivery import Post
    from summaries.model import Broadcast, BroadcastMessage, ChatRef
    from summaries.ports import BroadcastStore, Clock, Messenger

log = logging.getLogger(__name__)

# Of Telegram's thirty a second, so that answers and digests keep their pace; a faster bot takes as large a part of its.
AT_A_TIME = 8
PER_S = 30
# So long a message waits for its turn at most before another process may claim it, and so long its call takes at most.
LEASE, CALL_LEASE = timedelta(minutes=1), timedelta(minutes=5)
# So long a tick waits for those that hang.
MOMENT_S = 1.0


@dataclass(frozen=True, slots=True)
class BroadcastLetter:
    """Fulfils `Letter`: one chat's message of a broadcast."""

    message: BroadcastMessage
    broadcasts: BroadcastStore
    messenger: Messenger
    clock: Clock

    @property
    def chat(self) -> ChatRef:
        return self.message.chat

    @property
    def attempts(self) -> int:
        return self.message.attempts

    @property
    def copies(self) -> int:
        return self.message.copies

    async def mark_sending(self) -> None:
        await self.broadcasts.mark_sending(self.message, until=self.clock() + CALL_LEASE)

    async def send(self, chat: ChatRef) -> int:
        return await self.messenger.send(chat, self.message.html)

    async def mark_sent(self, message_id: int) -> None:  # noqa: ARG002  (nobody asks for it)
        await self.broadcasts.settle(self.message, is_sent=True)

    async def mark_unsent(self, state: PartState, error: str) -> None:
        if state is PartState.FAILED:
            await self.broadcasts.settle(self.message, is_sent=False, error=error)
        else:
            await self.broadcasts.put_back(self.message, may_be_out=state is PartState.UNCERTAIN, error=error)

    async def postpone(self, until: datetime) -> None:
        await self.broadcasts.postpone(self.message, until)


class BroadcastService:
    """Sends what an admin confirmed."""

    def __init__(
        self,
        *,
        broadcasts: BroadcastStore,
        messenger: Messenger,
        post: Post,
        clock: Clock,
        per_s: float = PER_S,
        tick_s: float = 1.0,
        moment_s: float = MOMENT_S,
    ) -> None:
        """`per_s` is how many messages a second the bot may send over all chats; `send_some` is called every `tick_s`
        seconds."""
        self._at_a_time = max(AT_A_TIME, round(AT_A_TIME * per_s / PER_S * tick_s))
        self._broadcasts = broadcasts
        self._messenger = messenger
        self._post = post
        self._clock = clock
        self._under_way: Room[tuple[int, int]] = Room(post, SENDERS, moment_s)

    async def send_some(self) -> tuple[Broadcast, ...]:
        """Send the next few messages; tell which broadcasts ended by that."""
        left = self._at_a_time
        while left and not self._post.is_stopped:
            now = self._clock()
            limit = min(left, self._under_way.left())
            claimed = await self._broadcasts.claim(now=now, lease_until=now + LEASE, limit=limit)
            if not claimed:
                break
            for message in claimed:
                key = (message.broadcast_id, message.chat.chat_id)
                if key not in self._under_way.keys:
                    self._under_way.begin(key, self._send(message))
            left -= len(claimed)
            await self._under_way.wait_for_room()
        await self._under_way.wait_for_all()
        return await self._broadcasts.end_finished()

    async def under_way(self) -> tuple[Broadcast, ...]:
        """The broadcasts that are being sent, with their counts."""
        return await self._broadcasts.under_way()

    async def resume(self) -> None:
        """Take up at once what another process was sending. For a process that is alone, when it starts."""
        await self._broadcasts.release(now=self._clock())

    async def on_clock_rollback(self) -> None:
        """The clock was ahead and is right now: nothing waits for its time."""
        await self._broadcasts.realign(latest=self._clock() + CALL_LEASE)

    async def _send(self, message: BroadcastMessage) -> None:
        letter = BroadcastLetter(message, self._broadcasts, self._messenger, self._clock)
        with bound_contextvars(broadcast=message.broadcast_id):
            await self._post.attend(lambda: self._post.send_whole(letter, "a message of a broadcast"), letter.postpone)
