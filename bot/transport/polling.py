"""Asking Telegram for updates: one that can't be read is left out, and of two bots with one token one yields."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from telegram import Update
from telegram.error import Conflict, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.transport.request import ApiRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


log = logging.getLogger(__name__)

# The newcomer yields first. A conflict that ended was a bot that was replaced by another.
NEWCOMER_FOR_S = 60.0
NEWCOMER_PATIENCE_S, PATIENCE_S = 5.0, 90.0
PATIENCE_SPREAD_S = 5.0
CONFLICT_OVER_S = 60.0


class PollRequest(ApiRequest):
    """Leaves the id alone of an update that python-telegram-bot can't read, so that the next poll goes past it.

    python-telegram-bot drops the whole answer instead, and asks for it again at once, for ever. It asks for no more
    before `wait_for_room`, where it is set, lets it.
    """

    has_yielded = False
    wait_for_room: Callable[[], Awaitable[None]] | None = None

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if self.wait_for_room is not None:
            await self.wait_for_room()
        # At its end python-telegram-bot asks once more: to the other program that would be one more conflict.
        if self.has_yielded:
            raise NetworkError("another program has the token")
        return await super().do_request(*args, **kwargs)

    def stop_waiting(self) -> None:
        """The last poll, which only tells what was taken, waits for nothing."""
        self.wait_for_room = None

    def yield_token(self) -> None:
        """Ask nothing any more."""
        self.has_yielded = True
        logging.getLogger("telegram.ext.Updater").setLevel(logging.CRITICAL)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As python-telegram-bot's, but each update of the answer can be read."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [readable(update) for update in answer["result"] if has_id(update)]
        return answer


def has_id(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def readable(update: dict[str, Any]) -> dict[str, Any]:
    """The update, or what is left of it."""
    try:
        Update.de_json(update)
    except Exception as error:  # noqa: BLE001  (whatever Telegram sends)
        log.error("update %d can't be read and is left out: %s", update["update_id"], error)  # noqa: TRY400
        return {"update_id": update["update_id"]}
    return update


class Rivalry:
    """Decides when to yield to another program with the same token.

    `chance` gives a number in [0, 1): two that began at the same time are not to yield both.
    """

    def __init__(self, clock_s: Callable[[], float], chance: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._began_s = clock_s()
        self._spread_s = PATIENCE_SPREAD_S * chance()
        self._first_s: float | None = None
        self._last_s = 0.0

    def note(self) -> bool:
        """There was a conflict; whether it has lasted long enough to yield."""
        now = self._clock_s()
        if self._first_s is None or now - self._last_s > CONFLICT_OVER_S:
            self._first_s = now
        self._last_s = now
        is_newcomer = self._first_s - self._began_s < NEWCOMER_FOR_S
        patience_s = NEWCOMER_PATIENCE_S if is_newcomer else PATIENCE_S
        return now - self._first_s >= patience_s + self._spread_s


class PollingErrors:
    """One line an error: polling goes on by itself. `yield_` is called when another program is to have the token."""

    def __init__(self, rivalry: Rivalry, yield_: Callable[[], None]) -> None:
        self._rivalry = rivalry
        self._yield = yield_

    def __call__(self, error: TelegramError) -> None:
        if not isinstance(error, Conflict):
            log.warning("asking Telegram for messages failed and is tried again: %s", error)
            return
        log.error("another program reads this bot's messages with the same token: stop one of the two")
        if self._rivalry.note():
            self._yield()


class TakenUpdates(asyncio.Queue[object]):
    """The application's queue, which knows how many updates are not done with yet.

    python-telegram-bot takes whatever comes into memory. Who polls waits for room here: the rest stays with Telegram,
    where it costs nothing, and where a crash does not lose it.
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
        """Until fewer updates are left than there may be."""
        await self._has_room.wait()
