"""Around the work on each update: its id stands in every line that is logged, what it says in none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from structlog.contextvars import bound_contextvars
from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.logs.private import keeping_private

if TYPE_CHECKING:
    from collections.abc import Awaitable


class UpdateProcessor(BaseUpdateProcessor):
    """Works on as many updates at once as it is told to."""

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to give back."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        with bound_contextvars(update=update.update_id), keeping_private(update.to_dict):
            await coroutine
