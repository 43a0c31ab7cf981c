"""The pace of chats and people: the same by this process's clock alone as shared with others in PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bot.conversation.user_limits import UserLimiter, UserRateLimiter
from bot.fleet.member import membership
from bot.fleet.rate_limits import BLOCK_S, SharedSendLimiter, SharedUserRateLimiter, burst_of
from bot.transport.rate_limiter import CHAT_BURST, EDIT_BURST, Limits, LocalSendLimiter, RateLimiter, turns_in_chat
from summaries.storage import Fleet, open_fleet
from tests.bot.conftest import Sleeper
from tests.postgres_server import new_database

WORKER = membership("worker", more_connections=0)
BOT = 77


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
async def fleet(url: str) -> AsyncIterator[Fleet]:
    opened = await open_fleet(url, WORKER, pool_size=4)
    yield opened
    with psycopg.connect(url) as server:
        server.execute("TRUNCATE fleet.user_quotas, fleet.chat_quotas, fleet.bot_quotas")
    await opened.store.close()


@dataclass(frozen=True, slots=True)
class LimiterPair:
    """The limiters of two processes, which are the same one without a shared database."""

    one: UserLimiter
    other: UserLimiter
    wait: Callable[[float], None]


@pytest.fixture(params=["alone", "shared"])
async def limiter_pair(request: pytest.FixtureRequest) -> AsyncIterator[LimiterPair]:
    if request.param == "alone":
        now = [0.0]

        def wait(seconds: float) -> None:
            now[0] += seconds

        pace = UserRateLimiter(per_minute=10, burst=3, clock_s=lambda: now[0])
        yield LimiterPair(pace, pace, wait)
        return
    url = request.getfixturevalue("url")
    one, other = [await open_fleet(url, WORKER, pool_size=2) for _ in range(2)]

    def age(seconds: float) -> None:
        with psycopg.connect(url) as server:
            server.execute("UPDATE fleet.user_quotas SET at = at - make_interval(secs => %s)", [seconds])

    yield LimiterPair(
        SharedUserRateLimiter(one.rate_limits, BOT, 10, 3), SharedUserRateLimiter(other.rate_limits, BOT, 10, 3), age
    )
    with psycopg.connect(url) as server:
        server.execute("TRUNCATE fleet.user_quotas")
    for member in (one, other):
        await member.store.close()


async def collect_decisions(*askings: UserLimiter) -> list[int]:
    return [(await asking.acquire(1)).refused for asking in askings]


async def test_burst_is_followed_by_one_notice_and_silence(limiter_pair: LimiterPair) -> None:
    assert await collect_decisions(limiter_pair.one, limiter_pair.other, limiter_pair.one) == [0] * 3
    refused = await limiter_pair.other.acquire(1)
    assert refused.refused == 1
    assert refused.wait_s == pytest.approx(6, abs=1)
    limiter_pair.wait(3)
    # The word was said by whichever process.
    assert await collect_decisions(limiter_pair.one, limiter_pair.other) == [2, 3]
    limiter_pair.wait(3)
    assert await collect_decisions(limiter_pair.one) == [0]
    # Over and begun again: it is said again.
    assert await collect_decisions(limiter_pair.other, limiter_pair.one) == [1, 2]


async def test_rate_limit_is_separate_per_user(limiter_pair: LimiterPair) -> None:
    assert await collect_decisions(*[limiter_pair.one] * 4) == [0, 0, 0, 1]
    assert (await limiter_pair.other.acquire(2)).refused == 0


async def test_sustained_rate_is_limited_per_minute(limiter_pair: LimiterPair) -> None:
    passed = 0
    for _ in range(40):
        limiter_pair.wait(3)
        passed += (await limiter_pair.one.acquire(1)).refused == 0
    # Two minutes, at ten a minute, and the burst.
    assert 20 <= passed <= 23


async def test_user_at_many_processes_gets_one_burst(fleet: Fleet) -> None:
    asking = SharedUserRateLimiter(fleet.rate_limits, BOT, 1, 3)
    rulings = await asyncio.gather(*(asking.acquire(5) for _ in range(20)))
    assert sorted(ruling.refused for ruling in rulings) == [0, 0, 0, *range(1, 18)]


LIMITS = Limits(overall_per_s=10_000, chat_per_s=0.1, group_per_min=6)


async def test_chat_rate_limit_is_shared_between_processes(fleet: Fleet, url: str, sleeper: Sleeper) -> None:
    one, other = (RateLimiter(LIMITS, SharedSendLimiter(10_000, fleet.rate_limits, BOT, sleeper)) for _ in range(2))
    for pace in (one, other, one):
        await pace.acquire_background(7)
    assert sleeper.asked == []
    await other.acquire_background(7)
    await one.acquire_background(7)
    assert sleeper.asked == pytest.approx([10, 20], abs=1)
    # Another chat, and an edit, wait for nothing of it.
    sleeper.asked.clear()
    await other.acquire_background(8)
    for _ in range(EDIT_BURST):
        await edit_message(one, 7)
    assert sleeper.asked == []
    await edit_message(other, 7)
    assert sleeper.asked == pytest.approx([10], abs=1)
    # An idle chat has its burst again.
    sleeper.asked.clear()
    age_quotas(url, 60)
    for _ in range(CHAT_BURST):
        await other.acquire_background(7)
    assert sleeper.asked == []


async def test_group_rate_limit_is_shared_between_processes(fleet: Fleet, sleeper: Sleeper) -> None:
    fast = Limits(overall_per_s=10_000, chat_per_s=1000, group_per_min=6)
    one, other = (RateLimiter(fast, SharedSendLimiter(10_000, fleet.rate_limits, BOT, sleeper)) for _ in range(2))
    for number in range(6):
        await (one if number % 2 else other).acquire_background(-5)
    assert [wait_s for wait_s in sleeper.asked if wait_s > 1] == []
    await one.acquire_background(-5)
    assert sleeper.asked[-1] == pytest.approx(10, abs=1)


async def edit_message(pace: RateLimiter, chat_id: int) -> None:
    async def done(*_: Any, **__: Any) -> bool:
        return True

    await pace.process_request(done, (), {}, "editMessageText", {"chat_id": chat_id}, None)


def age_quotas(url: str, seconds: float) -> None:
    with psycopg.connect(url) as server:
        server.execute("UPDATE fleet.chat_quotas SET next_at = next_at - make_interval(secs => %s)", [seconds])


async def test_concurrent_messages_to_a_chat_are_spaced(fleet: Fleet, sleeper: Sleeper) -> None:
    paces = [RateLimiter(LIMITS, SharedSendLimiter(10_000, fleet.rate_limits, BOT, sleeper)) for _ in range(3)]
    await asyncio.gather(*(pace.acquire_background(7) for pace in paces for _ in range(3)))
    assert sorted(wait_s for wait_s in sleeper.asked if wait_s > 1) == pytest.approx(
        [10 * n for n in range(1, 7)], abs=1
    )


@pytest.mark.parametrize("per_s", [1000, 1000.0])
async def test_overall_rate_limit_is_shared_between_processes(fleet: Fleet, per_s: float) -> None:
    lines = [SharedSendLimiter(per_s, fleet.rate_limits, BOT) for _ in range(2)]
    began_s = time.monotonic()
    await asyncio.gather(*(lines[number % 2].acquire(is_background=True) for number in range(300)))
    # Except for the burst, and the turns that each had reserved when it was late.
    at_once = burst_of(per_s) + len(lines) * round(per_s * BLOCK_S)
    assert time.monotonic() - began_s >= (300 - at_once) / per_s


async def test_reservations_are_batched_into_few_statements(fleet: Fleet) -> None:
    statements: list[tuple[int, int]] = []
    reserve = fleet.rate_limits.reserve

    class Counted:
        async def reserve(self, bot_id: int, count: int, **more: Any) -> Any:
            statements.append((count, len(more["chats"])))
            return await reserve(bot_id, count, **more)

    counted: Any = Counted()
    pace = RateLimiter(Limits(overall_per_s=10_000), SharedSendLimiter(10_000, counted, BOT))
    for chat_id in (1, 2, 3):
        await pace.acquire_background(chat_id)
    assert statements == [(1, 1)] * 3
    statements.clear()
    await asyncio.gather(*(pace.acquire_background(chat_id) for chat_id in range(100, 160)))
    # One begins; the others come while it is asked, and ask together.
    assert len(statements) <= 4
    assert sum(chats for _, chats in statements) == 60


async def test_idle_quotas_are_deleted(fleet: Fleet, url: str) -> None:
    await SharedUserRateLimiter(fleet.rate_limits, BOT, 10, 3).acquire(1)
    await RateLimiter(LIMITS, SharedSendLimiter(10_000, fleet.rate_limits, BOT)).acquire_background(-7)
    after: dict[str, timedelta] = {"chats": timedelta(minutes=10), "people": timedelta(minutes=30)}
    assert await fleet.rate_limits.forget(**after) == 0
    age_quotas(url, 15 * 60)
    # The turns of a chat, and those that it has as a group.
    assert await fleet.rate_limits.forget(**after) == 2
    with psycopg.connect(url) as server:
        server.execute("UPDATE fleet.user_quotas SET at = at - interval '31 minutes'")
    assert await fleet.rate_limits.forget(**after) == 1


@pytest.mark.parametrize(
    ("chat_id", "is_edit", "kinds"),
    [
        (7, False, ["message"]),
        (-7, False, ["message", "group"]),
        ("@kanal", False, ["message", "group"]),
        (-7, True, ["edit"]),
    ],
)
def test_quotas_of_a_message_in_its_chat(chat_id: int | str, is_edit: bool, kinds: list[str]) -> None:
    turns = turns_in_chat(chat_id, Limits(group_per_min=0.5), is_edit=is_edit)
    assert [turn.kind for turn in turns] == kinds
    assert all(turn.burst >= 1 and turn.per_s > 0 for turn in turns)


async def test_group_rate_below_one_per_minute_allows_one_message() -> None:
    pace = RateLimiter(Limits(overall_per_s=1000, chat_per_s=1000, group_per_min=0.5), LocalSendLimiter(1000))
    await asyncio.wait_for(pace.acquire_background(-5), 10)
