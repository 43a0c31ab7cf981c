"""Run one bot: start in order, stop in order."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable

from bot.app import App, BuiltBot, build_application
from bot.background.scheduler import repeat, start_ticking
from bot.commands import set_profile
from bot.config import MISSING_TOKEN, Settings
from bot.errors import TokenInUse
from bot.locale import Translations
from bot.runtime import shutdown
from bot.runtime.clock import ClockJumpDetector, open_clock, watch_clock
from bot.services import Services, open_services
from bot.transport.polling import start_polling, stop_polling
from bot.transport.request import retry_until_reachable, wait
from bot.transport.webhook import CHECK_EVERY_S, start_webhook, webhook_config
from bot.web.routes import create_telemetry, create_telemetry_sites, create_webhook_site, serve_sites
from summaries.digests.zones import preload_places
from summaries.errors import InvalidSettings
from summaries.storage import ServerState, find_server_state

log = logging.getLogger(__name__)

# A server recovers within seconds, or for minutes after a crash under load. One that does not listen may be starting
# beside this process, or the address is wrong: it is given up after this many checks.
SERVER_CHECK_S = 1.0
MAX_CHECKS_AWAY = 30
WAITING = {
    ServerState.RECOVERING: "PostgreSQL is starting up or recovering from a crash: waiting for it",
    ServerState.AWAY: "PostgreSQL does not listen yet: waiting half a minute for it",
}
WORKERS_FAILED = "the worker processes could not be started"
PREPARING_FAILED = "the worker processes could not be started, or the profile could not be set"


async def run_bot(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raise InvalidSettings without a token that Telegram accepts, StoreError if the database can't be used, TokenInUse if
    another program polls with the same token.
    """
    if settings.telegram_bot_token is None or settings.run_fault is not None:
        raise InvalidSettings((settings.run_fault or MISSING_TOKEN,))
    stop = shutdown.install_stop_signal()
    if not await wait_for_server(settings.database_url, stop):
        return
    async with open_clock(settings.sandbox_clock_url) as now, open_services(settings, now, is_bot=True) as services:
        await services.load_sources()
        telemetry = create_telemetry(settings.watched_at)
        bot = build_application(services, settings.telegram_bot_token.get_secret_value(), telemetry)
        app, hook = bot.app, webhook_config(settings, settings.telegram_bot_token)
        queue = start_ticking(app, bot.jobs, telemetry.heartbeats.beat)
        sites = create_webhook_site(settings, hook, app, telemetry, stop)
        sites += create_telemetry_sites(services, telemetry, settings.watched_at)
        async with serve_sites(sites):
            if not await retry_until_reachable(app.initialize, stop):
                return
            try:
                await bot.jobs.resume()
                await app.start()
                if hook is None:
                    await start_polling(app, bot.polls, stop)
                else:
                    look = await start_webhook(app.bot, hook, telemetry.metrics, stop)
                    repeat(queue, "webhook", look, CHECK_EVERY_S, CHECK_EVERY_S)
                log.info("running as @%s", app.bot.username)
                watching = watch_clock(queue, bot.jobs.on_clock_rollback, ClockJumpDetector())
                async with (
                    shutdown.background_task(prepare(services, app), PREPARING_FAILED),
                    shutdown.background_task(watching, "the machine's clock is not watched any more"),
                ):
                    await stop.wait()
            finally:
                services.refresh.stop()
                await shut_down(bot)
    if bot.polls.has_yielded:
        raise TokenInUse("another program reads this bot's messages with the same token, and this one yields to it")


async def wait_for_server(database_url: str, stop: asyncio.Event) -> bool:
    """Return True once the database's server is READY, or has been AWAY for too long, which opening the database
    reports; or False after a stop."""
    waited: Counter[ServerState] = Counter()
    while not stop.is_set():
        state = await find_server_state(database_url)
        if state is ServerState.READY or (state is ServerState.AWAY and waited[state] >= MAX_CHECKS_AWAY):
            return True
        if not waited[state]:
            log.warning(WAITING[state])
        waited[state] += 1
        await wait(stop, SERVER_CHECK_S)
    return False


async def prepare(services: Services, app: App) -> None:
    """Start the worker processes, set the bot's profile, and load the map of time zones, which blocks replies for a
    moment. The first replies need none of these."""
    await services.workers.start()
    await set_profile(app.bot, await load_admin_translations(services))
    await asyncio.to_thread(preload_places)


async def load_admin_translations(services: Services) -> dict[int, Translations]:
    """Return the translations for each operator's private chat."""
    return {chat_id: await services.languages.for_chat_id(chat_id) for chat_id in services.settings.admin_ids}


async def shut_down(bot: BuiltBot) -> None:
    """Stop receiving, finish the tasks in progress, and close; give up on tasks that take too long."""
    began_s = asyncio.get_running_loop().time()

    async def end(what: str, work: Awaitable[object], by_s: float) -> None:
        left_s = began_s + by_s - asyncio.get_running_loop().time()
        await shutdown.run_with_deadline(what, work, left_s)

    ending = asyncio.gather(bot.jobs.stop(shutdown.SENDING_GRACE_S), stop_polling(bot.app, bot.polls))
    # Sending has its grace period, and recording the result a moment more.
    await end("what was being sent or received", ending, shutdown.SENDING_GRACE_S + shutdown.RECORDING_S)
    if bot.app.running:
        answering = asyncio.gather(bot.app.stop(), bot.links.stop())
        await end("what was being answered", answering, shutdown.ANSWERS_S)
    await end("the connections to Telegram", bot.app.shutdown(), shutdown.CONNECTIONS_S)
