"""Health of a process: one check for each thing that it depends on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.runtime.metrics import QUEUE, TELEGRAM, WEBHOOK, Heartbeats
from summaries.errors import StoreError
from summaries.model import Backlog
from summaries.ports import Clock, FigureStore

# A tick is overdue after this many seconds. `refresh due` comes every minute, the others every few seconds; sending
# takes long when much is due. `refresh`, `own feeds`, `hazards`, `pruning` and `backups` depend on the settings and the
# hour, and are only shown. `recovery` and `refresh due` are a fleet's.
TICKS_LATE_S = {
    "digests": 60.0,
    "sending": 3600.0,
    "broadcasts": 120.0,
    "study": 900.0,
    "alerts": 900.0,
    "warnings": 3600.0,
}
FLEET_TICKS_LATE_S = {**TICKS_LATE_S, "recovery": 60.0, "refresh due": 300.0}
TICK_PREFIX = "tick "
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
ALONE = (OF_TELEGRAM, *(HeartbeatCheck(f"{TICK_PREFIX}{name}", name, late_s) for name, late_s in TICKS_LATE_S.items()))
RECEIVER = (OF_TELEGRAM, HeartbeatCheck("webhook", WEBHOOK, TELEGRAM_LATE_S))
WORKER = (OF_TELEGRAM, HeartbeatCheck("queue", QUEUE, HEARTBEAT_LATE_S))


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `seconds` is the duration of a call or the age of a heartbeat; None: there was none yet."""

    name: str
    is_well: bool
    measure: str
    seconds: float | None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        seconds = None if self.seconds is None else round(self.seconds, 3)
        return {"ok": self.is_well, self.measure: seconds, **({"reason": self.reason} if self.reason else {})}


@dataclass(frozen=True, slots=True)
class Health:
    """All checks of a process, the backlog in its database (None: no answer), and the ages of a fleet's ticks."""

    checks: tuple[Check, ...]
    backlog: Backlog | None
    tick_ages_s: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        return all(check.is_well for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        status = "ready" if self.is_ready else "not ready"
        return {"status": status, "checks": {check.name: check.to_json() for check in self.checks}}


@dataclass(slots=True)
class HealthMonitor:
    """Checks the health of a process: its database, the heartbeats of `signs`, its queue if it has one, and the ticks
    of its fleet. `queue` raises StoreError if the queue is down, `tick_ages_s` returns the time since each tick last
    ended in any process, and `late_s` has the limits of those that this process is responsible for."""

    figures: FigureStore
    clock: Clock
    heartbeats: Heartbeats
    signs: Sequence[HeartbeatCheck] = ALONE
    queue: Callable[[], Awaitable[None]] | None = None
    tick_ages_s: Callable[[], Awaitable[Mapping[str, float]]] | None = None
    late_s: Mapping[str, float] = field(default_factory=dict)
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
        answers, ages_s = await asyncio.gather(asyncio.gather(*calls), self._read_ticks())
        called = [check for check, _ in answers]
        checks = (*called, *check_heartbeats(self.heartbeats, self.signs), *check_ticks(ages_s, self.late_s))
        return Health(checks, answers[0][1], ages_s)

    async def _read_ticks(self) -> Mapping[str, float]:
        """Return the ages of the ticks, or none if the database does not answer, which is a check of its own."""
        if self.tick_ages_s is not None:
            with suppress(StoreError, TimeoutError):
                async with asyncio.timeout(self.timeout_s):
                    return await self.tick_ages_s()
        return {}

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
        yield check_age(sign.check, ages_s.get(sign.beat), sign.late_s)


def check_ticks(ages_s: Mapping[str, float], late_s: Mapping[str, float]) -> Iterator[Check]:
    """Yield a check for each tick with a limit and an age."""
    for name in late_s.keys() & ages_s.keys():
        yield check_age(f"{TICK_PREFIX}{name}", ages_s[name], late_s[name])


def check_age(name: str, age_s: float | None, limit_s: float) -> Check:
    """Return whether the last event is at most `limit_s` seconds old; `age_s` is None if there was none."""
    if age_s is not None and age_s <= limit_s:
        return Check(name, is_well=True, measure="age_s", seconds=age_s)
    reason = "there was none" if age_s is None else f"the last was {age_s:.0f} s ago, the limit is {limit_s:.0f} s"
    return Check(name, is_well=False, measure="age_s", seconds=age_s, reason=reason)
