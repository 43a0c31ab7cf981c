"""Receivers of updates: long polling, or a webhook."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from telegram import Bot, Update
from telegram.error import InvalidToken, NetworkError, RetryAfter
from telegram.ext import Application, CallbackContext

from bot.config import Settings
from bot.runtime.metrics import Metrics, WebhookResult
from bot.transport.messenger import seconds
from bot.transport.polling import GetUpdatesRequest, PollingErrorHandler, TokenConflict
from bot.transport.webhook import (
    ALLOWED_UPDATES,
    CHECK_EVERY_S,
    WebhookConfig,
    WebhookMonitor,
    main_webhook_config,
    set_webhook,
)
from summaries.errors import InvalidSettings

App = Application[Any, Any, Any, Any, Any, Any]

LONGEST_RETRY_S = 60.0
UNKNOWN_TOKEN = "TELEGRAM_BOT_TOKEN is not known to Telegram: copy it again from BotFather"  # noqa: S105

log = logging.getLogger(__name__)


# Telegram repeats an update soon after our answer to it was lost.
REMEMBERED = 4096


class Receiver(Protocol):
    """Starts and stops the flow of updates to a running application."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


def create_receiver(
    settings: Settings, app: App, polls: GetUpdatesRequest, metrics: Metrics, stop: asyncio.Event
) -> Receiver:
    """Return the receiver that the settings configure. `stop` ends long operations; it is set if another bot takes the
    token."""
    hook = main_webhook_config(settings)
    return PollingReceiver(app, polls, stop) if hook is None else WebhookReceiver(app, hook, metrics, stop)


class PollingReceiver:
    """Polls Telegram. Deletes a webhook that was set before."""

    def __init__(self, app: App, polls: GetUpdatesRequest, stop: asyncio.Event) -> None:
        self._app = app
        self._polls = polls
        self._stop = stop

    async def start(self) -> None:
        if self._app.updater is None:
            raise RuntimeError("the application was built without an updater")
        on_error = PollingErrorHandler(TokenConflict(time.monotonic, random.random), self._yield_token)
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


class WebhookReceiver:
    """Sets a webhook. The webhook stays after a stop, so that updates wait at Telegram for the next start."""

    def __init__(self, app: App, hook: WebhookConfig, metrics: Metrics, stop: asyncio.Event) -> None:
        self._app = app
        self._metrics = metrics
        self._hook = hook
        self._stop = stop

    async def start(self) -> None:
        await retry_until_reachable(partial(set_webhook, self._app.bot, self._hook), self._stop)
        watch = WebhookMonitor(self._app.bot, self._hook)

        async def look(_: CallbackContext[Any, Any, Any, Any]) -> None:
            if (info := await watch.look()) is not None:
                self._metrics.webhook_pending(info.pending_update_count)

        if self._app.job_queue is not None:
            self._app.job_queue.run_repeating(look, CHECK_EVERY_S, name="webhook")

    async def stop(self) -> None:
        """Do nothing: the server refuses updates once the bot stops."""


async def retry_until_reachable(
    call: Callable[[], Awaitable[None]], stop: asyncio.Event, unknown: str = UNKNOWN_TOKEN
) -> bool:
    """Call Telegram until it answers, and return True; return False after a stop. `unknown` is the message of the
    InvalidSettings that is raised if Telegram does not know the token."""
    attempts = 0
    while not stop.is_set():
        try:
            await call()
        except InvalidToken as error:
            raise InvalidSettings((unknown,)) from error
        except RetryAfter as error:
            await wait(stop, seconds(error))
        except NetworkError as error:
            # The operator is watching the start: retry soon at first, then once a minute.
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
    """Return the update in Telegram's JSON, or None and log an error if it cannot be parsed."""
    try:
        return Update.de_json(data, bot)
    except Exception as error:  # noqa: BLE001  (Telegram may send anything)
        log.error("update %d can't be read and is left out: %s", data["update_id"], error)  # noqa: TRY400
        return None


class LocalReceiver:
    """Fulfils `Accept`. `put` queues an update; `is_open` returns whether one more fits."""

    def __init__(self, bot: Bot, put: Callable[[Update], None], is_open: Callable[[], bool]) -> None:
        self._bot = bot
        self._put = put
        self._is_open = is_open
        self._taken: OrderedDict[int, None] = OrderedDict()

    async def __call__(self, data: dict[str, Any]) -> WebhookResult:
        update_id = data["update_id"]
        if update_id in self._taken:
            return WebhookResult.REPEATED
        if not self._is_open():
            return WebhookResult.BUSY
        update = read_update(data, self._bot)
        if update is None:
            return WebhookResult.UNREADABLE
        self._put(update)
        self._taken[update_id] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return WebhookResult.TAKEN
