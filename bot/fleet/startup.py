"""Begin with several bots: with each as soon as Telegram answers for it, and none keeps the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars
from telegram.error import TelegramError

from bot.transport.receiver import wait
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

log = logging.getLogger(__name__)

# A token that was revoked is known again only when somebody sets the new one and starts anew; but Telegram may err.
AGAIN_S = 300.0

Keep = Callable[[], Awaitable[None]]
Begin = Callable[[], Awaitable[Keep | None]]
"""Begins with a bot, and tells what is to be done from then on; None when told to stop meanwhile."""


@asynccontextmanager
async def each_begun(bots: Mapping[int, Begin], stop: asyncio.Event) -> AsyncIterator[None]:
    """Begin with the bots, by their ids; the block runs when the first has begun, or when told to stop. What is to be
    done then is done until the block ends. A bot that Telegram refuses is told in the log, and tried again.

    Raises:
        InvalidSettings: Telegram refuses all.
    """
    beginners = Beginners(bots, stop)
    tasks = [asyncio.create_task(beginners.begin(bot_id), name=f"bot {bot_id}") for bot_id in bots]
    settling = [asyncio.create_task(beginners.is_settled.wait()), asyncio.create_task(stop.wait())]
    try:
        # A task that ends before has failed, or was told to stop.
        done, _ = await asyncio.wait([*tasks, *settling], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        beginners.refuse_all()
        yield
    finally:
        for task in [*tasks, *settling]:
            task.cancel()
        for ended in await asyncio.gather(*tasks, *settling, return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("what was done for a bot failed", exc_info=ended)


class Beginners:
    """Bots that begin, each in a task of its own. `is_settled` when one has, or none can."""

    def __init__(self, bots: Mapping[int, Begin], stop: asyncio.Event) -> None:
        self.is_settled = asyncio.Event()
        self._bots = bots
        self._stop = stop
        self._refused: dict[int, InvalidSettings] = {}

    async def begin(self, bot_id: int) -> None:
        """Begin with the bot as soon as Telegram lets it, and do what is to be done then."""
        with bound_contextvars(bot=bot_id):
            while not self._stop.is_set():
                try:
                    keep = await self._bots[bot_id]()
                except InvalidSettings as error:
                    self._refuse(bot_id, error)
                except TelegramError as error:
                    log.warning("the bot %d can't begin, and is tried again: %s", bot_id, error)
                else:
                    self._refused.pop(bot_id, None)
                    self.is_settled.set()
                    if keep is not None:
                        await keep()
                    return
                await wait(self._stop, AGAIN_S)

    def refuse_all(self) -> None:
        """Raises:
        InvalidSettings: Telegram refuses all.
        """
        if len(self._refused) == len(self._bots):
            raise InvalidSettings(tuple(fault for error in self._refused.values() for fault in error.faults))

    def _refuse(self, bot_id: int, error: InvalidSettings) -> None:
        self._refused[bot_id] = error
        if len(self._refused) == len(self._bots):
            self.is_settled.set()
        if len(self._bots) > 1:
            log.error("the bot %d is left out, the others go on: %s", bot_id, "; ".join(error.faults))
