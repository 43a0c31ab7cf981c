"""Deliveries claimed by processes that compete for them: nobody's twice, none left, and how many a second."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from summaries.storage import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from summaries.model import Delivery
    from summaries.storage import Store

WORKERS = (1, 2, 4, 8)
AT_ONCE = 24
POOL_SIZE = 8
# Of a killed process: the others take over what it had when the lease is over.
SHORT_LEASE_S = 3.0
LONG_LEASE_S = 300.0

FILL = """
WITH body AS (
    INSERT INTO bodies (hash, html, article_ids, created_at) VALUES ('\\x00', 'Kabar', '{}', now()) RETURNING id
), made AS (
    INSERT INTO deliveries (chat_id, zone, due_at, is_composed, created_at)
    SELECT n, 'Asia/Jakarta', now() - interval '1 minute', true, now()
    FROM generate_series(1, %s) n RETURNING id, chat_id, due_at
)
INSERT INTO outbox (kind, chat_id, delivery_id, body_id, not_before, created_at)
    SELECT 'digest', made.chat_id, made.id, body.id, made.due_at, now() FROM made, body
"""


# Deliveries that were not finished, or whose message was not sent; messages that were sent more than once.
UNSENT = """
SELECT count(*) FROM deliveries d JOIN outbox p ON p.delivery_id = d.id
    WHERE d.outcome IS DISTINCT FROM 'sent' OR p.state <> 'sent'
"""
TWICE = "SELECT count(*) FROM outbox WHERE attempts > 1"


@dataclass(frozen=True, slots=True)
class Run:
    """What some processes did with all deliveries: how many claims they got, of how many deliveries, how long it took,
    and the fewest and the most that one of them had."""

    workers: int
    claims: int
    distinct: int
    seconds: float
    fewest: int
    most: int
    left: int

    @property
    def rate(self) -> float:
        return self.distinct / self.seconds


@dataclass(frozen=True, slots=True)
class Killed:
    """One process of four was killed: what of its work was done again, and what was lost; it had so many at once."""

    count: int
    at_once: int
    twice: int
    left: int


def prepare(url: str, count: int) -> None:
    """Empty the ledger of the database and put `count` composed deliveries into it, all due."""

    async def make_tables() -> None:
        await (await open_store(url, pool_size=2)).close()

    asyncio.run(make_tables())
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("TRUNCATE deliveries, outbox, bodies, told_articles")
        server.execute(FILL, [count])
        server.execute("VACUUM ANALYZE deliveries, outbox")


class Competitor:
    """A process that waits for its start, and writes into `file` what it claims."""

    def __init__(self, url: str, file: Path, *, is_whole: bool, lease_s: float = LONG_LEASE_S) -> None:
        self._file = file
        command = [sys.executable, "-m", "benchmarks.scaling.claims", json.dumps([url, str(file), is_whole, lease_s])]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._input, self._output = self._process.stdin, self._process.stdout

    def wait_until_ready(self) -> None:
        if self._output is not None:
            self._output.readline()

    def start(self) -> None:
        if self._input is not None:
            self._input.close()

    def wait(self) -> None:
        if self._process.wait():
            raise RuntimeError("a process failed")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def claimed(self) -> list[int]:
        """What it wrote down; of a killed one the last line may be torn."""
        if not self._file.exists():
            return []
        lines = self._file.read_text(encoding="ascii").splitlines(keepends=True)
        return [number for line in lines if line.endswith("\n") for number in json.loads(line)]


def start_all(competitors: Sequence[Competitor]) -> float:
    """Start them together; when that was."""
    for competitor in competitors:
        competitor.wait_until_ready()
    began = time.perf_counter()
    for competitor in competitors:
        competitor.start()
    return began


def compete(url: str, folder: Path, workers: int, count: int, *, is_whole: bool) -> Run:
    """Let the processes claim all deliveries, and with `is_whole` send and finish each, to nobody."""
    prepare(url, count)
    competitors = [Competitor(url, folder / f"{workers}-{is_whole}-{n}", is_whole=is_whole) for n in range(workers)]
    began = start_all(competitors)
    for competitor in competitors:
        competitor.wait()
    seconds = time.perf_counter() - began
    claimed = [competitor.claimed() for competitor in competitors]
    everything = [number for numbers in claimed for number in numbers]
    sizes = [len(numbers) for numbers in claimed]
    unsent = count_rows(url, UNSENT) if is_whole else 0
    return Run(workers, len(everything), len(set(everything)), seconds, min(sizes), max(sizes), unsent)


def kill_one(url: str, folder: Path, count: int) -> Killed:
    """Four processes, of which one is killed in the midst; the others take over when its leases are over."""
    prepare(url, count)
    competitors = [
        Competitor(url, folder / f"killed-{n}", is_whole=True, lease_s=SHORT_LEASE_S) for n in range(WORKERS[2])
    ]
    start_all(competitors)
    victim, *others = competitors
    while len(victim.claimed()) < count // 20:
        time.sleep(0.01)
    victim.kill()
    for competitor in others:
        competitor.wait()
    return Killed(count, AT_ONCE, count_rows(url, TWICE), count_rows(url, UNSENT))


def count_rows(url: str, sql: str) -> int:
    with psycopg.connect(url) as server:
        (found,) = server.execute(sql.encode()).fetchone() or (0,)
    return int(found)


async def work(url: str, file: str, is_whole: bool, lease_s: float) -> None:
    """Claim until nothing is left; write down what was claimed before anything is done with it."""
    store = await open_store(url, pool_size=POOL_SIZE)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    lease = timedelta(seconds=lease_s)
    with open(file, "a", encoding="ascii") as log:  # noqa: ASYNC230, PTH123  (a line is written at once)
        while True:
            now = datetime.now(UTC)
            claimed = await store.outbox.claim_digests(now=now, lease_until=now + lease, limit=AT_ONCE)
            numbers = [delivery.id for delivery in claimed]
            print(json.dumps(numbers), file=log, flush=True)
            if is_whole:
                await asyncio.gather(*(send(store, delivery) for delivery in claimed))
            if not claimed and (not is_whole or not await anything_open(url)):
                break
            if not claimed:
                await asyncio.sleep(0.1)
    await store.close()


async def send(store: Store, delivery: Delivery) -> None:
    from summaries.model import Outcome

    message = delivery.message(delivery.parts[0])
    await store.outbox.mark_sending(message, until=delivery.lease_until)
    await store.outbox.mark_sent(message, message_id=delivery.id, now=datetime.now(UTC))
    await store.deliveries.finish(delivery.id, Outcome.SENT, now=datetime.now(UTC))


async def anything_open(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as server:
        found = await server.execute("SELECT 1 FROM deliveries WHERE finished_at IS NULL LIMIT 1")
        return await found.fetchone() is not None


if __name__ == "__main__":
    arguments: list[Any] = json.loads(sys.argv[1])
    asyncio.run(work(*arguments))
