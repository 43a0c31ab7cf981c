"""Run one process of a bot that has several: a receiver, which stores updates, or a worker, which does the work."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.app import ALLOWED_UPDATES, build_application
from bot.clock import open_clock
from bot.context import DELIVERY, DUTIES
from bot.corpus_worker import open_corpus_shift
from bot.health import RECEIVER, WORKER
from bot.jobs.membership import membership, shared_store
from bot.jobs.pace import SharedLine, burst_of
from bot.jobs.queue import CONNECTIONS, CORPUS, LISTENERS, Shift, add_tasks, open_queue, work_off
from bot.jobs.receiving import Storing
from bot.jobs.work import Work
from bot.menu import set_menus
from bot.pulse import QUEUE, WEBHOOK
from bot.receiving import until_reached
from bot.running import SENDING_GRACE_S, admins_words, told_to_stop
from bot.services import open_services
from bot.serving import make_watch, serving, watching_sites
from bot.webhooks import LOOK_EVERY_S, HookWatch, hook_of, set_webhook
from summaries.errors import BadSetting
from summaries.zones import load_places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from procrastinate import App as Procrastinate
    from telegram import Bot

    from bot.app import App
    from bot.config import Settings
    from bot.jobs.queue import Queue
    from bot.metering import Watch
    from bot.services import Services
    from summaries.delivery import DeliveryService
    from summaries.model import Membership
    from summaries.ports import CorpusStore, InboxStore, MemberStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    """What every process of a fleet has: the services over the shared store, and the bot, not started."""

    services: Services
    app: App
    inbox: InboxStore
    members: MemberStore
    corpus: CorpusStore
    queue: Queue
    procrastinate: Procrastinate
    watch: Watch


@asynccontextmanager
async def open_member(settings: Settings, watch: Watch, membership: Membership) -> AsyncIterator[Member]:
    """Open all that, and close it again.

    Raises:
        BadSetting, StoreError: it can't be; the message says what to do.
    """
    bot_id, token = identity(settings)
    per_s = settings.messages_per_second
    async with (
        shared_store(settings, membership) as fleet,
        open_clock(settings.sandbox_clock_url) as now,
        open_services(settings, now, shared=fleet.store) as services,
        open_queue(settings.database_url, partial(watch.pulse.beat, QUEUE)) as (queue, procrastinate),
    ):
        reserve = partial(fleet.turns.reserve, bot_id, per_s=per_s, burst=burst_of(per_s))
        app = build_application(services, token, watch, SharedLine(per_s, reserve))
        yield Member(services, app, fleet.inbox, fleet.members, fleet.corpus, queue, procrastinate, watch)


def identity(settings: Settings) -> tuple[int, str]:
    """The bot's id and its token.

    Raises:
        BadSetting: there is none.
    """
    if settings.telegram_bot_token is None or settings.bot_id is None:
        raise BadSetting(("TELEGRAM_BOT_TOKEN is missing: set it",))
    return settings.bot_id, settings.telegram_bot_token.get_secret_value()


async def run_receiver(settings: Settings) -> None:
    """Take updates from Telegram and store them, until SIGTERM or SIGINT.

    Raises:
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    identity(settings)
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
    watch = make_watch(settings, settings.watched_at)
    async with open_member(settings, watch, membership("web", more_connections=CONNECTIONS)) as member:
        accept = Storing(member.app.bot, member.inbox, member.queue, member.services.now)
        route = webhook_route(hook.path, hook.secret, accept, watch.meter.webhook_request)
        figures, now = member.services.store.figures, member.services.now
        watched = watching_sites(figures, now, watch, settings.watched_at, RECEIVER, member.queue.ask)
        async with serve([(settings.webhook_listen, route), *watched]):
            if not await until_reached(member.app.bot.initialize, stop):
                return
            accept.open()
            await until_reached(partial(set_webhook, member.app.bot, hook, ALLOWED_UPDATES), stop)
            watch.pulse.beat(WEBHOOK)
            await set_menus(member.app.bot, await admins_words(member.services))
            log.info("receiving for @%s", member.app.bot.username)
            hook_watch = HookWatch(member.app.bot, hook, ALLOWED_UPDATES)

            async def look() -> None:
                if await hook_watch.look() is not None:
                    watch.pulse.beat(WEBHOOK)

            await look_after(look, stop)
        await member.app.bot.shutdown()


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
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    stop = told_to_stop()
    # Not beside a webhook, which is the receiver's on the same machine.
    listen = settings.http_listen
    watch = make_watch(settings, listen)
    joins = membership("worker", tuple(queues), more_connections=CONNECTIONS + LISTENERS)
    async with open_member(settings, watch, joins) as member:
        sites = watching_sites(member.services.store.figures, member.services.now, watch, listen, WORKER)
        async with serving(settings)(sites) if sites else nullcontext():
            if not await until_reached(member.app.initialize, stop):
                return
            await member.services.load_sources()
            await asyncio.to_thread(load_places)
            log.info("working for @%s on %s", member.app.bot.username, ", ".join(queues))
            calling = asyncio.create_task(look_after(partial(call, member.app.bot), stop), name="call Telegram")
            try:
                async with open_shifts(member, queues, concurrency) as shifts:
                    await work_off(shifts, stop, partial(stop_sending, member), watch.pulse.beat)
            finally:
                calling.cancel()
                await asyncio.gather(calling, return_exceptions=True)
                member.services.refresh.stop()
                await member.app.shutdown()


@asynccontextmanager
async def open_shifts(member: Member, queues: Sequence[str], concurrency: int) -> AsyncIterator[list[Shift]]:
    """What works on the queues: the bot's, and beside it, if it is among them, what works on files."""
    found = member.app.bot_data
    work = Work(
        app=member.app,
        duties=found[DUTIES],
        delivery=found[DELIVERY],
        inbox=member.inbox,
        members=member.members,
        corpus=member.corpus,
        queue=member.queue,
        clock=member.services.now,
    )
    add_tasks(member.procrastinate, work)
    of_bot = tuple(queue for queue in queues if queue != CORPUS)
    shifts = [Shift(member.procrastinate, of_bot, concurrency)] if of_bot else []
    async with AsyncExitStack() as stack:
        if CORPUS in queues:
            shifts.append(await stack.enter_async_context(open_corpus_shift(member.procrastinate, member.corpus)))
        yield shifts


async def stop_sending(member: Member) -> None:
    """Begin no more messages, and finish those under way."""
    delivery: DeliveryService = member.app.bot_data[DELIVERY]
    await delivery.stop(SENDING_GRACE_S)


async def call(bot: Bot) -> None:
    """Call Telegram, so that a worker that has nothing to send knows whether it could. Who listens hears the answer."""
    try:
        await bot.get_me()
    except TelegramError as error:
        log.warning("Telegram can't be reached: %s", error)
