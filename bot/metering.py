"""What is counted and measured of the running bot, for whoever counts: Prometheus, or nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from bot.pulse import Pulse

if TYPE_CHECKING:
    from bot.web.received import Received
    from summaries.errors import SendError
    from summaries.refresh import RefreshReport


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
