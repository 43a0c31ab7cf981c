"""Run one process of a fleet, for a bot or more: a receiver, which stores updates, or a worker, which does the rest."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.commands import set_menus
from bot.fleet.bot_tasks import Served
from bot.fleet.inbox import Storing
from bot.fleet.member import check_tokens, membership, open_member
from bot.fleet.queue import ANSWERS, CONNECTIONS, LISTENERS, Shift, add_tasks, beside, work_off
from bot.fleet.startup import each_begun
from bot.fleet.tasks import Work
from bot.run import load_admin_translations, running_workers
from bot.runtime.health import RECEIVER, WORKER
from bot.runtime.metrics import WEBHOOK
from bot.runtime.shutdown import told_to_stop
from bot.transport.receiver import ALLOWED_UPDATES, until_reached
from bot.transport.update_processor import MAX_UPDATES
from bot.transport.webhook import LOOK_EVERY_S, HookWatch, set_webhook
from bot.web.routes import make_watch, serving, watching_sites
from summaries.digests.zones import preload_places
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from telegram import Bot

    from bot.config import Settings
    from bot.fleet.member import FleetBot, Member
    from bot.fleet.startup import Keep

log = logging.getLogger(__name__)


async def run_receiver(settings: Settings) -> None:
    """Take updates from Telegram and store them, until SIGTERM or SIGINT.

    Raises:
        InvalidSettings: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    check_tokens(settings)
    if settings.webhook is None:
        raise InvalidSettings(("WEBHOOK_URL is missing: set the address where Telegram is to send updates",))
    try:
        from bot.web.server import serve
        from bot.web.webhook import webhook_route
    except ModuleNotFoundError as error:
        fault = f"`ringkas web` needs packages that are missing ({error.name}): pip install 'ringkas[web]'"
        raise InvalidSettings((fault,)) from error
    stop = told_to_stop()
    watch = make_watch(settings, settings.watched_at)
    async with open_member(settings, watch, membership("web", more_connections=CONNECTIONS)) as member:
        figures, now = member.services.store.figures, member.services.now
        sites = watching_sites(figures, now, watch, settings.watched_at, RECEIVER, member.queue.ask)
        for bot in member.bots:
            if bot.hook is not None:
                accept = Storing(bot.app.bot, bot.bot_id, member.inbox, member.queue, now)
                route = webhook_route(bot.hook.path, bot.hook.secret, accept, watch.meter.webhook_request)
                sites.append((settings.webhook_listen, route))
        begin = {
            bot.bot_id: partial(begin_receiving, bot, partial(watch.pulse.beat, WEBHOOK), stop) for bot in member.bots
        }
        async with serve(sites), each_begun(begin, stop):
            await stop.wait()
        for bot in member.bots:
            await bot.app.bot.shutdown()


async def begin_receiving(bot: FleetBot, beat: Callable[[], None], stop: asyncio.Event) -> Keep | None:
    """Let Telegram send the bot's updates here; from then on, look now and then whether it does. `beat` hears of it."""
    telegram, hook = bot.app.bot, bot.hook
    if hook is None or not await until_reached(telegram.initialize, stop, bot.unknown):
        return None
    if not await until_reached(partial(set_webhook, telegram, hook, ALLOWED_UPDATES), stop):
        return None
    beat()
    await set_menus(telegram, await load_admin_translations(bot.services))
    log.info("receiving for @%s", telegram.username)
    watch = HookWatch(telegram, hook, ALLOWED_UPDATES)

    async def look() -> None:
        if await watch.look() is not None:
            beat()

    return partial(look_after, look, stop)


async def look_after(look: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Look now and then, until told to stop."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await stop.wait()
        except TimeoutError:
            await look()


async def run_worker(settings: Settings, queues: Sequence[str], concurrency: int) -> None:
    """Do the jobs of the queues until SIGTERM or SIGINT.

    Raises:
        InvalidSettings: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    stop = told_to_stop()
    # Not beside a webhook, which is the receiver's on the same machine.
    listen = settings.http_listen
    watch = make_watch(settings, listen)
    joins = membership("worker", tuple(queues), more_connections=CONNECTIONS + LISTENERS)
    async with open_member(settings, watch, joins) as member:
        work = work_of(member)
        sites = watching_sites(member.services.store.figures, member.services.now, watch, listen, WORKER)
        begin = {bot.bot_id: partial(begin_working, bot, work, queues, stop) for bot in member.bots}
        async with serving(settings)(sites) if sites else nullcontext(), each_begun(begin, stop):
            if not stop.is_set():
                await member.services.load_sources()
                await asyncio.to_thread(preload_places)
                try:
                    async with running_workers(member.services):
                        shifts = plan_shifts(member, work, queues, concurrency)
                        await work_off(shifts, stop, work.stop, watch.pulse.beat)
                finally:
                    member.services.refresh.stop()
        for bot in member.bots:
            await bot.app.shutdown()


def work_of(member: Member) -> Work:
    """What the jobs do, for bots that are added when they begin."""
    return Work(
        # What admins are told of the news comes from the first bot.
        news=member.bots[0].senders.duties,
        inbox=member.inbox,
        members=member.members,
        pace=member.pace,
        queue=member.queue,
        clock=member.services.now,
    )


async def begin_working(bot: FleetBot, work: Work, queues: Sequence[str], stop: asyncio.Event) -> Keep | None:
    """Let the jobs be done for the bot too; from then on, call Telegram now and then."""
    if not await until_reached(bot.app.initialize, stop, bot.unknown):
        return None
    work.add(Served(bot.bot_id, bot.app, bot.senders.duties, bot.senders.digests))
    log.info("working for @%s on %s", bot.app.bot.username, ", ".join(queues))
    return partial(look_after, partial(call, bot.app.bot), stop)


def plan_shifts(member: Member, work: Work, queues: Sequence[str], concurrency: int) -> list[Shift]:
    """Return the queue workers to run: one for `answers`, and one for the other queues."""
    add_tasks(member.procrastinate, work)
    others = tuple(queue for queue in queues if queue != ANSWERS)
    shifts = [Shift(member.procrastinate, others, concurrency)] if others else []
    if ANSWERS in queues:
        # An answer that waits for a page or a rate limit must not hold one of the few slots of other jobs, nor a slot
        # that another person's answer needs: the limits of persons and chats bound the work.
        answering = beside(member.procrastinate)
        add_tasks(answering, work)
        shifts.append(Shift(answering, (ANSWERS,), MAX_UPDATES))
    return shifts


async def call(bot: Bot) -> None:
    """Call Telegram, so that a worker that has nothing to send knows whether it could. Who listens hears the answer."""
    try:
        await bot.get_me()
    except TelegramError as error:
        log.warning("Telegram can't be reached: %s", error)
