"""Whether the bot is well: what it depends on, told apart."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.pulse import TELEGRAM
from summaries.errors import StoreError

if TYPE_CHECKING:
    from bot.pulse import Pulse
    from summaries.model import Backlog
    from summaries.ports import Clock, FigureStore

# The tick for digests: it comes every second, and takes a while where thousands are composed at once.
TICK = "digests"
TICK_LATE_S = 60.0
# A digest that is due for so long should have been sent.
LATE_AFTER = timedelta(minutes=5)
# A poll ends after ten seconds, and the webhook is looked after once a minute.
TELEGRAM_LATE_S = 150.0
DATABASE_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What the database answered, and in what time; None where it did not."""

    backlog: Backlog | None
    took_s: float


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the bot depends on. `seconds` is how long it took, or how long ago it was; None: never."""

    name: str
    is_well: bool
    measure: str
    seconds: float | None

    def to_json(self) -> dict[str, Any]:
        seconds = None if self.seconds is None else round(self.seconds, 3)
        return {"ok": self.is_well, self.measure: seconds}


@dataclass(frozen=True, slots=True)
class Health:
    """All of them."""

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        return all(check.is_well for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        status = "ready" if self.is_ready else "not ready"
        return {"status": status, "checks": {check.name: check.to_json() for check in self.checks}}


async def probe(figures: FigureStore, clock: Clock, timeout_s: float = DATABASE_TIMEOUT_S) -> Probe:
    """Ask the database for what waits."""
    now, began_s = clock(), time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            found = await figures.backlog(now=now, late_from=now - LATE_AFTER)
    except (StoreError, TimeoutError):
        return Probe(None, time.monotonic() - began_s)
    return Probe(found, time.monotonic() - began_s)


def judge(database: Probe, pulse: Pulse) -> Health:
    """What is well (pure, but for the clock in `pulse`)."""
    tick_s, telegram_s = pulse.age_s(TICK), pulse.age_s(TELEGRAM)
    return Health(
        (
            Check("database", database.backlog is not None, "took_s", database.took_s),
            Check("telegram", telegram_s is not None and telegram_s <= TELEGRAM_LATE_S, "age_s", telegram_s),
            Check("tick", tick_s is not None and tick_s <= TICK_LATE_S, "age_s", tick_s),
        )
    )
