"""The health of the bot, and the checks behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.runtime.health import RECEIVER, WORKER, Check, Health, HealthMonitor, HeartbeatCheck, check_heartbeats
from bot.runtime.health import TICKS_LATE_S as LATE_S
from bot.runtime.metrics import Heartbeats
from summaries.errors import StoreBusy, StoreUnreachable
from summaries.model import Backlog

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BACKLOG = Backlog(due=0, late=0, unknown=0, delay_s=0.0, sources=9, sources_failing=1, sources_off=0)


TICKS: dict[str, float] = dict.fromkeys(LATE_S, 1.0)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def make_heartbeats(**ages_s: float) -> Heartbeats:
    """A heartbeats whose last beats are so old."""
    clock = Clock()
    made = Heartbeats(clock)
    for name, age_s in ages_s.items():
        clock.now_s = 1000.0 - age_s
        made.beat(name)
    clock.now_s = 1000.0
    return made


class Figures:
    """The store's answer, or how it fails."""

    def __init__(self, answer: Backlog | Exception | None) -> None:
        self.answer = answer
        self.asked: dict[str, datetime] = {}

    async def backlog(self, **moments: datetime) -> Backlog:
        self.asked = moments
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        assert self.answer is not None
        return self.answer


def monitor(answer: Any, beats: Heartbeats | None = None, **settings: Any) -> HealthMonitor:
    figures: Any = Figures(answer)
    return HealthMonitor(figures, lambda: NOW, beats or Heartbeats(), **settings)


async def answer_at_once() -> None:
    """Fakes a queue that is up."""


async def fail() -> None:
    raise StoreUnreachable("gone")


def test_heartbeats_keep_the_last_time_of_each_activity() -> None:
    beats = make_heartbeats(digests=7, telegram=3)
    beats.beat("telegram")
    assert beats.ages_s() == {"digests": 7, "telegram": 0}


@pytest.mark.parametrize(
    ("database", "ages_s", "unwell"),
    [
        (BACKLOG, TICKS | {"telegram": 150, "digests": 60}, []),
        (None, TICKS | {"telegram": 1}, ["database"]),
        (BACKLOG, TICKS | {"telegram": 151}, ["telegram"]),
        *((BACKLOG, TICKS | {"telegram": 1, name: late_s + 1}, [f"tick {name}"]) for name, late_s in LATE_S.items()),
        # These depend on the settings and the hour.
        (BACKLOG, TICKS | {"telegram": 1, "refresh": 1e6, "pruning": 1e6, "backups": 1e6}, []),
        (None, {}, ["database", "telegram", *(f"tick {name}" for name in LATE_S)]),
    ],
)
async def test_health_names_each_failing_check(
    database: Backlog | None, ages_s: dict[str, float], unwell: list[str]
) -> None:
    health = await monitor(database or StoreBusy("locked"), make_heartbeats(**ages_s)).check()
    assert [check.name for check in health.checks if not check.is_well] == unwell
    assert health.is_ready == (not unwell)


@pytest.mark.parametrize(
    ("signs", "queue", "ages_s", "unwell"),
    [
        # A receiver has no tick, a worker no webhook.
        (RECEIVER, answer_at_once, {"telegram": 150, "webhook": 150}, []),
        (RECEIVER, fail, {"telegram": 1, "webhook": 1}, ["queue"]),
        (RECEIVER, answer_at_once, {"telegram": 1, "webhook": 151}, ["webhook"]),
        (RECEIVER, answer_at_once, {"telegram": 1, "digests": 1}, ["webhook"]),
        (WORKER, None, {"telegram": 150, "queue": 20}, []),
        (WORKER, None, {"telegram": 151, "queue": 21}, ["telegram", "queue"]),
    ],
)
async def test_each_kind_of_process_has_its_own_checks(
    signs: tuple[HeartbeatCheck, ...],
    queue: Callable[[], Awaitable[None]] | None,
    ages_s: dict[str, float],
    unwell: list[str],
) -> None:
    health = await monitor(BACKLOG, make_heartbeats(**ages_s), signs=signs, queue=queue).check()
    assert [check.name for check in health.checks if not check.is_well] == unwell
    assert len({check.name for check in health.checks}) == len(health.checks)


async def test_overdue_tick_of_a_fleet_is_named_with_its_reason() -> None:
    """A tick that has not begun, or that is another process's, does not matter."""

    async def tick_ages_s() -> dict[str, float]:
        return {"digests": 61.0, "alerts": 900.0, "pruning": 1e6}

    late_s = {"digests": 60.0, "alerts": 900.0, "sending": 60.0}
    beats = make_heartbeats(telegram=1, queue=1)
    health = await monitor(BACKLOG, beats, signs=WORKER, tick_ages_s=tick_ages_s, late_s=late_s).check()
    assert health.tick_ages_s == await tick_ages_s()
    checks = health.to_json()["checks"]
    assert set(checks) == {"database", "telegram", "queue", "tick digests", "tick alerts"}
    assert checks["tick alerts"] == {"ok": True, "age_s": 900.0}
    reason = "the last was 61 s ago, the limit is 60 s"
    assert checks["tick digests"] == {"ok": False, "age_s": 61.0, "reason": reason}
    assert not health.is_ready
    receiver = await monitor(BACKLOG, beats, signs=WORKER, tick_ages_s=tick_ages_s).check()
    assert receiver.is_ready


@pytest.mark.parametrize("is_hanging", [False, True])
async def test_unreadable_ticks_leave_the_other_checks(*, is_hanging: bool) -> None:
    async def tick_ages_s() -> dict[str, float]:
        if is_hanging:
            await asyncio.Event().wait()
        raise StoreUnreachable("gone")

    late_s = {"digests": 60.0}
    beats = make_heartbeats(telegram=1, queue=1)
    health = await monitor(BACKLOG, beats, signs=WORKER, tick_ages_s=tick_ages_s, late_s=late_s, timeout_s=0.01).check()
    assert [check.name for check in health.checks] == ["database", "telegram", "queue"]


def test_health_is_serialized_to_json() -> None:
    checks = (
        Check("database", is_well=True, measure="took_s", seconds=0.01234),
        *check_heartbeats(make_heartbeats(telegram=2.5, digests=61, sending=1, broadcasts=1, study=1)),
    )
    assert Health(checks, BACKLOG).to_json() == {
        "status": "not ready",
        "checks": {
            "database": {"ok": True, "took_s": 0.012},
            "telegram": {"ok": True, "age_s": 2.5},
            "tick digests": {"ok": False, "age_s": 61.0, "reason": "the last was 61 s ago, the limit is 60 s"},
            "tick sending": {"ok": True, "age_s": 1.0},
            "tick broadcasts": {"ok": True, "age_s": 1.0},
            "tick study": {"ok": True, "age_s": 1.0},
            "tick alerts": {"ok": False, "age_s": None, "reason": "there was none"},
            "tick warnings": {"ok": False, "age_s": None, "reason": "there was none"},
        },
    }


@pytest.mark.parametrize(("answer", "found"), [(BACKLOG, BACKLOG), (StoreBusy("locked"), None), (None, None)])
async def test_database_probe_has_a_timeout(answer: Any, found: Backlog | None) -> None:
    figures: Any = Figures(answer)
    health = await HealthMonitor(figures, lambda: NOW, Heartbeats(), (), timeout_s=0.01).check()
    (database,) = health.checks
    assert (health.backlog, database.is_well) == (found, found is not None)
    assert database.seconds is not None
    assert 0 <= database.seconds < 5
    assert figures.asked == {"now": NOW, "late_from": NOW - timedelta(minutes=5)}


async def hang() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("queue", "is_well"), [(answer_at_once, True), (fail, False), (hang, False)])
async def test_the_queue_is_asked_beside_the_database_and_not_waited_for(queue: Any, is_well: bool) -> None:
    health = await monitor(BACKLOG, signs=(), queue=queue, timeout_s=0.01).check()
    assert health.backlog == BACKLOG
    assert [(check.name, check.is_well) for check in health.checks] == [("database", True), ("queue", is_well)]


async def test_concurrent_probes_share_one_query() -> None:
    asked, may_answer = 0, asyncio.Event()

    async def queue() -> None:
        nonlocal asked
        asked += 1
        await may_answer.wait()

    looked = monitor(BACKLOG, queue=queue)
    looking = [asyncio.ensure_future(looked.check()) for _ in range(100)]
    await asyncio.sleep(0)
    # One who gives up leaves the others their answer.
    looking.pop(0).cancel()
    may_answer.set()
    assert len({id(health) for health in await asyncio.gather(*looking)}) == asked == 1
    # The next one gets an answer of its own time.
    await looked.check()
    assert asked == 2


async def test_failed_probe_is_not_reused() -> None:
    failures = [ValueError("away")]

    async def queue() -> None:
        if failures:
            raise failures.pop()

    looked = monitor(BACKLOG, queue=queue)
    with pytest.raises(ValueError, match="away"):
        await looked.check()
    assert (await looked.check()).backlog == BACKLOG
