"""Health of a process: one check for each thing that it depends on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.runtime.metrics import QUEUE, TELEGRAM, WEBHOOK, Heartbeats
from summaries.errors import StoreError
from summaries.model import Backlog
from summaries.ports import Clock, FigureStore

# The tick for digests comes every second, and takes a while when it composes thousands.
TICK = "digests"
TICK_LATE_S = 60.0
# A digest that is due for longer should have been sent.
LATE_AFTER = timedelta(minutes=5)
# A poll takes ten seconds, and the webhook is checked once a minute.
TELEGRAM_LATE_S = 150.0
DATABASE_TIMEOUT_S = 5.0
# A worker sends a heartbeat to the queue every few seconds. After this time others take over its jobs.
HEARTBEAT_LATE_S = 20.0


@dataclass(frozen=True, slots=True)
class HeartbeatCheck:
    """A heartbeat that must be recent. `beat` is its name in `Heartbeats`, `check` its name in the answer."""

    check: str
    beat: str
    late_s: float


OF_TELEGRAM = HeartbeatCheck("telegram", TELEGRAM, TELEGRAM_LATE_S)
# The checks beside the database: of a bot in one process, of a receiver, and of a worker.
ALONE = (OF_TELEGRAM, HeartbeatCheck("tick", TICK, TICK_LATE_S))
RECEIVER = (OF_TELEGRAM, HeartbeatCheck("webhook", WEBHOOK, TELEGRAM_LATE_S))
WORKER = (OF_TELEGRAM, HeartbeatCheck("queue", QUEUE, HEARTBEAT_LATE_S))


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `seconds` is the duration of a call or the age of a heartbeat; None: there was none yet."""

    name: str
    is_well: bool
    measure: str
    seconds: float | None

    def to_json(self) -> dict[str, Any]:
        seconds = None if self.seconds is None else round(self.seconds, 3)
        return {"ok": self.is_well, self.measure: seconds}


@dataclass(frozen=True, slots=True)
class Health:
    """All checks of a process, and the backlog in its database (None: no answer)."""

    checks: tuple[Check, ...]
    backlog: Backlog | None

    @property
    def is_ready(self) -> bool:
        return all(check.is_well for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        status = "ready" if self.is_ready else "not ready"
        return {"status": status, "checks": {check.name: check.to_json() for check in self.checks}}


@dataclass(slots=True)
class HealthMonitor:
    """Checks the health of a process: its database, the heartbeats of `signs`, and its queue if it has one. `queue`
    raises StoreError if the queue is down."""

    figures: FigureStore
    clock: Clock
    heartbeats: Heartbeats
    signs: Sequence[HeartbeatCheck] = ALONE
    queue: Callable[[], Awaitable[None]] | None = None
    timeout_s: float = DATABASE_TIMEOUT_S
    _under_way: asyncio.Future[Health] | None = None

    async def check(self) -> Health:
        """Return the health now. Concurrent callers share one check, so that many scrapes cost one query."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(self._check())
        # Cancelling one caller must not cancel the shared check.
        return await asyncio.shield(self._under_way)

    async def _check(self) -> Health:
        now = self.clock()
        calls = [self._call("database", self.figures.backlog(now=now, late_from=now - LATE_AFTER))]
        if self.queue is not None:
            calls.append(self._call("queue", self.queue()))
        answers = await asyncio.gather(*calls)
        called = [check for check, _ in answers]
        return Health((*called, *check_heartbeats(self.heartbeats, self.signs)), answers[0][1])

    async def _call(self, name: str, call: Awaitable[Backlog | None]) -> tuple[Check, Backlog | None]:
        """Return whether the call was answered in time, and its answer."""
        began_s = time.monotonic()
        answer, has_answered = None, False
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(self.timeout_s):
                answer, has_answered = await call, True
        return Check(name, has_answered, "took_s", time.monotonic() - began_s), answer


def check_heartbeats(heartbeats: Heartbeats, signs: Sequence[HeartbeatCheck] = ALONE) -> Iterator[Check]:
    """Yield a check for each of the heartbeats."""
    ages_s = heartbeats.ages_s()
    for sign in signs:
        age_s = ages_s.get(sign.beat)
        yield Check(sign.check, age_s is not None and age_s <= sign.late_s, "age_s", age_s)
