"""State that processes on several machines share: updates, each answered once, and rate limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from summaries.errors import InvalidSettings, StoreInUse, StoreTooNew
from summaries.model import (
    ANSWERABLE_FOR,
    ChatRef,
    Membership,
    PendingLimits,
    Subscription,
    Taken,
    Waiting,
)
from summaries.storage import Fleet, open_fleet, open_store
from summaries.storage.postgres import schema
from summaries.storage.postgres.advisory_lock import is_alive
from summaries.storage.postgres.fleet import LiveMember, check_compatible
from summaries.storage.postgres.health import examine_server
from summaries.storage.sql.schema import Step
from tests.postgres_server import new_database

NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
BRIEF = timedelta(seconds=0.1)
WAIT: dict[str, Any] = {"patience": timedelta(seconds=0.8), "brief": BRIEF}
BOT = 77
WORKER = Membership("worker", "1.0", 7, ("answers", "alerts"))


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
async def fleet(url: str) -> AsyncIterator[Fleet]:
    opened = await open_fleet(url, WORKER, pool_size=4)
    yield opened
    with psycopg.connect(url) as connection:
        connection.execute("TRUNCATE fleet.updates, fleet.bot_quotas RESTART IDENTITY")
    await opened.store.close()


async def put_update(
    fleet: Fleet, number: int, *, after_s: float = 0, sender: str | None = None, cut: bool = False
) -> Taken:
    moment = NOW + timedelta(seconds=after_s)
    return await fleet.inbox.put(BOT, number, {"update_id": number}, sender=sender, may_be_cut=cut, now=moment)


async def test_update_is_stored_once_and_cleared_when_done(fleet: Fleet, url: str) -> None:
    first = await put_update(fleet, 5)
    assert first.group_id is not None
    assert first.is_new
    assert await put_update(fleet, 5) == Taken(first.group_id, is_new=False)
    assert await fleet.inbox.open(first.group_id, **WAIT, now=NOW) == Waiting(BOT, ({"update_id": 5},))
    await fleet.inbox.done(first.group_id, now=NOW)
    assert await fleet.inbox.open(first.group_id, **WAIT, now=NOW) == Waiting()
    assert await put_update(fleet, 5) == Taken(None, is_new=False)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT body, sender FROM fleet.updates").fetchall() == [(None, None)]


def make_limits(sender_id: int, chat_id: int | None = None, **more: Any) -> PendingLimits:
    return PendingLimits(sender_id, chat_id, of_sender=4, of_member=2, of_chat=3, **more)


async def put_limited(fleet: Fleet, number: int, limited: PendingLimits, *, now: datetime = NOW) -> Taken:
    body = {"update_id": number}
    return await fleet.inbox.put(BOT, number, body, sender=None, may_be_cut=False, now=now, limits=limited)


async def test_flood_is_refused_with_one_notice_at_a_time(fleet: Fleet, url: str) -> None:
    taken = [await put_limited(fleet, number, make_limits(8)) for number in range(1, 8)]
    assert [one.is_refused for one in taken] == [False] * 4 + [True] * 3
    assert [one.group_id is None for one in taken] == [False] * 5 + [True] * 2
    # Another sender is accepted, and so is another bot's update of the same sender.
    assert not (await put_limited(fleet, 20, make_limits(9))).is_refused
    other = await fleet.inbox.put(BOT + 1, 1, {}, sender=None, may_be_cut=False, now=NOW, limits=make_limits(8))
    assert not other.is_refused
    notice, first = taken[4].group_id, taken[0].group_id
    assert notice is not None
    assert first is not None
    opened = await fleet.inbox.open(notice, **WAIT, now=NOW)
    assert opened == Waiting(BOT, ({"update_id": 5},), is_refused=True)
    # A repeated message is not refused again.
    assert await put_limited(fleet, 1, make_limits(8)) == Taken(first, is_new=False)
    assert await put_limited(fleet, 7, make_limits(8)) == Taken(None, is_new=False)
    await fleet.inbox.done(notice, now=NOW)
    await fleet.inbox.done(first, now=NOW)
    assert not (await put_limited(fleet, 30, make_limits(8))).is_refused
    with psycopg.connect(url) as connection:
        stored = connection.execute("SELECT count(*) FROM fleet.updates WHERE body IS NOT NULL AND bot_id = %s", [BOT])
        assert stored.fetchone() == (5,)


async def test_groups_and_their_members_are_limited(fleet: Fleet) -> None:
    of_one = [await put_limited(fleet, number, make_limits(8, -5)) for number in (1, 2, 3)]
    assert [one.is_refused for one in of_one] == [False, False, True]
    assert not (await put_limited(fleet, 4, make_limits(9, -5))).is_refused
    full = [await put_limited(fleet, number, make_limits(number, -5)) for number in (10, 11)]
    # The notice was given in the group.
    assert full == [Taken(None, is_new=True, is_refused=True)] * 2
    assert not (await put_limited(fleet, 12, make_limits(8, -6))).is_refused


async def test_each_refused_button_user_gets_a_private_notice(fleet: Fleet) -> None:
    for number in range(3):
        await put_limited(fleet, number, make_limits(number, -5))
    pressed = [
        await put_limited(fleet, 10 + number, make_limits(sender_id, -5, is_private_notice=True, max_notices=3))
        for number, sender_id in enumerate((20, 20, 21, 22, 23))
    ]
    assert [one.group_id is not None for one in pressed] == [True, False, True, True, False]


async def test_unanswered_updates_expire_from_the_limits(fleet: Fleet) -> None:
    for number in range(1, 6):
        await put_limited(fleet, number, make_limits(8))
    assert not (await put_limited(fleet, 9, make_limits(8), now=NOW + ANSWERABLE_FOR)).is_refused


async def test_parts_of_a_split_text_are_answered_together(fleet: Fleet) -> None:
    head = await put_update(fleet, 1, sender="7:8", cut=True)
    assert head.group_id is not None
    assert await put_update(fleet, 2, after_s=0.5, sender="7:8") == Taken(None, is_new=True)
    assert (await put_update(fleet, 3, after_s=0.5, sender="9:9")).group_id is not None
    early = await fleet.inbox.open(head.group_id, **WAIT, now=NOW + timedelta(seconds=1))
    assert early.bodies == ()
    assert 0.29 < early.wait_s < 0.31
    late = await fleet.inbox.open(head.group_id, **WAIT, now=NOW + timedelta(seconds=1.3))
    assert late == Waiting(BOT, ({"update_id": 1}, {"update_id": 2}))
    # The group is closed, so later text is separate.
    assert (await put_update(fleet, 4, after_s=1.4, sender="7:8")).group_id is not None
    await fleet.inbox.done(head.group_id, now=NOW)
    assert await put_update(fleet, 2, sender="7:8") == Taken(None, is_new=False)


async def test_parts_are_not_waited_for_if_the_clock_goes_back(fleet: Fleet) -> None:
    head = await put_update(fleet, 1, sender="7:8", cut=True)
    assert head.group_id is not None
    assert await fleet.inbox.open(head.group_id, **WAIT, now=NOW - timedelta(days=365)) == Waiting(
        BOT, ({"update_id": 1},)
    )


async def test_last_part_of_a_text_may_arrive_first(fleet: Fleet) -> None:
    end = await put_update(fleet, 2, sender="7:8")
    assert end.group_id is not None
    early = await fleet.inbox.open(end.group_id, **WAIT, now=NOW)
    assert 0 < early.wait_s <= BRIEF.total_seconds()
    head = await put_update(fleet, 1, after_s=0.05, sender="7:8", cut=True)
    assert head.group_id is not None
    late = NOW + timedelta(seconds=2)
    assert await fleet.inbox.open(end.group_id, **WAIT, now=late) == Waiting()
    both = await fleet.inbox.open(head.group_id, **WAIT, now=late)
    assert both == Waiting(BOT, ({"update_id": 1}, {"update_id": 2}))


async def test_unanswered_updates_are_found(fleet: Fleet) -> None:
    old, left, young = [await put_update(fleet, number, after_s=60 * number) for number in (1, 20, 40)]
    answered = await put_update(fleet, 21, after_s=60 * 21)
    assert answered.group_id
    await fleet.inbox.done(answered.group_id, now=NOW)
    found = await fleet.inbox.left(before=NOW + timedelta(minutes=30), after=NOW + timedelta(minutes=10))
    assert found == (left.group_id,)
    assert old.group_id
    assert young.group_id
    assert await fleet.inbox.forget(before=NOW + timedelta(minutes=30)) == 3


async def test_rate_limit_is_shared_and_evenly_spaced(fleet: Fleet) -> None:
    first = await fleet.rate_limits.reserve(BOT + 1, 1, per_s=0.1, burst=5)
    assert first.chats_s == ()
    assert first.wait_s == pytest.approx(-50, abs=9)
    reserved = await asyncio.gather(*(fleet.rate_limits.reserve(BOT, 5, per_s=0.1, burst=5) for _ in range(4)))
    # The first five may follow each other at once; then there is one in ten seconds.
    for wait_s, expected_s in zip(sorted(one.wait_s for one in reserved), (-50, 0, 50, 100), strict=True):
        assert wait_s == pytest.approx(expected_s, abs=9)


async def test_single_bot_and_fleet_exclude_each_other(url: str) -> None:
    fleets = [await open_fleet(url, WORKER, pool_size=2) for _ in range(2)]
    with pytest.raises(StoreInUse):
        await open_store(url, is_bot=True)
    for fleet in fleets:
        await fleet.store.close()
    bot = await open_store(url, is_bot=True)
    with pytest.raises(StoreInUse, match="runs alone"):
        await open_fleet(url, WORKER)
    await bot.close()


async def test_claims_of_a_dead_member_are_released(fleet: Fleet, url: str) -> None:
    dying = await open_fleet(url, WORKER, pool_size=2)
    subscription = Subscription(ChatRef(7), (time(7, 0),), "Asia/Jakarta")
    await fleet.store.subscriptions.put(subscription, next_due_at=NOW, now=NOW)
    claim: dict[str, Any] = {"lease_until": NOW + timedelta(minutes=5), "limit": 9}
    await dying.store.deliveries.create_due(now=NOW, limit=9, next_due=lambda _: None)
    assert len(await dying.store.deliveries.claim(now=NOW, **claim)) == 1
    assert await fleet.members.gone() == frozenset()
    assert await fleet.store.deliveries.claim(now=NOW, **claim) == ()
    await dying.store.close()
    async with asyncio.timeout(20):
        # The server needs a moment to see that a connection ended.
        while not (gone := await fleet.members.gone()):  # noqa: ASYNC110  (the server sends no signal)
            await asyncio.sleep(0.01)
    (owner,) = gone
    assert await fleet.members.release([owner], now=NOW) == 1
    assert await fleet.members.gone() == frozenset()
    assert len(await fleet.store.deliveries.claim(now=NOW, **claim)) == 1


async def test_ages_of_ticks_are_shared_and_shown_while_a_worker_runs(fleet: Fleet, url: str) -> None:
    await fleet.members.record_ticks(["digests", "alerts"])
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE fleet.ticks SET ended_at = now() - interval '90 seconds'")
    await fleet.members.record_ticks(["alerts"])
    ages_s = await fleet.members.tick_ages_s()
    assert ages_s.keys() == {"alerts", "digests"}
    assert ages_s["digests"] - 60 > ages_s["alerts"] >= 0
    assert (await examine_server(url, pool_size=2)).tick_ages_s.keys() == {"alerts", "digests"}
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE fleet.members SET kind = 'web'")
    assert (await examine_server(url, pool_size=2)).tick_ages_s == {}


async def test_concurrent_starts_create_the_tables_once(postgres_server: str) -> None:
    with new_database(postgres_server) as url:
        fleets = await asyncio.gather(*(open_fleet(url, WORKER, pool_size=2) for _ in range(4)))
        for fleet in fleets:
            await fleet.store.close()
        with psycopg.connect(url) as connection:
            connection.execute("INSERT INTO fleet.steps VALUES ('f999_tomorrow')")
            connection.execute("SELECT count(*) FROM jobs.procrastinate_jobs")
            connection.commit()
        with pytest.raises(StoreTooNew, match="newer version"):
            await open_fleet(url, WORKER)


LIVING = " ".join(["SELECT count(*) FROM fleet.members m WHERE", is_alive("m.owner")])
OLD, NEW = Membership("worker", "1.4", 7), Membership("web", "1.5", 7)
NEXT = Membership("worker", "2.0", 8)


@pytest.mark.parametrize(
    ("ours", "newest", "others", "error", "words"),
    [
        (OLD, None, (), None, ""),
        # Versions of one format are side by side, while one after the other is replaced.
        (NEW, (7, "1.4"), (OLD,), None, ""),
        (OLD, (7, "1.5"), (NEW,), None, ""),
        # The next format begins when the last of the older has ended, and then none of those comes back.
        (NEXT, (7, "1.5"), (OLD, NEW), StoreInUse, "2 of the workers and receivers on db are of Ringkas 1.4 and 1.5"),
        (NEXT, (7, "1.5"), (), None, ""),
        (OLD, (8, "2.0"), (NEXT,), StoreTooNew, "the jobs on db are of Ringkas 2.0, and this is 1.4"),
        (NEW, (8, "2.0"), (), StoreTooNew, "update this process"),
        (NEXT, (8, "2.0"), (NEXT,), None, ""),
    ],
)
def test_member_compatibility(
    ours: Membership,
    newest: tuple[int, str] | None,
    others: tuple[Membership, ...],
    error: type[Exception] | None,
    words: str,
) -> None:
    alive = [LiveMember(f"m{number}:1:a", other.version, other.job_format) for number, other in enumerate(others)]
    found = check_compatible(ours, newest, alive, "db")
    assert (type(found) if found is not None else None) is error
    assert words in str(found or "")


async def test_rolling_update_within_one_job_format(postgres_server: str) -> None:
    with new_database(postgres_server) as url:
        first = await open_fleet(url, replace(WORKER, version="1.4"), pool_size=2)
        second = await open_fleet(url, replace(WORKER, version="1.5"), pool_size=2)
        await first.store.close()
        with psycopg.connect(url, autocommit=True) as server:
            async with asyncio.timeout(20):
                # The server needs a moment to notice that a connection ended.
                while server.execute(LIVING.encode()).fetchone() != (1,):  # noqa: ASYNC110  (it sends no event)
                    await asyncio.sleep(0.01)
        newer = replace(WORKER, version="2.0", job_format=8)
        with pytest.raises(StoreInUse, match=r"of Ringkas 1\.5, which can't do the jobs of 2\.0"):
            await open_fleet(url, newer, pool_size=2)
        await second.store.close()
        third = await open_fleet(url, newer, pool_size=2)
        with pytest.raises(StoreTooNew, match=r"of Ringkas 2\.0, and this is 1\.0"):
            await open_fleet(url, WORKER, pool_size=2)
        await third.store.close()


async def test_newer_job_format_migrates_nothing_while_older_members_run(
    postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_database(postgres_server) as url:
        older = await open_fleet(url, WORKER, pool_size=2)
        monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, Step("m999_breaks", "DROP TABLE search_words", "")))
        with pytest.raises(StoreInUse):
            await open_fleet(url, replace(WORKER, job_format=8), pool_size=2)
        with psycopg.connect(url) as connection:
            connection.execute("SELECT count(*) FROM search_words")
        await older.store.close()


async def test_a_fleet_needs_postgresql() -> None:
    with pytest.raises(InvalidSettings, match="ringkas run"):
        await open_fleet("sqlite:///ringkas.db", WORKER)
