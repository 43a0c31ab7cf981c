"""Updates that are handed over, into the inbox that all workers read."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from bot.joining import MAYBE_CUT_FROM, sender
from bot.split import utf16_length
from bot.web.accepting import read_update
from bot.web.received import Received
from summaries.errors import StoreError

if TYPE_CHECKING:
    from telegram import Bot

    from bot.jobs.queue import Queue
    from summaries.ports import Clock, InboxStore

log = logging.getLogger(__name__)

# What one person writes is stored in the order in which it comes; so many persons at a time.
TURNS = 64


class Storing:
    """Fulfils `Accept`: what it calls taken is stored, and will be answered whoever dies."""

    def __init__(self, bot: Bot, bot_id: int, inbox: InboxStore, queue: Queue, clock: Clock) -> None:
        """`bot` may not have begun yet."""
        self._bot = bot
        self._bot_id = bot_id
        self._inbox = inbox
        self._queue = queue
        self._clock = clock
        self._in_turn = [asyncio.Lock() for _ in range(TURNS)]

    async def __call__(self, data: dict[str, Any]) -> Received:
        update = read_update(data, self._bot)
        if update is None:
            return Received.UNREADABLE
        text = update.message.text if update.message is not None else None
        may_be_cut = text is not None and utf16_length(text) >= MAYBE_CUT_FROM
        # A command begins something new: it continues nothing, but may be cut itself.
        joins = update.message is not None and text is not None and (may_be_cut or not text.startswith("/"))
        who = ":".join(map(str, sender(update.message))) if update.message is not None and joins else None
        try:
            async with self._in_turn[hash(who) % TURNS]:
                taken = await self._inbox.put(
                    self._bot_id, update.update_id, data, sender=who, may_be_cut=may_be_cut, now=self._clock()
                )
            if taken.group_id is not None:
                await self._queue.answer(taken.group_id)
        except StoreError as error:
            log.warning("an update can't be stored, and Telegram sends it again: %s", error)
            return Received.BUSY
        return Received.TAKEN if taken.is_new else Received.REPEATED
