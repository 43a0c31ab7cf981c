"""Stores the updates that a receiver gets in the inbox that all workers read."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot

from bot.conversation.pasted_text import MIN_CUT_LENGTH, identify_sender
from bot.fleet.queue import Queue
from bot.runtime.metrics import WebhookResult
from bot.telegram_text import utf16_length
from bot.transport.update_processor import GROUP, MAX_NOTICES, MEMBER, PERSON, Origin, find_origin
from bot.transport.webhook import hide_guest_chat, read_update
from summaries.errors import StoreError
from summaries.model import PendingLimits
from summaries.ports import Clock, InboxStore

log = logging.getLogger(__name__)

# Updates of one sender are stored in order. This is the number of senders whose updates are stored at the same time.
TURNS = 64
# After a refusal the sender's next updates are dropped for this long without asking the database.
REFUSED_FOR = timedelta(seconds=1)
MAX_REFUSED = 4096


@dataclass(frozen=True, slots=True)
class InboxReceiver:
    """Fulfils `Accept`: an update reported as taken is stored, and is answered even if this process dies. The bot need
    not be initialised."""

    _bot: Bot
    _bot_id: int
    _inbox: InboxStore
    _queue: Queue
    _clock: Clock
    _in_turn: list[asyncio.Lock] = field(default_factory=lambda: [asyncio.Lock() for _ in range(TURNS)])
    _refused_until: OrderedDict[Origin, datetime] = field(default_factory=OrderedDict)

    async def __call__(self, data: dict[str, Any]) -> WebhookResult:
        data = hide_guest_chat(data)
        update = read_update(data, self._bot)
        if update is None:
            return WebhookResult.UNREADABLE
        origin, now = find_origin(update), self._clock()
        # A clock that goes back must not prolong the refusal.
        if origin is not None and timedelta() < self._refused_until.get(origin, now) - now <= REFUSED_FOR:
            return WebhookResult.REFUSED
        text = update.message.text if update.message is not None else None
        may_be_cut = text is not None and utf16_length(text) >= MIN_CUT_LENGTH
        # A command never continues an earlier text, but its own text may be cut.
        joins = update.message is not None and text is not None and (may_be_cut or not text.startswith("/"))
        who = ":".join(map(str, identify_sender(update.message))) if update.message is not None and joins else None
        try:
            async with self._in_turn[hash(who) % TURNS]:
                taken = await self._inbox.put(
                    self._bot_id,
                    update.update_id,
                    data,
                    sender=who,
                    may_be_cut=may_be_cut,
                    now=now,
                    limits=limits_of(origin, is_press=update.callback_query is not None),
                )
            if taken.group_id is not None:
                await self._queue.answer(taken.group_id)
        except StoreError as error:
            log.warning("an update can't be stored, and Telegram sends it again: %s", error)
            return WebhookResult.BUSY
        if taken.is_refused and origin is not None:
            self._note_refusal(origin, now)
            return WebhookResult.REFUSED
        return WebhookResult.TAKEN if taken.is_new else WebhookResult.REPEATED

    def _note_refusal(self, origin: Origin, now: datetime) -> None:
        self._refused_until[origin] = now + REFUSED_FOR
        self._refused_until.move_to_end(origin)
        if len(self._refused_until) > MAX_REFUSED:
            self._refused_until.popitem(last=False)


def limits_of(origin: Origin | None, *, is_press: bool) -> PendingLimits | None:
    """Return the limits that apply to an update: those of one process, counted over all of them."""
    if origin is None:
        return None
    return PendingLimits(
        origin.sender_id,
        origin.group_id,
        of_sender=PERSON.pending,
        of_member=MEMBER.pending,
        of_chat=GROUP.pending,
        # The answer to a press is seen only by the person who pressed.
        is_private_notice=is_press,
        max_notices=MAX_NOTICES if is_press else 1,
    )
