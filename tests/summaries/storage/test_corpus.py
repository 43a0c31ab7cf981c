"""Chunks of a file on their way to workers and back, in PostgreSQL and in the fake that other tests use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest

from summaries.model import MEDIUM, Chunk, Length, Membership
from summaries.ports import CorpusStore
from summaries.storage import open_fleet
from tests.memory_corpus import MemoryCorpusStore
from tests.postgres_server import new_database

WORKER = Membership("worker", "1.0", 7, ("corpus",))
LEASE = timedelta(minutes=5)
# What text columns can't keep.
HOSTILE = b"{\x00\xff\xfe \\u0000 \xed\xa0\x80}\n"


@dataclass(frozen=True, slots=True)
class Place:
    """A store, and how time goes on in it."""

    store: CorpusStore
    age: Callable[[timedelta], None]


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture(params=["memory", "postgres"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    if request.param == "memory":
        memory = MemoryCorpusStore()
        yield Place(memory, memory.age)
        return
    url: str = request.getfixturevalue("url")
    opened = await open_fleet(url, WORKER, pool_size=2)

    def age(by: timedelta) -> None:
        with psycopg.connect(url) as server:
            server.execute("UPDATE fleet.corpora SET seen_at = seen_at - %s", [by])

    yield Place(opened.corpus, age)
    with psycopg.connect(url) as server:
        server.execute("DELETE FROM fleet.corpora")
    await opened.store.close()


async def put(store: CorpusStore, corpus_id: int, position: int, lines: bytes = b"x") -> int:
    chunk_id = await store.put(corpus_id, position, lines)
    assert chunk_id is not None
    return chunk_id


async def test_a_chunk_goes_out_and_its_answers_come_back(place: Place) -> None:
    store = place.store
    corpus_id = await store.begin(Length(sentences=2), "lead")
    chunk_id = await put(store, corpus_id, 0, HOSTILE)
    assert await store.claim(chunk_id, lease=LEASE) == Chunk(HOSTILE, Length(sentences=2), "lead")
    assert await store.take(corpus_id, limit=9) == ()
    assert await store.answer(chunk_id, HOSTILE * 2)
    # Whoever is late changes nothing.
    assert not await store.answer(chunk_id, b"late")
    assert await store.claim(chunk_id, lease=LEASE) is None
    for _ in range(2):
        (done,) = await store.take(corpus_id, limit=9)
        assert (done.id, done.position, done.answers) == (chunk_id, 0, HOSTILE * 2)
    await store.drop([chunk_id])
    assert await store.take(corpus_id, limit=9) == ()
    assert not await store.answer(chunk_id, b"later")


async def test_answers_are_taken_in_order(place: Place) -> None:
    store = place.store
    corpus_id, other = await store.begin(MEDIUM, "lead"), await store.begin(MEDIUM, "lead")
    ids = [await put(store, corpus_id, position) for position in range(5)]
    await put(store, other, 0)
    for number in (4, 1, 3):
        await store.answer(ids[number], b"%d" % number)
    assert await store.take(corpus_id, limit=9) == ()
    await store.answer(ids[0], b"0")
    assert [done.position for done in await store.take(corpus_id, limit=9)] == [0, 1]
    assert [done.position for done in await store.take(corpus_id, limit=1)] == [0]
    await store.drop(ids[:2])
    await store.answer(ids[2], b"2")
    assert [done.answers for done in await store.take(corpus_id, limit=9)] == [b"2", b"3", b"4"]


async def test_what_is_put_twice_is_there_once(place: Place) -> None:
    corpus_id = await place.store.begin(MEDIUM, "lead")
    first = await put(place.store, corpus_id, 0, b"eins")
    assert await put(place.store, corpus_id, 0, b"eins") == first
    await place.store.answer(first, b"done")
    assert await put(place.store, corpus_id, 0, b"eins") == first
    assert len(await place.store.take(corpus_id, limit=9)) == 1


async def test_what_nobody_wants_is_forgotten(place: Place) -> None:
    store = place.store
    left, wanted = await store.begin(MEDIUM, "lead"), await store.begin(MEDIUM, "lead")
    chunk_id = await put(store, left, 0)
    place.age(timedelta(minutes=20))
    assert await store.look(wanted)
    assert await store.forget(unwanted_for=timedelta(minutes=15)) == 1
    assert not await store.look(left)
    assert await store.put(left, 1, b"x") is None
    assert await store.claim(chunk_id, lease=LEASE) is None
    assert await store.look(wanted)
    await store.end(wanted)
    assert not await store.look(wanted)


async def test_one_member_at_a_time_is_at_a_chunk(url: str) -> None:
    first, second = [await open_fleet(url, WORKER, pool_size=2) for _ in range(2)]
    corpus_id = await first.corpus.begin(MEDIUM, "lead")
    chunk_id = await put(first.corpus, corpus_id, 0)
    assert await first.corpus.claim(chunk_id, lease=LEASE) is not None
    assert await second.corpus.claim(chunk_id, lease=LEASE) is None
    # Its own it may have again, and what hangs for longer than its lease is another's.
    assert await first.corpus.claim(chunk_id, lease=LEASE) is not None
    assert await second.corpus.claim(chunk_id, lease=timedelta(0)) is not None
    assert await first.corpus.claim(chunk_id, lease=LEASE) is None
    await second.store.close()
    async with asyncio.timeout(20):
        # The server needs a moment to see that a connection ended.
        while await first.corpus.claim(chunk_id, lease=LEASE) is None:  # noqa: ASYNC110  (the server tells nobody)
            await asyncio.sleep(0.01)
    await first.store.close()
