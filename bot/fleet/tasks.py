"""What the jobs do: each is safe to be done twice, and by whichever worker.

A worker serves any number of bots. The news are one for all; what is done for chats is done for each bot by itself, so
that one with much to do, or whose token Telegram refuses, holds up no other.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from structlog.contextvars import bound_contextvars

from bot.conversation.pasted_text import PATIENCE_S
from summaries.errors import RingkasError
from summaries.model import ANSWERABLE_FOR

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bot.background.jobs import Duties
    from bot.fleet.bot_tasks import Served
    from bot.fleet.queue import Queue
    from summaries.ports import Clock, InboxStore, MemberStore, PaceStore

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=PATIENCE_S)
# So long a text waits for one that it may belong to and that it overtook.
BRIEF = timedelta(seconds=0.15)
# An update without an answer is looked after when a job for it should have ended long ago, and left when nobody waits
# for its answer any more.
LEFT_AFTER, LEFT_FOR = timedelta(seconds=90), ANSWERABLE_FOR
KNOWN_FOR = timedelta(days=2)
"""So long Telegram may send an update again; it keeps them for a day."""
# Who was quiet for so long is not remembered: chats and people have all that they can have at once by then.
CHATS_QUIET_FOR, PEOPLE_QUIET_FOR = timedelta(minutes=10), timedelta(days=1)
# Digests under way for which one more worker is called, up to so many.
EACH_SENDER, MOST_SENDERS = 100, 32
REFRESHERS = 4
# A tick that does something for several bots ends after so long; what is still under way goes on.
TICK_S = 2.0


class NotServed(Exception):
    """The update is one of a bot that this worker does not serve, or not yet: the job is tried again elsewhere."""


class Work:
    """The jobs, in this process. `news` is what is done once for all bots; each bot is added when Telegram knows it."""

    def __init__(
        self,
        *,
        bots: Iterable[Served] = (),
        news: Duties,
        inbox: InboxStore,
        members: MemberStore,
        pace: PaceStore,
        queue: Queue,
        clock: Clock,
    ) -> None:
        self._bots: dict[int, Served] = {}
        self._news = news
        self._inbox = inbox
        self._members = members
        self._pace = pace
        self._gone: frozenset[str] = frozenset()
        self._queue = queue
        self._clock = clock
        self._under_way: dict[tuple[int, str], asyncio.Task[None]] = {}
        self._is_refreshing = False
        self._is_stopping = False
        for bot in bots:
            self.add(bot)

    def add(self, bot: Served) -> None:
        """Work for this bot too from here on."""
        self._bots[bot.bot_id] = bot

    async def answer(self, group_id: int) -> None:
        """Answer the updates of the group, once no more of them can be expected."""
        waiting = await self._inbox.open(group_id, patience=PATIENCE, brief=BRIEF, now=self._clock())
        while waiting.wait_s > 0:
            await asyncio.sleep(waiting.wait_s)
            waiting = await self._inbox.open(group_id, patience=PATIENCE, brief=BRIEF, now=self._clock())
        if waiting.bot_id is None or not waiting.bodies:
            # Answered before, or a piece of another's group, whose answer needs it.
            return
        bot = self._bots.get(waiting.bot_id)
        if bot is None:
            raise NotServed(f"the bot {waiting.bot_id} is not served here")
        with bound_contextvars(bot=bot.bot_id):
            await bot.answer(waiting.bodies, is_refused=waiting.is_refused)
        await self._inbox.done(group_id, now=self._clock())

    async def compose(self) -> None:
        """Compose the digests that are due, and call as many workers to send them as is worth it."""

        async def compose(bot: Served) -> None:
            composed = await bot.compose()
            for number in range(1, min(MOST_SENDERS, 1 + composed // EACH_SENDER)):
                await self._queue.send(number)

        await self._for_each("compose", compose)
        await self._queue.send(0)

    async def send(self) -> None:
        """Send digests until none is left; of each bot, one such job does in a process."""
        await self._for_each("send", lambda bot: bot.send())

    async def alert(self) -> None:
        await self._for_each("alert", lambda bot: bot.alert())

    async def broadcast(self) -> None:
        await self._for_each("broadcast", lambda bot: bot.broadcast())

    async def refresh_due(self) -> None:
        """Call some workers to check sources that are due."""
        if self._news.refresh is not None:
            for number in range(REFRESHERS):
                await self._queue.refresh(number)

    async def refresh(self) -> None:
        """Check sources that are due; one such job does in a process."""
        if self._news.refresh is None or self._is_refreshing:
            return
        self._is_refreshing = True
        try:
            await self._news.refresh()
        finally:
            self._is_refreshing = False

    async def forget(self) -> None:
        await self._news.forget()
        await self._inbox.forget(before=self._clock() - KNOWN_FOR)

    async def look_after(self) -> None:
        """Take over what dead workers were at, and updates that no job is for."""
        if taken_over := await self._queue.take_over():
            log.warning("%d jobs of workers that died go on", taken_over)
        now = self._clock()
        gone = await self._members.gone()
        # Twice in a row: after a restart of the server every member needs a moment to show that it lives.
        if (still := gone & self._gone) and (released := await self._members.release(still, now=now)):
            log.warning("%d digests, alerts and messages of broadcasts of workers that died go on", released)
        self._gone = gone
        await self._pace.forget(chats=CHATS_QUIET_FOR, people=PEOPLE_QUIET_FOR)
        for group_id in await self._inbox.left(before=now - LEFT_AFTER, after=now - LEFT_FOR):
            await self._queue.answer(group_id)

    async def stop(self) -> None:
        """Begin no more messages, and finish those under way."""
        self._is_stopping = True
        await asyncio.gather(*(bot.stop() for bot in self._bots.values()))
        await asyncio.gather(*self._under_way.values())

    async def _for_each(self, name: str, work: Callable[[Served], Awaitable[None]]) -> None:
        """Do the work for each bot for which it is not under way here. Where there are several, those that take long
        are not waited for."""
        begun = []
        for bot in self._bots.values():
            key = (bot.bot_id, name)
            if key not in self._under_way and not self._is_stopping:
                task = self._under_way[key] = asyncio.create_task(self._for_one(name, bot, work), name=name)
                task.add_done_callback(partial(self._end, key))
                begun.append(task)
        if begun:
            await asyncio.wait(begun, timeout=TICK_S if len(self._bots) > 1 else None)

    def _end(self, key: tuple[int, str], _: asyncio.Task[None]) -> None:
        del self._under_way[key]

    async def _for_one(self, name: str, bot: Served, work: Callable[[Served], Awaitable[None]]) -> None:
        with bound_contextvars(bot=bot.bot_id):
            try:
                await work(bot)
            except RingkasError as error:
                log.error("the tick %s failed and is tried again: %s", name, error)  # noqa: TRY400
            except Exception:
                log.exception("the tick %s failed and is tried again", name)
