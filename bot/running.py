"""Run the bot until it is told to stop: start in order, stop in order, lose nothing."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

from telegram.error import Conflict, InvalidToken, NetworkError, TelegramError

from bot.app import ALLOWED_UPDATES, build_application
from bot.clock import open_clock
from bot.menu import set_menus
from bot.services import open_services
from summaries.errors import BadSetting
from summaries.zones import load_places

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Settings
    from bot.locale import Words
    from bot.services import Services

LONGEST_START_RETRY_S = 60.0

log = logging.getLogger(__name__)


async def run_bot(settings: Settings) -> None:
    """Answer and deliver until SIGTERM or SIGINT.

    Raises:
        BadSetting: there is no token, or Telegram does not know it.
        StoreError: the database can't be used.
    """
    if settings.telegram_bot_token is None:
        raise BadSetting(("TELEGRAM_BOT_TOKEN is missing: set it, or try the bot with `ringkas sandbox`",))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_clock(settings.sandbox_clock_url) as now, open_services(settings, now) as services:
        await services.load_sources()
        app = build_application(services, settings.telegram_bot_token.get_secret_value())
        if not await initialize(app, stop):
            return
        try:
            await set_menus(app.bot, await admins_words(services))
            await asyncio.to_thread(load_places)
            await app.start()
            await start_polling(app)
            log.info("running as @%s", app.bot.username)
            await stop.wait()
        finally:
            services.refresh.stop()
            await shut_down(app)


async def admins_words(services: Services) -> dict[int, Words]:
    """The bot's admins, each with the words of their private chat."""
    return {chat_id: await services.languages.words_for(chat_id) for chat_id in services.settings.admin_ids}


async def initialize(app: App, stop: asyncio.Event) -> bool:
    """Connect to Telegram, however long that takes; False when told to stop meanwhile."""
    attempts = 0
    while not stop.is_set():
        try:
            await app.initialize()
        except InvalidToken as error:
            raise BadSetting(("TELEGRAM_BOT_TOKEN is not known to Telegram: copy it again from BotFather",)) from error
        except NetworkError as error:
            # An operator watches the start: try soon at first, then once a minute.
            delay_s = min(LONGEST_START_RETRY_S, 2.0**attempts)
            attempts += 1
            log.warning("Telegram can't be reached (%s); trying again in %.0f s", error, delay_s)
            await wait(stop, delay_s)
        else:
            return True
    return False


async def wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


async def start_polling(app: App) -> None:
    if app.updater is None:
        raise RuntimeError("the application was built without an updater")
    await app.updater.start_polling(
        allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1, error_callback=report_polling_error
    )


def report_polling_error(error: TelegramError) -> None:
    """One line an error: polling goes on by itself."""
    if isinstance(error, Conflict):
        log.error("another program reads this bot's messages with the same token: stop one of the two")
    else:
        log.warning("asking Telegram for messages failed and is tried again: %s", error)


async def shut_down(app: App) -> None:
    """Take no more updates, finish what is under way, close."""
    if app.updater is not None and app.updater.running:
        await app.updater.stop()
    if app.running:
        await app.stop()
    await app.shutdown()
