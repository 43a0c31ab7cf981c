"""Measure what a pace that all processes share asks of the database, and write its part of docs/scaling.md.

    python -m benchmarks.pace_speed [--count N] [--smoke]

`--smoke` does it once over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bot.jobs.membership import membership
from bot.jobs.pace import SharedAsking, SharedLine
from bot.pacing import Limits, turns_in_chat
from summaries.storage import open_fleet
from tests.postgres_server import new_database, server_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import timedelta

    from summaries.model import Asked, Reserved
    from summaries.ports import PaceStore

PART = "What a shared pace costs"
COUNT, SMOKE_COUNT = 2_000, 20
BOT = 77
# Few senders are people who are answered, one after the other; many are digests that go out at once.
SENDERS = (1, 24)
LIMITS = Limits(overall_per_s=1000)
PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"


@dataclass(frozen=True, slots=True)
class Cost:
    """What so many messages took: statements, seconds on the clock, and seconds of this process's processor."""

    name: str
    senders: int
    messages: int
    statements: int
    seconds: float
    processor_s: float


class Counted:
    """A pace store that counts how often it is asked."""

    def __init__(self, store: PaceStore) -> None:
        self._store = store
        self.statements = 0

    async def reserve(self, *args: Any, **more: Any) -> Reserved:
        self.statements += 1
        return await self._store.reserve(*args, **more)

    async def ask(self, *args: Any, **more: Any) -> Asked:
        self.statements += 1
        return await self._store.ask(*args, **more)

    async def forget(self, *, chats: timedelta, people: timedelta) -> int:
        return await self._store.forget(chats=chats, people=people)


async def cost(name: str, store: Counted, count: int, senders: int, turn: Callable[[int], Awaitable[object]]) -> Cost:
    """So many turns, taken by so many at a time."""
    numbers = iter(range(count))

    async def send() -> None:
        for number in numbers:
            await turn(number)

    store.statements = 0
    began, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(send() for _ in range(senders)))
    return Cost(name, senders, count, store.statements, time.perf_counter() - began, time.process_time() - processor)


async def costs(url: str, count: int) -> list[Cost]:
    fleet = await open_fleet(url, membership("worker", more_connections=0), pool_size=4)
    store = Counted(fleet.pace)
    line = SharedLine(LIMITS.overall_per_s, store, BOT)
    asking = SharedAsking(store, BOT, 600, 600)

    def within(chat_id: int) -> Awaitable[None]:
        return line.acquire(is_bulk=True, chats=turns_in_chat(chat_id, LIMITS, is_edit=False))

    done = []
    for senders in SENDERS:
        done += [
            await cost("the bot's turns alone", store, count, senders, lambda _: line.acquire(is_bulk=True)),
            await cost("and the turns of private chats", store, count, senders, lambda number: within(1 + number)),
            await cost("and those of groups", store, count, senders, lambda number: within(-1 - number)),
        ]
    done.append(await cost("a person's question", store, count, 1, asking.ask))
    await fleet.store.close()
    return done


def page_of(done: Sequence[Cost], load: float) -> str:
    rows = "\n".join(
        f"| {one.name} | {one.senders} | {one.statements / one.messages:.2f} | {one.messages / one.seconds:,.0f}"
        f" | {1000 * one.processor_s / one.messages:.2f} |"
        for one in done
    )
    return f"""\
{done[0].messages:,} messages each, every one to another chat, at {LIMITS.overall_per_s:,.0f} a second at most, by one
process; nothing is sent. {os.cpu_count()} cores for it and the server, which {load:.1f} other processes wanted at the
start. With the bot's turns alone, each process would count the pace within chats for itself.

| what is shared | senders | statements a message | messages a second | ms of processor a message |
|---|---|---|---|---|
{rows}
"""


def measure(count: int) -> list[Cost]:
    with (
        TemporaryDirectory(prefix="ringkas-") as folder,
        server_url(Path(folder) / "server", is_hasty=False) as server,
        new_database(server) as url,
    ):
        return asyncio.run(costs(url, count))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if options.smoke:
        page_of(measure(SMOKE_COUNT), load)
        print("the harness works")
        return
    from benchmarks.page import write_part
    from benchmarks.postgres_version import machine_with_postgres

    write_part(PART, f"{machine_with_postgres('psycopg')}\n{page_of(measure(options.count), load)}", PAGE)


if __name__ == "__main__":
    main()
