"""Members of a fleet close everything that they open, and report their state."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from procrastinate.exceptions import ConnectorException, UniqueViolation
from pydantic import SecretStr

from bot.config import Settings
from bot.fleet import run as fleet
from bot.fleet.member import membership, open_member
from bot.fleet.queue import DIGESTS, PUBLISHING, QUEUES, TICKS, Queue, Ticker, create_worker, open_queue, run_workers
from bot.fleet.run import repeat_until_stopped
from bot.runtime.metrics import Telemetry
from summaries.errors import StoreError, StoreUnreachable
from summaries.storage import open_fleet, open_store
from tests.postgres_server import new_database

TOKEN = "123456789:" + "A" * 35
WORKER = membership("worker", ("answers",), more_connections=5)


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


async def test_failed_clock_request_leaves_no_store_open(url: str) -> None:
    # There is no such port, so the connection fails with an unexpected error.
    clock = "http://127.0.0.1:99999/sim/clock"
    settings = Settings(
        telegram_bot_token=SecretStr(TOKEN), database_url=url, database_pool_size=2, sandbox_clock_url=clock
    )
    with pytest.raises(ExceptionGroup):
        async with open_member(settings, Telemetry(), WORKER):
            raise AssertionError("it opens")
    # A bot that wants to be alone can be: nobody else holds the database.
    await (await open_store(url, is_bot=True, pool_size=2)).close()


async def test_queue_check_fails_without_its_schema(url: str) -> None:
    opened = await open_fleet(url, WORKER, pool_size=2)
    alive: list[bool] = []
    async with open_queue(url, lambda: alive.append(True)) as queue:
        await queue.ask()
        assert alive == []
        worker_id = await queue.procrastinate.job_manager.register_worker()
        await queue.procrastinate.job_manager.update_heartbeat(worker_id)
        assert alive == [True, True]
        with psycopg.connect(url) as server:
            server.execute("DROP SCHEMA jobs CASCADE")
        with pytest.raises(StoreError, match="start this process again"):
            await queue.ask()
    await opened.store.close()


async def test_unreachable_queue_raises_store_unreachable() -> None:
    class Away:
        async def check_connection_async(self) -> bool:
            raise ConnectorException

    away: Any = Away()
    with pytest.raises(StoreUnreachable, match="queue of jobs"):
        await Queue(away).ask()


async def test_jobs_of_dead_workers_are_requeued_unless_already_queued(url: str) -> None:
    opened = await open_fleet(url, WORKER, pool_size=2)
    async with open_queue(url, lambda: None) as queue:
        manager = queue.procrastinate.job_manager
        dead = await manager.register_worker()
        for group_id in (1, 2):
            await queue.answer(group_id)
            assert await manager.fetch_job(["answers"], dead) is not None
        assert await queue.retry_stalled() == 0
        assert await queue.find_answering() == {1, 2}
        # A job that only waits counts, too: once a worker has begun it, another one could be queued.
        await queue.answer(3)
        assert await queue.find_answering() == {1, 2, 3}
        # The first is queued again meanwhile.
        await queue.answer(1)
        with psycopg.connect(url) as server:
            server.execute("UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '21 seconds'")
        assert await queue.retry_stalled() == 1
        with psycopg.connect(url) as server:
            found = server.execute("SELECT args ->> 'group_id', status::text FROM jobs.procrastinate_jobs").fetchall()
        assert sorted(found) == [("1", "todo"), ("2", "todo"), ("3", "todo")]
        assert await queue.find_answering() == {1, 2, 3}
    await opened.store.close()


class LosingManager:
    """Two stalled jobs. Another process takes the first over, and the second is enqueued again."""

    async def get_stalled_jobs(self, seconds_since_heartbeat: float) -> list[Any]:
        return [SimpleNamespace(id=1), SimpleNamespace(id=2)]

    async def retry_job(self, job: Any) -> None:
        if job.id == 1:
            raise UniqueViolation(constraint_name=None, queueing_lock=None)

    async def finish_job(self, job: Any, status: object, *, delete_job: bool) -> None:
        raise ConnectorException


@pytest.mark.parametrize("is_away", [False, True])
async def test_stalled_job_of_another_process_is_left_out_but_an_outage_is_an_error(*, is_away: bool) -> None:
    async def check_connection_async() -> bool:
        if is_away:
            raise ConnectorException
        return True

    procrastinate: Any = SimpleNamespace(job_manager=LosingManager(), check_connection_async=check_connection_async)
    if is_away:
        with pytest.raises(StoreUnreachable):
            await Queue(procrastinate).retry_stalled()
    else:
        assert await Queue(procrastinate).retry_stalled() == 1


class Ticks:
    """Tasks of a worker. `compose` sets an event and waits for another one."""

    def __init__(self) -> None:
        self.composing = asyncio.Event()
        self.may_end = asyncio.Event()

    async def compose(self) -> None:
        self.composing.set()
        await self.may_end.wait()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def do_nothing(*ids: int) -> None:
            pass

        return do_nothing


async def test_tick_that_never_ends_in_one_worker_runs_in_another(url: str) -> None:
    opened = await open_fleet(url, WORKER, pool_size=2)
    stop = asyncio.Event()
    async with open_queue(url, lambda: None) as first, open_queue(url, lambda: None) as second:
        workers: list[tuple[Any, asyncio.Task[None]]] = []
        for queue in (first, second):
            ticks: Any = Ticks()
            worker = create_worker(queue, ticks, [DIGESTS], concurrency=4)
            ticker = Ticker(queue, [DIGESTS], lambda: datetime.now(UTC))
            work = run_workers([worker], stop, ticks.recover, ticker.enqueue_due, ticks.recover)
            workers.append((ticks, asyncio.create_task(work)))
            await asyncio.wait_for(ticks.composing.wait(), 60)
        for ticks, _ in workers:
            ticks.may_end.set()
        stop.set()
        await asyncio.gather(*(task for _, task in workers))
    await opened.store.close()


async def test_periodic_task_is_enqueued_once_by_all_processes_at_any_clock(url: str) -> None:
    opened = await open_fleet(url, WORKER, pool_size=2)
    now = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
    jumps = (timedelta(), timedelta(minutes=1), timedelta(days=3652), timedelta(minutes=-1), timedelta(days=-7000))
    async with open_queue(url, lambda: None) as queue:
        tickers = [Ticker(queue, (*QUEUES, PUBLISHING), lambda: now) for _ in range(2)]
        for jump in jumps:
            now += jump
            for ticker in tickers:
                await ticker.enqueue_due()
            with psycopg.connect(url, options="-c search_path=jobs") as server:
                # Deleted as by workers that have run them.
                jobs = server.execute("DELETE FROM procrastinate_jobs RETURNING task_name").fetchall()
            names = [name for (name,) in jobs]
            assert len(names) == len({*names})
            assert {*TICKS} - {"forget"} <= {*names}
    await opened.store.close()


async def test_repeat_until_stopped_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "CHECK_EVERY_S", 0.001)
    stop, looks = asyncio.Event(), 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            stop.set()

    await asyncio.wait_for(repeat_until_stopped(look, stop), 10)
    assert looks == 3


async def test_idle_worker_pings_telegram(caplog: pytest.LogCaptureFixture) -> None:
    from telegram.error import NetworkError

    class Bot:
        is_away = False
        calls = 0

        async def get_me(self) -> None:
            self.calls += 1
            if self.is_away:
                raise NetworkError("gone")

    bot: Any = Bot()
    await fleet.ping(bot)
    assert not caplog.records
    bot.is_away = True
    await fleet.ping(bot)
    assert bot.calls == 2
    assert "Telegram can't be reached" in caplog.text
