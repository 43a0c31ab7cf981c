"""What is counted and measured of the running bot, for whoever counts: Prometheus, or nobody."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from summaries.errors import SendError
    from summaries.ingest.refresh import RefreshReport


class UpdateKind(StrEnum):
    """What an update is, as far as it is counted."""

    COMMAND = "command"
    MESSAGE = "message"
    EDIT = "edit"
    BUTTON = "button"
    INLINE = "inline"
    MEMBERSHIP = "membership"
    OTHER = "other"


class Sent(StrEnum):
    """What the bot writes unasked."""

    DIGEST = "digest"
    ALERT = "alert"
    BROADCAST = "broadcast"
    NOTICE = "notice"


TELEGRAM = "telegram"


WEBHOOK = "webhook"


QUEUE = "queue"


class Pulse:
    """Remembers the last moment of each kind, by a clock that nobody puts back."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._last_s: dict[str, float] = {}

    def beat(self, name: str) -> None:
        """It happened now."""
        self._last_s[name] = self._clock_s()

    def age_s(self, name: str) -> float | None:
        """How long ago it happened; None where it has not yet."""
        last_s = self._last_s.get(name)
        return None if last_s is None else self._clock_s() - last_s

    def ages_s(self) -> Mapping[str, float]:
        """How long ago each thing happened that has."""
        now_s = self._clock_s()
        return {name: now_s - last_s for name, last_s in self._last_s.items()}


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


Accept = Callable[[dict[str, Any]], Awaitable[Received]]
"""Takes an update as Telegram's JSON has it (with an `update_id`): into this process's queue, or into one that
others read. What it calls taken is not sent again."""


class Meter(Protocol):
    """Hears of what happens. Labels are of few values, never a chat, a name or a text."""

    def update_begun(self) -> None:
        """The work on an update begins; `update_handled` follows."""
        ...

    def update_handled(self, kind: UpdateKind, took_s: float) -> None:
        """An update was worked on to its end, answer and all."""
        ...

    def update_refused(self) -> None:
        """An update was over the limit of its person or chat and was not handled."""
        ...

    def update_failed(self) -> None:
        """A handler failed as nobody expected; the person was given a code."""
        ...

    def webhook_request(self, received: Received) -> None: ...

    def webhook_pending(self, count: int) -> None:
        """So many updates wait at Telegram."""
        ...

    def message_tried(self, what: Sent, error: SendError | None) -> None:
        """A message that nobody asked for was sent, or was not, or not surely."""
        ...

    def refreshed(self, report: RefreshReport) -> None:
        """A pass over sources ended."""
        ...


class NoMeter:
    """Fulfils `Meter` where nobody looks."""

    def update_begun(self) -> None: ...

    def update_handled(self, kind: UpdateKind, took_s: float) -> None: ...

    def update_refused(self) -> None: ...

    def update_failed(self) -> None: ...

    def webhook_request(self, received: Received) -> None: ...

    def webhook_pending(self, count: int) -> None: ...

    def message_tried(self, what: Sent, error: SendError | None) -> None: ...

    def refreshed(self, report: RefreshReport) -> None: ...


@dataclass(frozen=True, slots=True)
class Watch:
    """Those who watch the bot."""

    meter: Meter = field(default_factory=NoMeter)
    pulse: Pulse = field(default_factory=Pulse)


"""It was seen that Telegram sends updates to us."""
"""The queue was told that this worker lives."""
