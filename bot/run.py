"""Run one bot: start in order, stop in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import BuiltBot, build_application
from bot.background.scheduler import start_ticking
from bot.commands import set_menus
from bot.config import Settings
from bot.errors import TokenInUse
from bot.locale import Translations
from bot.runtime import shutdown
from bot.runtime.clock import ClockJumpDetector, open_clock, watch_clock
from bot.runtime.health import HealthMonitor
from bot.services import Services, open_services
from bot.transport.polling import start_polling, stop_polling
from bot.transport.request import retry_until_reachable
from bot.transport.webhook import main_webhook_config, start_webhook
from bot.web.routes import create_telemetry, create_telemetry_sites, create_webhook_site, serve_sites
from summaries.digests.zones import preload_places
from summaries.errors import InvalidSettings

log = logging.getLogger(__name__)


async def run_bot(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises:
        InvalidSettings: there is no token, or Telegram rejects it.
        StoreError: the database can't be used.
        TokenInUse: another program polls with the same token.
    """
    if settings.telegram_bot_token is None:
        raise InvalidSettings(("TELEGRAM_BOT_TOKEN is missing: set it, or try the bot with `ringkas sandbox`",))
    # The sandbox ignores the settings for Telegram.
    if settings.telegram_bot_tokens and settings.sandbox_clock_url is None:
        fault = (
            "TELEGRAM_BOT_TOKENS is for `ringkas web` and `ringkas worker`: `ringkas run` serves the one bot of"
            " TELEGRAM_BOT_TOKEN"
        )
        raise InvalidSettings((fault,))
    stop = shutdown.install_stop_signal()
    async with open_clock(settings.sandbox_clock_url) as now, open_services(settings, now, is_bot=True) as services:
        await services.load_sources()
        telemetry = create_telemetry(settings, settings.watched_at)
        bot = build_application(services, settings.telegram_bot_token.get_secret_value(), telemetry)
        app, hook = bot.app, main_webhook_config(settings)
        start_ticking(app, bot.jobs, telemetry.heartbeats.beat)
        monitor = HealthMonitor(services.store.figures, now, telemetry.heartbeats)
        sites = create_webhook_site(settings, app, telemetry, stop)
        sites += create_telemetry_sites(monitor, telemetry, settings.watched_at)
        async with serve_sites(settings, sites):
            if not await retry_until_reachable(app.initialize, stop):
                return
            try:
                await bot.jobs.resume()
                await set_menus(app.bot, await load_admin_translations(services))
                await asyncio.to_thread(preload_places)
                await app.start()
                if hook is None:
                    await start_polling(app, bot.polls, stop)
                else:
                    await start_webhook(app, hook, telemetry.metrics, stop)
                log.info("running as @%s", app.bot.username)
                async with running_workers(services):
                    await wait_for_stop(bot, stop)
            finally:
                services.refresh.stop()
                await shut_down(bot)
    if bot.polls.has_yielded:
        raise TokenInUse("another program reads this bot's messages with the same token, and this one yields to it")


@asynccontextmanager
async def running_workers(services: Services) -> AsyncIterator[None]:
    """Start the worker processes while the block runs, so that the first link need not wait for them."""
    starting = asyncio.create_task(services.workers.start(), name="start workers")
    try:
        yield
    finally:
        starting.cancel()
        (failure,) = await asyncio.gather(starting, return_exceptions=True)
        if isinstance(failure, Exception):
            log.error("the worker processes could not be started", exc_info=failure)


async def wait_for_stop(bot: BuiltBot, stop: asyncio.Event) -> None:
    """Wait for `stop`, and repair due times when the clock is set back."""
    if bot.app.job_queue is None:
        raise RuntimeError("the application was built without a job queue")
    watching = asyncio.create_task(watch_clock(bot.app.job_queue, bot.jobs.on_clock_rollback, ClockJumpDetector()))
    try:
        await stop.wait()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def load_admin_translations(services: Services) -> dict[int, Translations]:
    """Return the translations for each operator's private chat."""
    return {chat_id: await services.languages.for_chat_id(chat_id) for chat_id in services.settings.admin_ids}


async def shut_down(bot: BuiltBot) -> None:
    """Stop receiving, finish the tasks in progress, and close; give up on tasks that take too long."""
    budget = shutdown.ShutdownBudget()
    ending = asyncio.gather(bot.jobs.stop(shutdown.SENDING_GRACE_S), stop_polling(bot.app, bot.polls))
    # Sending has its grace period, and recording the result a moment more.
    await budget.run("what was being sent or received", ending, shutdown.SENDING_GRACE_S + shutdown.RECORDING_S)
    if bot.app.running:
        await budget.run("what was being answered", bot.app.stop(), shutdown.ANSWERS_S)
    await budget.run("the connections to Telegram", bot.app.shutdown(), shutdown.CONNECTIONS_S)
