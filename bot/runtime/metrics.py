"""Telemetry of the running bot: counters and heartbeats, for Prometheus or for nobody."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Protocol

from summaries.errors import SendError
from summaries.ingest.refresh import RefreshReport


class UpdateKind(StrEnum):
    """Label for the kind of an update."""

    COMMAND = "command"
    MESSAGE = "message"
    EDIT = "edit"
    BUTTON = "button"
    INLINE = "inline"
    GUEST = "guest"
    MEMBERSHIP = "membership"
    OTHER = "other"


class MessageKind(StrEnum):
    """Label for the kind of a message that no user asked for."""

    DIGEST = "digest"
    ALERT = "alert"
    BROADCAST = "broadcast"
    WARNING = "warning"
    NOTICE = "notice"


TELEGRAM = "telegram"
WEBHOOK = "webhook"
QUEUE = "queue"


class Heartbeats:
    """Heartbeats: when each recurring activity last ran, by a monotonic clock, so that a hung bot can be distinguished
    from an idle one."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._last_s: dict[str, float] = {}

    def beat(self, name: str) -> None:
        """Record that the activity ran now."""
        self._last_s[name] = self._clock_s()

    def ages_s(self) -> Mapping[str, float]:
        """Return the age of each heartbeat."""
        now_s = self._clock_s()
        return {name: now_s - last_s for name, last_s in self._last_s.items()}


class WebhookResult(StrEnum):
    """Result of a webhook request. Telegram repeats updates that are answered with anything but 2xx."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """The update was taken before; the answer to it was lost."""
    REFUSED = "refused"
    """The sender or the chat has too many unanswered updates."""
    UNREADABLE = "unreadable"
    """The update cannot be parsed, and would not be the next time."""
    BUSY = "busy"
    """The bot is at its limit, starting or stopping."""
    NOT_TELEGRAM = "not_telegram"
    """The secret is missing or wrong."""
    WRONG_TYPE = "wrong_type"
    TOO_LARGE = "too_large"
    CUT_OFF = "cut_off"
    """The body did not arrive in time."""


STATUS = {
    WebhookResult.TAKEN: HTTPStatus.OK,
    WebhookResult.REPEATED: HTTPStatus.OK,
    WebhookResult.REFUSED: HTTPStatus.OK,
    WebhookResult.UNREADABLE: HTTPStatus.OK,
    WebhookResult.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    WebhookResult.NOT_TELEGRAM: HTTPStatus.FORBIDDEN,
    WebhookResult.WRONG_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    WebhookResult.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WebhookResult.CUT_OFF: HTTPStatus.REQUEST_TIMEOUT,
}


Accept = Callable[[dict[str, Any]], Awaitable[WebhookResult]]
"""Takes an update as Telegram's JSON, with its `update_id`, into this process's queue or into a shared one. An update
with the result TAKEN is not sent again."""


class Disk(Protocol):
    """A disk, its free space, and the forecast when it will be full (infinite: not)."""

    @property
    def free_bytes(self) -> int: ...
    @property
    def full_in_days(self) -> float: ...


class Metrics:
    """Receives the events that are counted, and ignores them; a subclass counts them. Labels have few values, and never
    contain a chat, a name or a text."""

    def update_begun(self) -> None:
        """The handling of an update starts; `update_handled` follows."""

    def update_handled(self, kind: UpdateKind, took_s: float) -> None:
        """The handling of an update ended, with its answer."""

    def update_refused(self) -> None:
        """An update was over the limit of its person or chat and was not handled."""

    def update_failed(self) -> None:
        """A handler raised an unexpected error; the person got an error code."""

    def webhook_request(self, received: WebhookResult) -> None:
        """The webhook answered a request."""

    def webhook_pending(self, count: int) -> None:
        """`count` updates are waiting at Telegram."""

    def message_tried(self, what: MessageKind, error: SendError | None) -> None:
        """A message was sent, failed, or may have been sent."""

    def refreshed(self, report: RefreshReport) -> None:
        """A refresh of sources ended."""

    def disks_measured(self, disks: Sequence[Disk]) -> None:
        """The disks of the database and its backups were measured, that of the database first."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Telemetry of one process: metrics and heartbeats."""

    metrics: Metrics = field(default_factory=Metrics)
    heartbeats: Heartbeats = field(default_factory=Heartbeats)
