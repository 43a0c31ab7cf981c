"""Measure what a pace that all processes share asks of the database, and how many turns it gives to several of them;
write both parts of docs/measurements/scaling.md.

    python -m benchmarks.pace_speed [--parts cost turns] [--count N] [--seconds S] [--smoke]

`--smoke` does it once over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.fleet.granting import SENDERS as SENDERS_EACH
from benchmarks.fleet.granting import grant
from bot.fleet.member import membership
from bot.fleet.rate_limits import SharedSendLimiter, SharedUserRateLimiter
from bot.transport.rate_limiter import Limits, turns_in_chat
from summaries.storage import open_fleet
from tests.postgres_server import new_database, server_url, server_version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import timedelta

    from benchmarks.fleet.granting import Granted
    from summaries.model import Asked, Reservation
    from summaries.ports import RateLimitStore

COST, TURNS = "cost", "turns"
PARTS = {COST: "What a shared pace costs", TURNS: "How many turns a shared pace gives"}
COUNT, SMOKE_COUNT = 2_000, 20
SECONDS = 10.0
# Processes, and the messages a second that they may send together.
TAKERS = ((1, 1_000.0), (2, 1_000.0), (4, 1_000.0), (8, 1_000.0), (4, 300.0), (4, 30.0))
BOT = 77
# Few senders are people who are answered, one after the other; many are digests that go out at once.
SENDERS = (1, 24)
LIMITS = Limits(overall_per_s=1000)
PAGE = Path(__file__).parents[1] / "docs/measurements/scaling.md"


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

    def __init__(self, store: RateLimitStore) -> None:
        self._store = store
        self.statements = 0

    async def reserve(self, *args: Any, **more: Any) -> Reservation:
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
    store = Counted(fleet.rate_limits)
    line = SharedSendLimiter(LIMITS.overall_per_s, store, BOT)
    asking = SharedUserRateLimiter(store, BOT, 600, 600)

    def within(chat_id: int) -> Awaitable[None]:
        return line.acquire(is_background=True, chats=turns_in_chat(chat_id, LIMITS, is_edit=False))

    done = []
    for senders in SENDERS:
        done += [
            await cost("the bot's turns alone", store, count, senders, lambda _: line.acquire(is_background=True)),
            await cost("and the turns of private chats", store, count, senders, lambda number: within(1 + number)),
            await cost("and those of groups", store, count, senders, lambda number: within(-1 - number)),
        ]
    done.append(await cost("a person's question", store, count, 1, asking.acquire))
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


def page_of_turns(done: Sequence[Granted], load: float) -> str:
    rows = "\n".join(
        f"| {one.processes} | {one.per_s:,.0f} | {one.turns:,} | {one.rate:,.0f} | {one.most:,}"
        f" | {one.processor_ms:.2f} |"
        for one in done
    )
    return f"""\
Processes of their own that share the pace of one bot over PostgreSQL, and take turns as fast as they get them: each
has {SENDERS_EACH} senders, and each turn is one within a chat, too; nothing is sent. {os.cpu_count()} cores for
them and the server, which {load:.1f} other processes wanted at the start. The most in any second is counted over
every second, wherever it begins. Of what is paid for the steady pace leaves a twentieth free: for bursts, and for
processes that the machine holds up, which come late to their turns and have them together with others. To the thirty
that are free, which Telegram calls "about" thirty, a burst of five is added.

| processes | MESSAGES_PER_SECOND | turns | a second | most in any second | ms of processor a turn |
|---|---|---|---|---|---|
{rows}
"""


@contextmanager
def database() -> Iterator[tuple[Path, str]]:
    """A folder, and a database on a server that keeps what it says it kept."""
    with (
        TemporaryDirectory(prefix="ringkas-") as name,
        server_url(Path(name) / "server", is_hasty=False) as server,
        new_database(server) as url,
    ):
        yield Path(name), url


def measure_turns(folder: Path, url: str, takers: Sequence[tuple[int, float]], seconds: float) -> list[Granted]:
    done = []
    for processes, per_s in takers:
        done.append(grant(url, folder, processes, per_s=per_s, seconds=seconds))
        print(done[-1], flush=True)
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with database() as (folder, url):
        if options.smoke:
            page_of(asyncio.run(costs(url, SMOKE_COUNT)), load)
            page_of_turns(measure_turns(folder, url, [(2, 1_000.0)], 0.1), load)
            print("the harness works")
            return
        from benchmarks.page import machine, write_part

        where = machine("psycopg", PostgreSQL=server_version(url))
        if COST in options.parts:
            text = page_of(asyncio.run(costs(url, options.count)), load)
            write_part(PARTS[COST], f"{where}\n{text}", PAGE)
        if TURNS in options.parts:
            text = page_of_turns(measure_turns(folder, url, TAKERS, options.seconds), load)
            write_part(PARTS[TURNS], f"{where}\n{text}", PAGE)


if __name__ == "__main__":
    main()
