"""Around the work on each update: its id stands in every line that is logged, what it says in none; it is timed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bound_contextvars
from telegram import CallbackQuery, ChatMemberUpdated, InlineQuery, Message, Update
from telegram.ext import BaseUpdateProcessor

from bot.logs.private import keeping_private
from bot.metering import UpdateKind

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.metering import Meter


class UpdateProcessor(BaseUpdateProcessor):
    """Works on as many updates at once as it is told to."""

    def __init__(self, max_concurrent_updates: int, meter: Meter) -> None:
        super().__init__(max_concurrent_updates)
        self._meter = meter

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        began_s = time.monotonic()
        self._meter.update_begun()
        with bound_contextvars(update=update.update_id), keeping_private(update.to_dict):
            try:
                await coroutine
            finally:
                self._meter.update_handled(kind_of(update), time.monotonic() - began_s)


def kind_of(update: Update) -> UpdateKind:
    """What kind of update it is (pure)."""
    match update:
        case Update(message=Message() as message):
            return UpdateKind.COMMAND if (message.text or message.caption or "").startswith("/") else UpdateKind.MESSAGE
        case Update(edited_message=Message()):
            return UpdateKind.EDIT
        case Update(callback_query=CallbackQuery()):
            return UpdateKind.BUTTON
        case Update(inline_query=InlineQuery()):
            return UpdateKind.INLINE
        case Update(my_chat_member=ChatMemberUpdated()):
            return UpdateKind.MEMBERSHIP
        case _:
            return UpdateKind.OTHER
