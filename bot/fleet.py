"""Run one process of a bot that has several: a receiver, which stores updates, or a worker, which does the work."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.app import ALLOWED_UPDATES, build_application
from bot.clock import open_clock
from bot.context import DELIVERY, DUTIES
from bot.jobs.pace import SharedLine, burst_of
from bot.jobs.queue import open_queue, work_off
from bot.jobs.receiving import Storing
from bot.jobs.work import Work
from bot.menu import set_menus
from bot.receiving import until_reached
from bot.running import admins_words, told_to_stop
from bot.services import open_services
from bot.serving import make_watch, watching_sites
from bot.webhooks import LOOK_EVERY_S, HookWatch, hook_of, set_webhook
from summaries.errors import BadSetting
from summaries.storage import open_fleet
from summaries.zones import load_places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from procrastinate import App as Procrastinate

    from bot.app import App
    from bot.config import Settings
    from bot.jobs.queue import Queue
    from bot.metering import Watch
    from bot.services import Services
    from summaries.ports import InboxStore, MemberStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    """What every process of a fleet has: the services over the shared store, and the bot, not started."""

    services: Services
    app: App
    inbox: InboxStore
    members: MemberStore
    queue: Queue
    procrastinate: Procrastinate
    watch: Watch


@asynccontextmanager
async def open_member(settings: Settings) -> AsyncIterator[Member]:
    """Open all that, and close it again.

    Raises:
        BadSetting, StoreError: it can't be; the message says what to do.
    """
    if settings.telegram_bot_token is None or settings.bot_id is None:
        raise BadSetting(("TELEGRAM_BOT_TOKEN is missing: set it",))
    token = settings.telegram_bot_token.get_secret_value()
    fleet = await open_fleet(settings.database_url, pool_size=settings.database_pool_size)
    per_s = settings.messages_per_second
    reserve = partial(fleet.turns.reserve, settings.bot_id, per_s=per_s, burst=burst_of(per_s))
    async with (
        open_clock(settings.sandbox_clock_url) as now,
        open_services(settings, now, shared=fleet.store) as services,
        open_queue(settings.database_url) as (queue, procrastinate),
    ):
        watch = make_watch(settings)
        app = build_application(services, token, watch, SharedLine(per_s, reserve))
        yield Member(services, app, fleet.inbox, fleet.members, queue, procrastinate, watch)


async def run_receiver(settings: Settings) -> None:
    """Take updates from Telegram and store them, until SIGTERM or SIGINT.

    Raises:
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    hook = hook_of(settings)
    if hook is None:
        raise BadSetting(("WEBHOOK_URL is missing: set the address where Telegram is to send updates",))
    try:
        from bot.web.serving import serve
        from bot.web.webhook import webhook_route
    except ModuleNotFoundError as error:
        fault = f"`ringkas web` needs packages that are missing ({error.name}): pip install 'ringkas[web]'"
        raise BadSetting((fault,)) from error
    stop = told_to_stop()
    async with open_member(settings) as member:
        if not await until_reached(member.app.bot.initialize, stop):
            return
        accept = Storing(member.app.bot, member.inbox, member.queue, member.services.now)
        route = webhook_route(hook.path, hook.secret, accept, member.watch.meter.webhook_request)
        sites = [(settings.webhook_listen, route), *watching_sites(member.services, member.watch)]
        async with serve(sites):
            await until_reached(partial(set_webhook, member.app.bot, hook, ALLOWED_UPDATES), stop)
            await set_menus(member.app.bot, await admins_words(member.services))
            log.info("receiving for @%s", member.app.bot.username)
            await look_after(HookWatch(member.app.bot, hook, ALLOWED_UPDATES), stop)
        await member.app.bot.shutdown()


async def look_after(watch: HookWatch, stop: asyncio.Event) -> None:
    """Look now and then whether updates still come here, until told to stop."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await stop.wait()
        except TimeoutError:
            await watch.look()


async def run_worker(settings: Settings, queues: Sequence[str], concurrency: int) -> None:
    """Do the jobs of the queues until SIGTERM or SIGINT.

    Raises:
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    stop = told_to_stop()
    async with open_member(settings) as member:
        if not await until_reached(member.app.initialize, stop):
            return
        await member.services.load_sources()
        await asyncio.to_thread(load_places)
        found = member.app.bot_data
        work = Work(
            app=member.app,
            duties=found[DUTIES],
            delivery=found[DELIVERY],
            inbox=member.inbox,
            members=member.members,
            queue=member.queue,
            clock=member.services.now,
        )
        log.info("working for @%s on %s", member.app.bot.username, ", ".join(queues))
        try:
            await work_off(member.procrastinate, work, queues, concurrency, stop)
        finally:
            member.services.refresh.stop()
            await member.app.shutdown()
