"""Whether a process of the bot is well: what it depends on, told apart."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.runtime.metrics import QUEUE, TELEGRAM, WEBHOOK
from summaries.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.runtime.metrics import Pulse
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
# A worker tells the queue every few seconds that it lives. From then on others take over what it is at.
HEARTBEAT_LATE_S = 20.0


@dataclass(frozen=True, slots=True)
class Sign:
    """What happens again and again where all is well. `beat` is its name in the pulse."""

    check: str
    beat: str
    late_s: float


OF_QUEUE = Sign("queue", QUEUE, HEARTBEAT_LATE_S)
OF_TELEGRAM = Sign("telegram", TELEGRAM, TELEGRAM_LATE_S)
# By the database, and: what a bot that does all in one process needs; what one that takes updates, and hands them on;
# and what one that does jobs.
ALONE = (OF_TELEGRAM, Sign("tick", TICK, TICK_LATE_S))
RECEIVER = (OF_TELEGRAM, Sign("webhook", WEBHOOK, TELEGRAM_LATE_S))
WORKER = (OF_TELEGRAM, OF_QUEUE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whether what was asked answered, and in what time."""

    has_answered: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class Probe:
    """What the database answered, and in what time; None where it did not. `queue` is there where jobs are put into
    one."""

    backlog: Backlog | None
    took_s: float
    queue: Asked | None = None


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


async def probe(
    figures: FigureStore,
    clock: Clock,
    queue: Callable[[], Awaitable[None]] | None = None,
    timeout_s: float = DATABASE_TIMEOUT_S,
) -> Probe:
    """Ask the database for what waits, and at the same time, where there is one, the queue, which raises `StoreError`
    where it is not there."""
    if queue is None:
        return await _probe_database(figures, clock, timeout_s)
    database, asked = await asyncio.gather(_probe_database(figures, clock, timeout_s), _ask(queue, timeout_s))
    return replace(database, queue=asked)


def shared(ask: Callable[[], Awaitable[Probe]]) -> Callable[[], Awaitable[Probe]]:
    """As `ask`, but those who ask before it has answered get the same answer: however many look at the process, the
    database is asked by one of them at a time."""
    under_way: asyncio.Future[Probe] | None = None

    async def join() -> Probe:
        nonlocal under_way
        if under_way is None or under_way.done():
            under_way = asyncio.ensure_future(ask())
        # One who leaves takes the answer from nobody.
        return await asyncio.shield(under_way)

    return join


async def _probe_database(figures: FigureStore, clock: Clock, timeout_s: float) -> Probe:
    now, began_s = clock(), time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            found = await figures.backlog(now=now, late_from=now - LATE_AFTER)
    except (StoreError, TimeoutError):
        return Probe(None, time.monotonic() - began_s)
    return Probe(found, time.monotonic() - began_s)


async def _ask(queue: Callable[[], Awaitable[None]], timeout_s: float) -> Asked:
    began_s = time.monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            await queue()
    except (StoreError, TimeoutError):
        return Asked(has_answered=False, took_s=time.monotonic() - began_s)
    return Asked(has_answered=True, took_s=time.monotonic() - began_s)


def judge(database: Probe, pulse: Pulse, signs: Sequence[Sign] = ALONE) -> Health:
    """What is well (pure, but for the clock in `pulse`)."""
    checks = [Check("database", database.backlog is not None, "took_s", database.took_s)]
    if database.queue is not None:
        checks.append(Check("queue", database.queue.has_answered, "took_s", database.queue.took_s))
    for sign in signs:
        age_s = pulse.age_s(sign.beat)
        checks.append(Check(sign.check, age_s is not None and age_s <= sign.late_s, "age_s", age_s))
    return Health(tuple(checks))
