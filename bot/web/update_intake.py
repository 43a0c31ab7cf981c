"""Updates that are handed over, into the queue of the application in this process."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from telegram import Update

from bot.runtime.metrics import Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Bot

log = logging.getLogger(__name__)

# Telegram sends an update again when our answer was lost, and then soon.
REMEMBERED = 4096


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
