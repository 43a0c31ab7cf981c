"""The tasks of a worker. Each may run twice, and in any worker.

A worker serves any number of bots. News tasks run once for each edition, chat tasks separately for each bot, so that a
busy bot or a refused token does not hold up the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from math import inf
from typing import Any

from structlog.contextvars import bound_contextvars
from telegram import Update

from bot.conversation.pasted_text import PATIENCE_S, join_pieces
from bot.fleet.member import FleetBot, Member
from bot.fleet.queue import TICKS
from bot.runtime.shutdown import SENDING_GRACE_S
from bot.transport.update_processor import refusing
from summaries.errors import RingkasError
from summaries.model import ANSWERABLE_FOR

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=PATIENCE_S)
# Wait for an earlier piece of a text that Telegram delivered late.
BRIEF = timedelta(seconds=0.15)
# An unanswered update gets a new job after the first delay, when its own job must have died, and is dropped after the
# second, when nobody waits for the answer any more.
LEFT_AFTER, LEFT_FOR = timedelta(seconds=90), ANSWERABLE_FOR
KNOWN_FOR = timedelta(days=2)
"""Telegram keeps updates for a day and may send them again for so long; older ids are forgotten."""
# Forget quota rows of idle chats and users: after this time they have their full quota again.
CHATS_QUIET_FOR, PEOPLE_QUIET_FOR = timedelta(minutes=10), timedelta(days=1)
# One more sender job for each of so many digests, up to the maximum.
EACH_SENDER, MOST_SENDERS = 100, 32
REFRESHERS = 4
# The names of the ticks by task. They are those of the jobs that a single process runs on its own scheduler.
TICK_NAMES = {
    "compose": "digests",
    "send": "sending",
    "study": "study",
    "alert": "alerts",
    "read_hazards": "hazards",
    "warn": "warnings",
    "broadcast": "broadcasts",
    "refresh_due": "refresh due",
    "refresh": "refresh",
    "publish": "publishing",
    "check_own_feeds": "own feeds",
    "forget": "pruning",
    "recover": "recovery",
}
# The end of a tick is recorded at most this often by a process.
RECORDED_EVERY_S = 5.0
# A tick for several bots returns after this time; slow bots go on in the background.
TICK_S = 2.0


class NotServed(Exception):
    """The update is for a bot that this worker does not serve (yet). The job is retried elsewhere."""


def ticks_of(queues: Collection[str]) -> frozenset[str]:
    """Return the names of the periodic ticks of a worker on these queues. Composing enqueues sending."""
    tasks = ["recover", *(task for task, tick in TICKS.items() if tick.queue in queues)]
    return frozenset(TICK_NAMES[task] for task in (*tasks, *(["send"] if "compose" in tasks else [])))


def merge_updates(bodies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the first update of a group with the text of all of them. Formatting of the later ones is lost."""
    first = dict(bodies[0])
    if len(bodies) > 1:
        first["message"] = {**first["message"], "text": join_pieces([body["message"]["text"] for body in bodies])}
    return first


class FleetTasks:
    """The tasks of this process. Bots are added after Telegram accepted their tokens. `clock_s` never goes back."""

    def __init__(self, member: Member, clock_s: Callable[[], float]) -> None:
        self._bots: dict[int, FleetBot] = {}
        # The first bot of each edition sends the notices about its news to the admins.
        self._news = tuple(bot.jobs for bot in member.first_of_editions)
        self._stores = member.stores
        self._gone: frozenset[str] = frozenset()
        self._queue = member.queue
        self._clock = member.services.now
        self._clock_s = clock_s
        self._under_way: dict[tuple[int, str], asyncio.Task[bool]] = {}
        self._recorded_s: dict[str, float] = {}
        self._refreshing = asyncio.Lock()
        self._is_stopping = False

    def add(self, bot: FleetBot) -> None:
        """Run the chat tasks for this bot too."""
        self._bots[bot.bot_id] = bot

    async def answer(self, group_id: int) -> None:
        """Answer the updates of the group once no more pieces of it are expected."""
        waiting = await self._stores.inbox.open(group_id, patience=PATIENCE, brief=BRIEF, now=self._clock())
        while waiting.wait_s > 0:
            await asyncio.sleep(waiting.wait_s)
            waiting = await self._stores.inbox.open(group_id, patience=PATIENCE, brief=BRIEF, now=self._clock())
        if waiting.bot_id is None or not waiting.bodies:
            # It was answered, or belongs to another group, whose job answers it.
            return
        bot = self._bots.get(waiting.bot_id)
        if bot is None:
            raise NotServed(f"the bot {waiting.bot_id} is not served here")
        update = Update.de_json(merge_updates(waiting.bodies), bot.app.bot)
        with bound_contextvars(bot=bot.bot_id), refusing() if waiting.is_refused else nullcontext():
            await bot.app.update_processor.process_update(update, bot.app.process_update(update))
        await self._stores.inbox.done(group_id, now=self._clock())

    async def compose(self) -> None:
        """Compose the due digests, and enqueue as many sender jobs as their number requires."""

        async def compose(bot: FleetBot) -> None:
            composed = await bot.jobs.digests.prepare_due()
            for number in range(1, min(MOST_SENDERS, 1 + composed // EACH_SENDER)):
                await self._queue.send(number)

        await self._for_each("compose", compose)
        await self._queue.send(0)

    async def send(self) -> None:
        """Send digests until none is left; at most one such task per bot runs in a process."""
        await self._for_each("send", lambda bot: bot.jobs.send())

    async def study(self) -> None:
        """Study changed stories, once for all bots of an edition."""
        for jobs in self._news:
            await jobs.study()
        await self._record("study")

    async def alert(self) -> None:
        await self._for_each("alert", lambda bot: bot.jobs.alert())

    async def read_hazards(self) -> None:
        await self._for_each("read_hazards", lambda bot: bot.jobs.read_hazards())

    async def warn(self) -> None:
        await self._for_each("warn", lambda bot: bot.jobs.warn())

    async def broadcast(self) -> None:
        await self._for_each("broadcast", lambda bot: bot.jobs.broadcast())

    async def refresh_due(self) -> None:
        """Enqueue jobs that check due sources."""
        if any(jobs.sources is not None for jobs in self._news):
            for number in range(REFRESHERS):
                await self._queue.refresh(number)
        await self._record("refresh_due")

    async def refresh(self) -> None:
        """Check due sources; at most one such task runs in a process."""
        if not self._refreshing.locked():
            async with self._refreshing:
                await asyncio.gather(*(jobs.refresh() for jobs in self._news))
                await self._record("refresh")

    async def publish(self) -> None:
        """Write the pages of the first edition's site that changed; nothing while another process writes them."""
        await self._news[0].publish()
        await self._record("publish")

    async def check_own_feeds(self) -> None:
        """Check the due feeds that chats of each bot added for themselves."""
        await self._for_each("check_own_feeds", lambda bot: bot.jobs.check_own_feeds())

    async def forget(self) -> None:
        for jobs in self._news:
            await jobs.forget()
        await self._stores.inbox.forget(before=self._clock() - KNOWN_FOR)
        await self._record("forget")

    async def recover(self) -> None:
        """Take over the jobs and leases of dead workers, and enqueue updates without a job."""
        if taken_over := await self._queue.retry_stalled():
            log.warning("%d jobs of workers that died go on", taken_over)
        now = self._clock()
        gone = await self._stores.members.gone()
        # Missing twice in a row: after a restart of the server every member needs a moment to reconnect.
        if (still := gone & self._gone) and (released := await self._stores.members.release(still, now=now)):
            log.warning("%d digests, alerts and messages of broadcasts of workers that died go on", released)
        self._gone = gone
        await self._stores.rate_limits.forget(chats=CHATS_QUIET_FOR, people=PEOPLE_QUIET_FOR)
        if left := await self._stores.inbox.left(before=now - LEFT_AFTER, after=now - LEFT_FOR):
            # Only for those without a job: a second job next to one that waited long or takes long is a second answer.
            for group_id in sorted({*left} - await self._queue.find_answering()):
                await self._queue.answer(group_id)
        await self._record("recover")

    async def stop(self) -> None:
        """Start no more messages, and finish those in progress."""
        self._is_stopping = True
        bots = self._bots.values()
        sending = (bot.jobs.stop(SENDING_GRACE_S) for bot in bots)
        await asyncio.gather(*sending, *(bot.services.links.stop() for bot in bots))
        await asyncio.gather(*self._under_way.values())

    async def _for_each(self, name: str, work: Callable[[FleetBot], Awaitable[None]]) -> None:
        """Run `work` for each bot for which it is not running. With several bots, do not wait for the slow ones."""
        begun = []
        for bot in self._bots.values():
            key = (bot.bot_id, name)
            if key not in self._under_way and not self._is_stopping:
                task = self._under_way[key] = asyncio.create_task(self._for_one(name, bot, work), name=name)
                task.add_done_callback(partial(self._end, key))
                begun.append(task)
        if begun:
            await asyncio.wait(begun, timeout=TICK_S if len(self._bots) > 1 else None)
        # A bot whose task was running before, or still is, has not ended this tick.
        if self._bots and len(begun) == len(self._bots) and all(task.done() and task.result() for task in begun):
            await self._record(name)

    async def _record(self, task: str) -> None:
        """Record that the tick ended, if this process has not just done so."""
        now_s = self._clock_s()
        if now_s - self._recorded_s.get(task, -inf) >= RECORDED_EVERY_S:
            self._recorded_s[task] = now_s
            await self._stores.members.record_ticks([TICK_NAMES[task]])

    def _end(self, key: tuple[int, str], _: asyncio.Task[bool]) -> None:
        del self._under_way[key]

    async def _for_one(self, name: str, bot: FleetBot, work: Callable[[FleetBot], Awaitable[None]]) -> bool:
        """Run `work` for the bot, log its error, and return whether it succeeded."""
        with bound_contextvars(bot=bot.bot_id):
            try:
                await work(bot)
            except RingkasError as error:
                log.error("the tick %s failed and is tried again: %s", name, error)  # noqa: TRY400
            except Exception:
                log.exception("the tick %s failed and is tried again", name)
            else:
                return True
        return False
