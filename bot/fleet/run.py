"""Run a receiver, which stores updates, or a worker, which runs the jobs, for one bot or several."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial

from structlog.contextvars import bound_contextvars
from telegram import Bot
from telegram.error import TelegramError

from bot.commands import set_profile
from bot.config import Settings
from bot.fleet.inbox import InboxReceiver
from bot.fleet.member import FleetBot, Member, check_tokens, membership, open_member
from bot.fleet.queue import (
    ANSWERS,
    CONNECTIONS,
    LISTENERS,
    PUBLISHING,
    QueueWorker,
    Ticker,
    create_worker,
    run_workers,
)
from bot.fleet.tasks import FleetTasks, ticks_of
from bot.run import WORKERS_FAILED, load_admin_translations, wait_for_server
from bot.runtime.health import FLEET_TICKS_LATE_S, RECEIVER, WORKER
from bot.runtime.metrics import WEBHOOK
from bot.runtime.shutdown import background_task, install_stop_signal
from bot.transport.request import retry_until_reachable, wait
from bot.transport.update_processor import MAX_UPDATES
from bot.transport.webhook import CHECK_EVERY_S, WebhookMonitor, set_webhook
from bot.web.routes import create_telemetry, create_telemetry_sites, serve_sites
from summaries.digests.zones import preload_places
from summaries.errors import InvalidSettings

log = logging.getLogger(__name__)

# Delay before a token that Telegram refused is tried again: it may be Telegram's mistake.
AGAIN_S = 300.0

Maintain = Callable[[], Awaitable[None]]
StartBot = Callable[[], Awaitable[Maintain | None]]
"""Starts a bot and returns a function to run from then on; None after a stop."""


async def run_receiver(settings: Settings) -> None:
    """Receive updates and store them, until SIGTERM or SIGINT.

    Raises InvalidSettings or StoreError if the settings or the database cannot be used.
    """
    check_tokens(settings)
    if settings.webhook is None:
        raise InvalidSettings(("WEBHOOK_URL is missing: set the address where Telegram is to send updates",))
    from bot.web.webhook import webhook_route

    stop = install_stop_signal()
    if not await wait_for_server(settings.database_url, stop):
        return
    telemetry = create_telemetry(settings.watched_at)
    async with open_member(settings, telemetry, membership("web", more_connections=CONNECTIONS)) as member:
        services, queue = member.services, member.queue
        ages_s = member.stores.members.tick_ages_s
        sites = create_telemetry_sites(services, telemetry, settings.watched_at, RECEIVER, queue.ask, ages_s)
        for bot in member.bots:
            if bot.hook is not None:
                accept = InboxReceiver(bot.app.bot, bot.bot_id, member.stores.inbox, queue, services.now)
                route = webhook_route(bot.hook.path, bot.hook.secret, accept, telemetry.metrics.webhook_request)
                sites.append((settings.webhook_listen, route))
        begin = {
            bot.bot_id: partial(start_receiving, bot, partial(telemetry.heartbeats.beat, WEBHOOK), stop)
            for bot in member.bots
        }
        async with serve_sites(sites), start_bots(begin, stop):
            await stop.wait()
        for bot in member.bots:
            await bot.app.bot.shutdown()


async def start_receiving(bot: FleetBot, beat: Callable[[], None], stop: asyncio.Event) -> Maintain | None:
    """Set the bot's webhook and return a function that monitors it; None after a stop. `beat` is called while it
    works."""
    telegram, hook = bot.app.bot, bot.hook
    if hook is None or not await retry_until_reachable(telegram.initialize, stop, bot.unknown):
        return None
    if not await retry_until_reachable(partial(set_webhook, telegram, hook), stop):
        return None
    beat()
    await set_profile(telegram, await load_admin_translations(bot.services))
    log.info("receiving for @%s", telegram.username)
    monitor = WebhookMonitor(telegram, hook)

    async def look() -> None:
        if await monitor.look() is not None:
            beat()

    return partial(repeat_until_stopped, look, stop)


async def repeat_until_stopped(look: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Call `look` every `CHECK_EVERY_S` seconds until `stop` is set."""
    while not stop.is_set():
        await wait(stop, CHECK_EVERY_S)
        if not stop.is_set():
            await look()


async def run_worker(settings: Settings, queues: Sequence[str], concurrency: int) -> None:
    """Run the jobs of the queues until SIGTERM or SIGINT.

    Raises InvalidSettings or StoreError if the settings or the database cannot be used.
    """
    stop = install_stop_signal()
    if not await wait_for_server(settings.database_url, stop):
        return
    if settings.site_folder is not None:
        queues = (*queues, PUBLISHING)
    # WEBHOOK_LISTEN is the receiver's, which may run on the same machine.
    listen = settings.http_listen
    telemetry = create_telemetry(listen)
    joins = membership("worker", tuple(queues), more_connections=CONNECTIONS + LISTENERS)
    async with open_member(settings, telemetry, joins) as member:
        work = FleetTasks(member, time.monotonic)
        services = member.services
        late_s = {name: FLEET_TICKS_LATE_S[name] for name in ticks_of(queues) & FLEET_TICKS_LATE_S.keys()}
        ages_s = member.stores.members.tick_ages_s
        sites = create_telemetry_sites(services, telemetry, listen, WORKER, None, ages_s, late_s)
        begin = {bot.bot_id: partial(start_working, bot, work, queues, stop) for bot in member.bots}
        async with serve_sites(sites), start_bots(begin, stop):
            if not stop.is_set():
                for bot in member.first_of_editions:
                    await bot.services.load_sources()
                await asyncio.to_thread(preload_places)
                try:
                    async with background_task(services.workers.start(), WORKERS_FAILED):
                        shifts = plan_workers(member, work, queues, concurrency)
                        await member.stores.members.record_ticks(ticks_of(queues))
                        ticker = Ticker(member.queue, queues, services.now)
                        await run_workers(shifts, stop, work.stop, ticker.enqueue_due, work.recover)
                finally:
                    for bot in member.first_of_editions:
                        bot.services.refresh.stop()
        for bot in member.bots:
            await bot.app.shutdown()


async def start_working(bot: FleetBot, work: FleetTasks, queues: Sequence[str], stop: asyncio.Event) -> Maintain | None:
    """Add the bot to the tasks and return a function that calls Telegram regularly; None after a stop."""
    if not await retry_until_reachable(bot.app.initialize, stop, bot.unknown):
        return None
    work.add(bot)
    log.info("working for @%s on %s", bot.app.bot.username, ", ".join(queues))
    return partial(repeat_until_stopped, partial(ping, bot.app.bot), stop)


def plan_workers(member: Member, work: FleetTasks, queues: Sequence[str], concurrency: int) -> list[QueueWorker]:
    """Return the queue workers to run: one for `answers`, and one for the other queues."""
    others = tuple(queue for queue in queues if queue != ANSWERS)
    shifts = [create_worker(member.queue, work, others, concurrency)] if others else []
    if ANSWERS in queues:
        # An answer that waits for a page or a rate limit must not hold a slot that other jobs or another person's
        # answer need. The limits per person and chat bound the work instead.
        shifts.append(create_worker(member.queue, work, (ANSWERS,), MAX_UPDATES))
    return shifts


async def ping(bot: Bot) -> None:
    """Call Telegram, so that the heartbeat shows whether a worker without messages could send one."""
    try:
        await bot.get_me()
    except TelegramError as error:
        log.warning("Telegram can't be reached: %s", error)


@asynccontextmanager
async def start_bots(bots: Mapping[int, StartBot], stop: asyncio.Event) -> AsyncIterator[None]:
    """Start the bots, by id, and run the block once one has started, or after a stop. The functions that they return
    run until the block ends. A bot that Telegram refuses is logged and retried; InvalidSettings is raised
    if it refuses all of them."""
    refused: dict[int, InvalidSettings] = {}
    is_settled = asyncio.Event()

    def settle(bot_id: int, error: InvalidSettings | None) -> None:
        refused.pop(bot_id, None)
        if error is not None:
            refused[bot_id] = error
            if len(bots) > 1:
                log.error("the bot %d is left out, the others go on: %s", bot_id, "; ".join(error.faults))
        if error is None or len(refused) == len(bots):
            is_settled.set()

    tasks = [asyncio.create_task(keep_bot(number, bots[number], settle, stop), name=f"bot {number}") for number in bots]
    settling = [asyncio.create_task(is_settled.wait()), asyncio.create_task(stop.wait())]
    try:
        # A task that is done by now has failed, or ended because of a stop.
        done, _ = await asyncio.wait([*tasks, *settling], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if len(refused) == len(bots):
            raise InvalidSettings(tuple(fault for error in refused.values() for fault in error.faults))
        yield
    finally:
        for task in [*tasks, *settling]:
            task.cancel()
        for ended in await asyncio.gather(*tasks, *settling, return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("what was done for a bot failed", exc_info=ended)


async def keep_bot(
    bot_id: int, start: StartBot, settle: Callable[[int, InvalidSettings | None], None], stop: asyncio.Event
) -> None:
    """Start the bot as soon as Telegram allows it, then run the function that it returned. `settle` is called with each
    refusal, and with None after the start."""
    with bound_contextvars(bot=bot_id):
        while not stop.is_set():
            try:
                maintain = await start()
            except InvalidSettings as error:
                settle(bot_id, error)
            except TelegramError as error:
                log.warning("the bot %d can't begin, and is tried again: %s", bot_id, error)
            else:
                settle(bot_id, None)
                if maintain is not None:
                    await maintain()
                return
            await wait(stop, AGAIN_S)
