"""What became of a request to the webhook, and of the update in it."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Received(StrEnum):
    """What became of it. Telegram sends again what is answered with anything but 2xx."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """The same update was taken before: its answer was lost."""
    REFUSED = "refused"
    """The sender or the chat has too many unanswered updates."""
    UNREADABLE = "unreadable"
    """It is no update that can be read, and would not be one the next time."""
    BUSY = "busy"
    """Not now: the bot is at its limit, starts or stops."""
    NOT_TELEGRAM = "not_telegram"
    """The secret is missing or wrong."""
    WRONG_TYPE = "wrong_type"
    TOO_LARGE = "too_large"
    CUT_OFF = "cut_off"
    """The body did not come, or not in time."""


STATUS = {
    Received.TAKEN: HTTPStatus.OK,
    Received.REPEATED: HTTPStatus.OK,
    Received.REFUSED: HTTPStatus.OK,
    Received.UNREADABLE: HTTPStatus.OK,
    Received.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Received.NOT_TELEGRAM: HTTPStatus.FORBIDDEN,
    Received.WRONG_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Received.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Received.CUT_OFF: HTTPStatus.REQUEST_TIMEOUT,
}

if TYPE_CHECKING:
    Accept = Callable[[dict[str, Any]], Awaitable[Received]]
    """Takes an update as Telegram's JSON has it (with an `update_id`): into this process's queue, or into one that
    others read. What it calls taken is not sent again."""
