"""Run one process of a fleet, for a bot or more: a receiver, which stores updates, or a worker, which does the rest."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.app import ALLOWED_UPDATES, build_application
from bot.beginning import each_begun
from bot.clock import open_clock
from bot.config import FREE_PER_S, bot_id_of
from bot.context import DELIVERY, DUTIES
from bot.corpus_worker import open_corpus_shift
from bot.health import RECEIVER, WORKER
from bot.jobs.membership import membership, shared_store
from bot.jobs.pace import SharedAsking, SharedLine
from bot.jobs.queue import CONNECTIONS, CORPUS, LISTENERS, Shift, add_tasks, open_queue, work_off
from bot.jobs.receiving import Storing
from bot.jobs.serving import Served
from bot.jobs.work import Work
from bot.menu import set_menus
from bot.pulse import QUEUE, WEBHOOK
from bot.receiving import UNKNOWN_TOKEN, until_reached
from bot.running import admins_words
from bot.services import open_services
from bot.serving import make_watch, serving, watching_sites
from bot.stopping import told_to_stop
from bot.webhooks import LOOK_EVERY_S, HookWatch, hook_for, set_webhook
from summaries.errors import BadSetting
from summaries.zones import load_places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from procrastinate import App as Procrastinate
    from telegram import Bot

    from bot.app import App
    from bot.beginning import Keep
    from bot.config import Settings
    from bot.jobs.queue import Queue
    from bot.metering import Watch
    from bot.services import Services
    from bot.webhooks import Hook
    from summaries.model import Membership
    from summaries.ports import CorpusStore, InboxStore, MemberStore, PaceStore

log = logging.getLogger(__name__)

UNKNOWN_AMONG_OTHERS = "its token in TELEGRAM_BOT_TOKENS is not known to Telegram: copy it again from BotFather"


@dataclass(frozen=True, slots=True)
class FleetBot:
    """One bot: its application, not started, over its own chats; its webhook, if one is asked for; and what is said
    where Telegram does not know its token."""

    bot_id: int
    unknown: str
    app: App
    services: Services
    hook: Hook | None


@dataclass(frozen=True, slots=True)
class Member:
    """What every process of a fleet has: the bots, and the services over the store that they share."""

    services: Services
    bots: tuple[FleetBot, ...]
    inbox: InboxStore
    members: MemberStore
    corpus: CorpusStore
    pace: PaceStore
    queue: Queue
    procrastinate: Procrastinate
    watch: Watch


@asynccontextmanager
async def open_member(settings: Settings, watch: Watch, membership: Membership) -> AsyncIterator[Member]:
    """Open all that, and close it again.

    Raises:
        BadSetting, StoreError: it can't be; the message says what to do.
    """
    check_tokens(settings)
    async with (
        shared_store(settings, membership) as fleet,
        open_clock(settings.sandbox_clock_url) as now,
        open_services(settings, now, shared=fleet.store) as services,
        open_queue(settings.database_url, partial(watch.pulse.beat, QUEUE)) as (queue, procrastinate),
    ):
        bots = []
        for token in settings.tokens:
            bot_id = bot_id_of(token)
            asking = SharedAsking(fleet.pace, bot_id, settings.ringkas_per_minute, settings.ringkas_burst)
            own = services.of_bot(fleet.stores[bot_id], asking)
            line = SharedLine(settings.messages_per_second, fleet.pace, bot_id)
            # Where others are paid for, those that cost nothing are counted besides, in the row below zero.
            free = SharedLine(FREE_PER_S, fleet.pace, -bot_id) if settings.allow_paid_broadcast else None
            app = build_application(own, token.get_secret_value(), watch, line, free)
            unknown = UNKNOWN_TOKEN if token == settings.telegram_bot_token else UNKNOWN_AMONG_OTHERS
            bots.append(FleetBot(bot_id, unknown, app, own, hook_for(settings, token)))
        yield Member(
            services, tuple(bots), fleet.inbox, fleet.members, fleet.corpus, fleet.pace, queue, procrastinate, watch
        )


def check_tokens(settings: Settings) -> None:
    """Raises:
    BadSetting: there is no token.
    """
    if not settings.tokens:
        raise BadSetting(("TELEGRAM_BOT_TOKEN is missing: set it",))


async def run_receiver(settings: Settings) -> None:
    """Take updates from Telegram and store them, until SIGTERM or SIGINT.

    Raises:
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    check_tokens(settings)
    if settings.webhook is None:
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
    await set_menus(telegram, await admins_words(bot.services))
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
        BadSetting: a setting is missing or wrong.
        StoreError: the database can't be used.
    """
    stop = told_to_stop()
    # Not beside a webhook, which is the receiver's on the same machine.
    listen = settings.http_listen
    watch = make_watch(settings, listen)
    joins = membership("worker", tuple(queues), more_connections=CONNECTIONS + LISTENERS)
    async with open_member(settings, watch, joins) as member:
        work = Work(
            # What admins are told of the news comes from the first bot.
            news=member.bots[0].app.bot_data[DUTIES],
            inbox=member.inbox,
            members=member.members,
            corpus=member.corpus,
            pace=member.pace,
            queue=member.queue,
            clock=member.services.now,
        )
        sites = watching_sites(member.services.store.figures, member.services.now, watch, listen, WORKER)
        begin = {bot.bot_id: partial(begin_working, bot, work, queues, stop) for bot in member.bots}
        async with serving(settings)(sites) if sites else nullcontext(), each_begun(begin, stop):
            if not stop.is_set():
                await member.services.load_sources()
                await asyncio.to_thread(load_places)
                try:
                    async with open_shifts(member, work, queues, concurrency) as shifts:
                        await work_off(shifts, stop, work.stop, watch.pulse.beat)
                finally:
                    member.services.refresh.stop()
        for bot in member.bots:
            await bot.app.shutdown()


async def begin_working(bot: FleetBot, work: Work, queues: Sequence[str], stop: asyncio.Event) -> Keep | None:
    """Let the jobs be done for the bot too; from then on, call Telegram now and then."""
    if not await until_reached(bot.app.initialize, stop, bot.unknown):
        return None
    found = bot.app.bot_data
    work.add(Served(bot.bot_id, bot.app, found[DUTIES], found[DELIVERY]))
    log.info("working for @%s on %s", bot.app.bot.username, ", ".join(queues))
    return partial(look_after, partial(call, bot.app.bot), stop)


@asynccontextmanager
async def open_shifts(
    member: Member, work: Work, queues: Sequence[str], concurrency: int
) -> AsyncIterator[list[Shift]]:
    """What works on the queues: that for chats, and beside it, if it is among them, what works on files."""
    add_tasks(member.procrastinate, work)
    of_chats = tuple(queue for queue in queues if queue != CORPUS)
    shifts = [Shift(member.procrastinate, of_chats, concurrency)] if of_chats else []
    async with AsyncExitStack() as stack:
        if CORPUS in queues:
            shifts.append(await stack.enter_async_context(open_corpus_shift(member.procrastinate, member.corpus)))
        yield shifts


async def call(bot: Bot) -> None:
    """Call Telegram, so that a worker that has nothing to send knows whether it could. Who listens hears the answer."""
    try:
        await bot.get_me()
    except TelegramError as error:
        log.warning("Telegram can't be reached: %s", error)
