"""What is counted and measured of the running bot, for whoever counts: Prometheus, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.web.received import Received


class Meter(Protocol):
    """Hears of what happens. Labels are of few values, never a chat, a name or a text."""

    def webhook_request(self, received: Received) -> None: ...


class NoMeter:
    """Fulfils `Meter` where nobody looks."""

    def webhook_request(self, received: Received) -> None:
        """Not counted."""
