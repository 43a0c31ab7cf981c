"""The health of the bot, and the checks behind it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.runtime.health import RECEIVER, WORKER, HeartbeatCheck, Probe, ProbeResult, judge, probe, shared
from bot.runtime.metrics import Heartbeats
from summaries.errors import StoreBusy, StoreUnreachable
from summaries.model import Backlog

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BACKLOG = Backlog(due=0, late=0, delay_s=0.0, sources=9, sources_failing=1, sources_off=0)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def heartbeats(**ages_s: float) -> Heartbeats:
    """A heartbeats whose last beats are so old."""
    clock = Clock()
    made = Heartbeats(clock)
    for name, age_s in ages_s.items():
        clock.now_s = 1000.0 - age_s
        made.beat(name)
    clock.now_s = 1000.0
    return made


def test_the_pulse_remembers_the_last_beat_of_each() -> None:
    beats = heartbeats(digests=7, telegram=3)
    beats.beat("telegram")
    assert beats.ages_s() == {"digests": 7, "telegram": 0}
    assert (beats.age_s("digests"), beats.age_s("alerts")) == (7, None)


@pytest.mark.parametrize(
    ("database", "ages_s", "unwell"),
    [
        (BACKLOG, {"telegram": 150, "digests": 60}, []),
        (None, {"telegram": 1, "digests": 1}, ["database"]),
        (BACKLOG, {"telegram": 151, "digests": 1}, ["telegram"]),
        (BACKLOG, {"telegram": 1, "digests": 61}, ["tick"]),
        # Other ticks do not count as that of the digests.
        (BACKLOG, {"telegram": 1, "alerts": 1}, ["tick"]),
        (None, {}, ["database", "telegram", "tick"]),
    ],
)
def test_health_names_each_failing_check(database: Backlog | None, ages_s: dict[str, float], unwell: list[str]) -> None:
    health = judge(Probe(database, 0.01234), heartbeats(**ages_s))
    assert [check.name for check in health.checks if not check.is_well] == unwell
    assert health.is_ready == (not unwell)


@pytest.mark.parametrize(
    ("signs", "queue", "ages_s", "unwell"),
    [
        # A receiver has no tick, a worker no webhook.
        (RECEIVER, ProbeResult(has_answered=True, took_s=0.1), {"telegram": 150, "webhook": 150}, []),
        (RECEIVER, ProbeResult(has_answered=False, took_s=5), {"telegram": 1, "webhook": 1}, ["queue"]),
        (RECEIVER, ProbeResult(has_answered=True, took_s=0.1), {"telegram": 1, "webhook": 151}, ["webhook"]),
        (RECEIVER, ProbeResult(has_answered=True, took_s=0.1), {"telegram": 1, "digests": 1}, ["webhook"]),
        (WORKER, None, {"telegram": 150, "queue": 20}, []),
        (WORKER, None, {"telegram": 151, "queue": 21}, ["telegram", "queue"]),
    ],
)
def test_each_kind_of_process_needs_its_own(
    signs: tuple[HeartbeatCheck, ...], queue: ProbeResult | None, ages_s: dict[str, float], unwell: list[str]
) -> None:
    health = judge(Probe(BACKLOG, 0.01, queue), heartbeats(**ages_s), signs)
    assert [check.name for check in health.checks if not check.is_well] == unwell
    assert len({check.name for check in health.checks}) == len(health.checks)


def test_health_as_json() -> None:
    assert judge(Probe(BACKLOG, 0.01234), heartbeats(telegram=2.5)).to_json() == {
        "status": "not ready",
        "checks": {
            "database": {"ok": True, "took_s": 0.012},
            "telegram": {"ok": True, "age_s": 2.5},
            "tick": {"ok": False, "age_s": None},
        },
    }


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


@pytest.mark.parametrize(("answer", "found"), [(BACKLOG, BACKLOG), (StoreBusy("locked"), None), (None, None)])
async def test_the_database_is_asked_and_not_waited_for(answer: Any, found: Backlog | None) -> None:
    figures: Any = Figures(answer)
    probed = await probe(figures, lambda: NOW, timeout_s=0.01)
    assert probed.backlog == found
    assert 0 <= probed.took_s < 5
    assert figures.asked == {"now": NOW, "late_from": NOW - timedelta(minutes=5)}


@pytest.mark.parametrize(("failure", "has_answered"), [(None, True), (StoreUnreachable("gone"), False)])
async def test_the_queue_is_asked_beside_the_database(failure: Exception | None, has_answered: bool) -> None:
    figures: Any = Figures(BACKLOG)

    async def ask() -> None:
        if failure is not None:
            raise failure

    probed = await probe(figures, lambda: NOW, ask)
    assert probed.backlog == BACKLOG
    assert probed.queue is not None
    assert probed.queue.has_answered is has_answered


async def test_a_queue_that_hangs_is_not_waited_for() -> None:
    figures: Any = Figures(BACKLOG)

    async def hang() -> None:
        await asyncio.Event().wait()

    probed = await probe(figures, lambda: NOW, hang, timeout_s=0.01)
    assert probed.queue is not None
    assert not probed.queue.has_answered


async def test_however_many_look_the_database_is_asked_once_at_a_time() -> None:
    asked, may_answer = 0, asyncio.Event()

    async def ask() -> Probe:
        nonlocal asked
        asked += 1
        await may_answer.wait()
        return Probe(BACKLOG, float(asked))

    join = shared(ask)
    looking = [asyncio.ensure_future(join()) for _ in range(100)]
    await asyncio.sleep(0)
    # One who gives up leaves the others their answer.
    looking.pop(0).cancel()
    may_answer.set()
    assert {probed.took_s for probed in await asyncio.gather(*looking)} == {1.0}
    # The next one gets an answer of its own time.
    assert (await join()).took_s == 2.0


async def test_a_look_that_fails_is_no_answer_to_the_next() -> None:
    failures = [StoreUnreachable("away")]

    async def ask() -> Probe:
        if failures:
            raise failures.pop()
        return Probe(BACKLOG, 0.0)

    join = shared(ask)
    with pytest.raises(StoreUnreachable):
        await join()
    assert (await join()).backlog == BACKLOG
