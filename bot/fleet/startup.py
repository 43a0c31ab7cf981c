"""Start several bots concurrently; one that cannot reach Telegram does not delay the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from structlog.contextvars import bound_contextvars
from telegram.error import TelegramError

from bot.transport.request import wait
from summaries.errors import InvalidSettings

log = logging.getLogger(__name__)

# Delay before a token that Telegram refused is tried again: it may be Telegram's mistake.
AGAIN_S = 300.0

Maintain = Callable[[], Awaitable[None]]
StartBot = Callable[[], Awaitable[Maintain | None]]
"""Starts a bot and returns a function to run from then on; None after a stop."""


@asynccontextmanager
async def start_bots(bots: Mapping[int, StartBot], stop: asyncio.Event) -> AsyncIterator[None]:
    """Start the bots, by id, and run the block once one has started, or after a stop. The functions that they return
    run until the block ends. A bot that Telegram refuses is logged and retried; InvalidSettings is raised
    if it refuses all of them."""
    beginners = BotStartup(bots, stop)
    tasks = [asyncio.create_task(beginners.begin(bot_id), name=f"bot {bot_id}") for bot_id in bots]
    settling = [asyncio.create_task(beginners.is_settled.wait()), asyncio.create_task(stop.wait())]
    try:
        # A task that is done by now has failed, or ended because of a stop.
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


class BotStartup:
    """Bots that are being started, each in its own task. `is_settled` is set when one has started, or all were
    refused."""

    def __init__(self, bots: Mapping[int, StartBot], stop: asyncio.Event) -> None:
        self.is_settled = asyncio.Event()
        self._bots = bots
        self._stop = stop
        self._refused: dict[int, InvalidSettings] = {}

    async def begin(self, bot_id: int) -> None:
        """Start the bot as soon as Telegram allows it, then run the function that it returned."""
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
        """Raise InvalidSettings with the faults of all bots if Telegram refuses all of them."""
        if len(self._refused) == len(self._bots):
            raise InvalidSettings(tuple(fault for error in self._refused.values() for fault in error.faults))

    def _refuse(self, bot_id: int, error: InvalidSettings) -> None:
        self._refused[bot_id] = error
        if len(self._refused) == len(self._bots):
            self.is_settled.set()
        if len(self._bots) > 1:
            log.error("the bot %d is left out, the others go on: %s", bot_id, "; ".join(error.faults))
