"""Health of a process: one check for each thing that it depends on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from bot.runtime.metrics import QUEUE, TELEGRAM, WEBHOOK, Heartbeats
from summaries.errors import StoreError
from summaries.model import Backlog
from summaries.ports import Clock, FigureStore

Answer = TypeVar("Answer")

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


OF_QUEUE = HeartbeatCheck("queue", QUEUE, HEARTBEAT_LATE_S)
OF_TELEGRAM = HeartbeatCheck("telegram", TELEGRAM, TELEGRAM_LATE_S)
# The checks beside the database: of a bot in one process, of a receiver, and of a worker.
ALONE = (OF_TELEGRAM, HeartbeatCheck("tick", TICK, TICK_LATE_S))
RECEIVER = (OF_TELEGRAM, HeartbeatCheck("webhook", WEBHOOK, TELEGRAM_LATE_S))
WORKER = (OF_TELEGRAM, OF_QUEUE)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Whether a dependency answered, and after how long."""

    has_answered: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The answer of the database (None: no answer), how long it took, and the result of the queue if the process has
    one."""

    backlog: Backlog | None
    took_s: float
    queue: ProbeResult | None = None


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
    """All checks of a process."""

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        return all(check.is_well for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        status = "ready" if self.is_ready else "not ready"
        return {"status": status, "checks": {check.name: check.to_json() for check in self.checks}}


async def probe(
    figures: FigureStore,
    clock: Clock,
    queue: Callable[[], Awaitable[None]] | None = None,
    timeout_s: float = DATABASE_TIMEOUT_S,
) -> Probe:
    """Query the backlog from the database and, at the same time, call `queue`, which raises StoreError if it is
    down."""
    now = clock()
    database = _ask(figures.backlog(now=now, late_from=now - LATE_AFTER), timeout_s)
    if queue is None:
        backlog, result = await database
        return Probe(backlog, result.took_s)
    (backlog, result), (_, of_queue) = await asyncio.gather(database, _ask(queue(), timeout_s))
    return Probe(backlog, result.took_s, of_queue)


async def _ask(call: Awaitable[Answer], timeout_s: float) -> tuple[Answer | None, ProbeResult]:
    """Return the answer to the call, or None without one, and how long it took."""
    began_s = time.monotonic()
    answer, has_answered = None, False
    with suppress(StoreError, TimeoutError):
        async with asyncio.timeout(timeout_s):
            answer, has_answered = await call, True
    return answer, ProbeResult(has_answered, time.monotonic() - began_s)


def shared(ask: Callable[[], Awaitable[Probe]]) -> Callable[[], Awaitable[Probe]]:
    """Return a function like `ask` whose concurrent callers share one call, so that many scrapes cost one query."""
    under_way: asyncio.Future[Probe] | None = None

    async def join() -> Probe:
        nonlocal under_way
        if under_way is None or under_way.done():
            under_way = asyncio.ensure_future(ask())
        # Cancelling one caller must not cancel the shared call.
        return await asyncio.shield(under_way)

    return join


def judge(database: Probe, heartbeats: Heartbeats, signs: Sequence[HeartbeatCheck] = ALONE) -> Health:
    """Return the health of a process from the answer of its database and its heartbeats."""
    checks = [Check("database", database.backlog is not None, "took_s", database.took_s)]
    if database.queue is not None:
        checks.append(Check("queue", database.queue.has_answered, "took_s", database.queue.took_s))
    for sign in signs:
        age_s = heartbeats.age_s(sign.beat)
        checks.append(Check(sign.check, age_s is not None and age_s <= sign.late_s, "age_s", age_s))
    return Health(tuple(checks))
