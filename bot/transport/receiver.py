"""How the bot gets its updates: it asks Telegram for them, or Telegram calls it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import OrderedDict
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from telegram import Update
from telegram.error import InvalidToken, NetworkError, RetryAfter

from bot.runtime.metrics import Received
from bot.transport.messenger import seconds
from bot.transport.polling import PollingErrors, Rivalry
from bot.transport.webhook import LOOK_EVERY_S, HookWatch, hook_of, set_webhook
from summaries.errors import InvalidSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram.ext import Application, CallbackContext

    from bot.config import Settings
    from bot.runtime.metrics import Meter
    from bot.transport.polling import PollRequest
    from bot.transport.webhook import Hook

    App = Application[Any, Any, Any, Any, Any, Any]
    from telegram import Bot


# Every kind of update that the bot handles; Telegram sends no others.
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
]
LONGEST_RETRY_S = 60.0
UNKNOWN_TOKEN = "TELEGRAM_BOT_TOKEN is not known to Telegram: copy it again from BotFather"  # noqa: S105

log = logging.getLogger(__name__)


# Telegram sends an update again when our answer was lost, and then soon.
REMEMBERED = 4096


class Receiver(Protocol):
    """Lets updates come, once the application runs, and lets no more come."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def receiver_for(settings: Settings, app: App, polls: PollRequest, meter: Meter, stop: asyncio.Event) -> Receiver:
    """The way that the settings ask for. `stop` ends what takes long, and is set when another bot has the token."""
    hook = hook_of(settings)
    return Polling(app, polls, stop) if hook is None else HandedOver(app, hook, meter, stop)


class Polling:
    """Asks Telegram again and again. A webhook that was set before is deleted."""

    def __init__(self, app: App, polls: PollRequest, stop: asyncio.Event) -> None:
        self._app = app
        self._polls = polls
        self._stop = stop

    async def start(self) -> None:
        if self._app.updater is None:
            raise RuntimeError("the application was built without an updater")
        on_error = PollingErrors(Rivalry(time.monotonic, random.random), self._yield_token)
        await self._app.updater.start_polling(
            allowed_updates=ALLOWED_UPDATES, bootstrap_retries=-1, error_callback=on_error
        )

    def _yield_token(self) -> None:
        self._polls.yield_token()
        self._stop.set()

    async def stop(self) -> None:
        self._polls.stop_waiting()
        if self._app.updater is not None and self._app.updater.running:
            await self._app.updater.stop()


class HandedOver:
    """Lets Telegram call. At the end the webhook stays: what comes meanwhile waits at Telegram for the next start."""

    def __init__(self, app: App, hook: Hook, meter: Meter, stop: asyncio.Event) -> None:
        self._app = app
        self._meter = meter
        self._hook = hook
        self._stop = stop

    async def start(self) -> None:
        await until_reached(partial(set_webhook, self._app.bot, self._hook, ALLOWED_UPDATES), self._stop)
        watch = HookWatch(self._app.bot, self._hook, ALLOWED_UPDATES)

        async def look(_: CallbackContext[Any, Any, Any, Any]) -> None:
            if (info := await watch.look()) is not None:
                self._meter.webhook_pending(info.pending_update_count)

        if self._app.job_queue is not None:
            self._app.job_queue.run_repeating(look, LOOK_EVERY_S, name="webhook")

    async def stop(self) -> None:
        """Nothing to do: the server takes no more once the bot stops."""


async def until_reached(call: Callable[[], Awaitable[None]], stop: asyncio.Event, unknown: str = UNKNOWN_TOKEN) -> bool:
    """Call Telegram until it answers, however long that takes; False when told to stop meanwhile. `unknown` is what is
    said where Telegram does not know the token.

    Raises:
        InvalidSettings: Telegram does not know the token, or refuses what the settings ask for.
    """
    attempts = 0
    while not stop.is_set():
        try:
            await call()
        except InvalidToken as error:
            raise InvalidSettings((unknown,)) from error
        except RetryAfter as error:
            await wait(stop, seconds(error))
        except NetworkError as error:
            # An operator watches the start: try soon at first, then once a minute.
            delay_s = min(LONGEST_RETRY_S, 2.0**attempts)
            attempts += 1
            log.warning("Telegram can't be reached (%s); trying again in %.0f s", error, delay_s)
            await wait(stop, delay_s)
        else:
            return True
    return False


async def wait(stop: asyncio.Event, delay_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(delay_s):
            await stop.wait()


def read_update(data: dict[str, Any], bot: Bot) -> Update | None:
    """The update in Telegram's JSON; None, and a line in the log, where it can't be read."""
    try:
        return Update.de_json(data, bot)
    except Exception as error:  # noqa: BLE001  (whatever Telegram sends)
        log.error("update %d can't be read and is left out: %s", data["update_id"], error)  # noqa: TRY400
        return None


class Accepting:
    """Fulfils `Accept`. `put` queues an update; `is_open` tells whether there is room for one more."""

    def __init__(self, bot: Bot, put: Callable[[Update], None], is_open: Callable[[], bool]) -> None:
        self._bot = bot
        self._put = put
        self._is_open = is_open
        self._taken: OrderedDict[int, None] = OrderedDict()

    async def __call__(self, data: dict[str, Any]) -> Received:
        update_id = data["update_id"]
        if update_id in self._taken:
            return Received.REPEATED
        if not self._is_open():
            return Received.BUSY
        update = read_update(data, self._bot)
        if update is None:
            return Received.UNREADABLE
        self._put(update)
        self._taken[update_id] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return Received.TAKEN
