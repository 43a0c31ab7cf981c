"""Run the bot until it is told to stop: start in order, stop in order, lose nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

from bot.app import begin_ticking, build_application
from bot.clock import open_clock
from bot.clock_watch import ClockWatch, watch_clock
from bot.context import DELIVERY, POLLS
from bot.logs.uncaught import loop_failed
from bot.menu import set_menus
from bot.polling import TokenInUse
from bot.receiving import receiver_for, until_reached
from bot.services import open_services
from bot.serving import make_watch, web_side
from summaries.errors import BadSetting
from summaries.zones import load_places

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings
    from bot.locale import Words
    from bot.receiving import Receiver
    from bot.services import Services
    from summaries.delivery import DeliveryService

# Told to stop, the bot is gone within five seconds: messages under way get most of them.
SENDING_GRACE_S = 2.5
STOP_S = 3.5
EXIT_S = 4.5

log = logging.getLogger(__name__)


async def run_bot(settings: Settings) -> None:
    """Answer and deliver until SIGTERM or SIGINT.

    Raises:
        BadSetting: there is no token, or Telegram does not know it.
        StoreError: the database can't be used.
        TokenInUse: another program reads this bot's messages.
    """
    if settings.telegram_bot_token is None:
        raise BadSetting(("TELEGRAM_BOT_TOKEN is missing: set it, or try the bot with `ringkas sandbox`",))
    # In the sandbox, what is set for Telegram does not matter.
    if settings.telegram_bot_tokens and settings.sandbox_clock_url is None:
        fault = (
            "TELEGRAM_BOT_TOKENS is for `ringkas web` and `ringkas worker`: `ringkas run` serves the one bot of"
            " TELEGRAM_BOT_TOKEN"
        )
        raise BadSetting((fault,))
    stop = told_to_stop()
    async with open_clock(settings.sandbox_clock_url) as now, open_services(settings, now, is_bot=True) as services:
        await services.load_sources()
        watch = make_watch(settings, settings.watched_at)
        app = build_application(services, settings.telegram_bot_token.get_secret_value(), watch)
        begin_ticking(app, watch)
        async with web_side(services, app, watch, stop):
            if not await until_reached(app.initialize, stop):
                return
            receiver = receiver_for(settings, app, watch.meter, stop)
            try:
                await delivery_of(app).resume()
                await set_menus(app.bot, await admins_words(services))
                await asyncio.to_thread(load_places)
                await app.start()
                await receiver.start()
                log.info("running as @%s", app.bot.username)
                await wait_with_the_clock(app, stop)
            finally:
                services.refresh.stop()
                await shut_down(app, receiver)
    if app.bot_data[POLLS].has_yielded:
        raise TokenInUse("another program reads this bot's messages with the same token, and this one yields to it")


def told_to_stop() -> asyncio.Event:
    """Set by SIGTERM and SIGINT; errors of the running loop are logged from here on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(loop_failed)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop_soon, stop)
    return stop


def stop_soon(stop: asyncio.Event) -> None:
    """Begin to stop, and be gone in time whatever hangs: all that counts is in the database before it happens."""
    if not stop.is_set():
        stop.set()
        last_resort = threading.Timer(EXIT_S, leave)
        last_resort.daemon = True
        last_resort.start()


def leave() -> None:
    log.warning("something did not end in time, and the bot stops without it")
    os._exit(0)


async def wait_with_the_clock(app: App, stop: asyncio.Event) -> None:
    """Until told to stop, mind a clock that is put back."""
    if app.job_queue is None:
        raise RuntimeError("the application was built without a job queue")
    watching = asyncio.create_task(watch_clock(app.job_queue, delivery_of(app).take_back_time, ClockWatch()))
    try:
        await stop.wait()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def delivery_of(app: App) -> DeliveryService:
    """What `build_application` put there."""
    found: DeliveryService = app.bot_data[DELIVERY]
    return found


async def admins_words(services: Services) -> dict[int, Words]:
    """The bot's admins, each with the words of their private chat."""
    return {chat_id: await services.languages.words_for(chat_id) for chat_id in services.settings.admin_ids}


async def shut_down(app: App, receiver: Receiver) -> None:
    """Take no more updates, finish what is under way, close; what takes too long is left."""
    try:
        async with asyncio.timeout(STOP_S):
            await asyncio.gather(delivery_of(app).stop(SENDING_GRACE_S), receiver.stop())
            if app.running:
                await app.stop()
    except TimeoutError:
        log.warning("not all that was under way could be finished in time")
    await app.shutdown()
