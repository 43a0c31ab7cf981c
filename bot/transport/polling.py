"""Long polling that survives malformed updates and yields to another program with the same token."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from telegram.error import Conflict, NetworkError, TelegramError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.transport.request import ApiRequest
from bot.transport.webhook import ALLOWED_UPDATES, hide_guest_chat, read_update

log = logging.getLogger(__name__)

# A program that started recently yields first. A conflict that does not last was a restart of the other program.
NEWCOMER_FOR_S = 60.0
NEWCOMER_PATIENCE_S, PATIENCE_S = 5.0, 90.0
PATIENCE_SPREAD_S = 5.0
CONFLICT_OVER_S = 60.0


class GetUpdatesRequest(ApiRequest):
    """Reduces an update that python-telegram-bot cannot parse to its id, so that the next poll skips it.

    python-telegram-bot would drop the whole response and poll for it again without end. If `wait_for_room` is set, each
    poll waits for it first.
    """

    has_yielded = False
    is_cut_off = False
    wait_for_room: Callable[[], Awaitable[None]] | None = None

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if self.wait_for_room is not None:
            await self.wait_for_room()
        # On shutdown python-telegram-bot polls once more, which would cause another conflict.
        if self.has_yielded:
            raise NetworkError("another program has the token")
        answer = await super().do_request(*args, **kwargs)
        if self.is_cut_off:
            self.is_cut_off = False
            log.info("Telegram answers again")
        return answer

    def stop_waiting(self) -> None:
        """Let the last poll, which only confirms updates, wait for nothing."""
        self.wait_for_room = None

    def yield_token(self) -> None:
        """Stop polling."""
        self.has_yielded = True
        logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As python-telegram-bot's, with each update reduced to something that it can parse."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            updates = map(hide_guest_chat, filter(has_id, answer["result"]))
            answer["result"] = [
                update if read_update(update) is not None else {"update_id": update["update_id"]} for update in updates
            ]
        return answer


def has_id(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


class TokenConflict:
    """Decides when to yield to another program with the same token.

    `chance` returns a number in [0, 1), so that of two programs that start together only one yields.
    """

    def __init__(self, clock_s: Callable[[], float], chance: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._began_s = clock_s()
        self._spread_s = PATIENCE_SPREAD_S * chance()
        self._first_s: float | None = None
        self._last_s = 0.0

    def note(self) -> bool:
        """Record a conflict and return whether conflicts have lasted long enough to yield."""
        now = self._clock_s()
        if self._first_s is None or now - self._last_s > CONFLICT_OVER_S:
            self._first_s = now
        self._last_s = now
        is_newcomer = self._first_s - self._began_s < NEWCOMER_FOR_S
        patience_s = NEWCOMER_PATIENCE_S if is_newcomer else PATIENCE_S
        return now - self._first_s >= patience_s + self._spread_s


def handle_polling_error(
    error: TelegramError, polls: GetUpdatesRequest, conflict: TokenConflict, yield_token: Callable[[], None]
) -> None:
    """Log the first error of an outage in one line; polling continues. Call `yield_token` when another program should
    have the token."""
    if not isinstance(error, Conflict):
        if not polls.is_cut_off:
            log.warning("Telegram can't be reached; it is tried again until it answers: %s", error)
        polls.is_cut_off = True
        return
    log.error("another program reads this bot's messages with the same token: stop one of the two")
    if conflict.note():
        yield_token()


async def start_polling(
    app: Application[Any, Any, Any, Any, Any, Any], polls: GetUpdatesRequest, stop: asyncio.Event
) -> None:
    """Poll Telegram, and delete a webhook that was set before. `stop` is set if another program takes the token."""
    if app.updater is None:
        raise RuntimeError("the application was built without an updater")

    def yield_token() -> None:
        polls.yield_token()
        stop.set()

    conflict = TokenConflict(time.monotonic, random.random)
    await app.updater.start_polling(
        allowed_updates=ALLOWED_UPDATES,
        bootstrap_retries=-1,
        error_callback=partial(handle_polling_error, polls=polls, conflict=conflict, yield_token=yield_token),
    )


async def stop_polling(app: Application[Any, Any, Any, Any, Any, Any], polls: GetUpdatesRequest) -> None:
    """Stop polling; do nothing for a bot with a webhook, whose server refuses updates once the bot stops."""
    polls.stop_waiting()
    if app.updater is not None and app.updater.running:
        await app.updater.stop()


class BoundedUpdateQueue(asyncio.Queue[object]):
    """The application's queue, with a limit on unfinished updates.

    python-telegram-bot fetches all updates into memory. Here polling waits for room: the rest stays at Telegram, where
    it costs nothing and survives a crash.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self._left = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def put_nowait(self, item: object) -> None:
        super().put_nowait(item)
        self._left += 1
        if self._left >= self._most:
            self._has_room.clear()

    def task_done(self) -> None:
        super().task_done()
        self._left -= 1
        if self._left < self._most:
            self._has_room.set()

    async def wait_for_room(self) -> None:
        """Wait until there are fewer unfinished updates than the limit."""
        await self._has_room.wait()
