"""A file handed out in chunks: the answers come in order, each once, whatever is away meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fleet import corpus_jobs as corpus
from bot.fleet.corpus_jobs import BYTES_A_CHUNK, LINES_A_CHUNK, QUIET_S, STUCK_S, CorpusReader, CorpusWork, chunks_of
from summaries.articles.batch import as_text, pack, summarize_chunk, summarize_line, unpack
from summaries.errors import StoreError, StoreInUse, StoreUnreachable, TooCostly
from summaries.model import MEDIUM
from tests.memory_corpus import MemoryCorpusStore

TEXT = (
    "Bogor, Kabar Desa -- Harga kedelai di pasar induk turun menjadi Rp9.000 per kilogram pada Senin pagi. "
    "Pedagang mencatat pasokan bertambah sejak pekan lalu setelah dua kapal bersandar. "
    "Perajin tempe menyambut baik penurunan itu karena ongkos produksi ikut berkurang. "
    "Dinas Perdagangan memperkirakan harga bertahan hingga akhir bulan depan. (rhm)"
)
LINES = [
    json.dumps({"id": 1, "title": "Harga Kedelai", "text": TEXT}).encode() + b"\n",
    b"{rusak\n",
    b'{"id": "\xff\xfe", "text": "Pendek."}\r\n',
    b'{"id": "a\x00b"}\n',
    b'{"id": "\\ud800", "text": 5}\n',
    '{"id": "\u2028\x0c\x85", "text": ""}\n'.encode(),
    json.dumps({"id": 2, "text": TEXT}).encode(),
]


@given(st.lists(st.binary(min_size=1, max_size=60).map(lambda line: line.replace(b"\n", b"") + b"\n"), max_size=99))
def test_lines_are_packed_and_unpacked_as_they_were(lines: list[bytes]) -> None:
    chunks = [unpack(chunk) for chunk in chunks_of(lines)]
    assert [line for chunk in chunks for line in chunk] == lines
    assert all(len(chunk) <= LINES_A_CHUNK for chunk in chunks)


def test_a_chunk_is_bounded_in_bytes_too() -> None:
    lines = [b"x" * (BYTES_A_CHUNK // 3) + b"\n" for _ in range(7)]
    lines.insert(3, b"y" * (3 * BYTES_A_CHUNK) + b"\n")
    sizes = [len(unpack(chunk)) for chunk in chunks_of(lines)]
    assert sizes == [2, 1, 1, 2, 2]


def test_a_chunks_answers_are_those_of_its_lines() -> None:
    alone = [f"{summarize_line(as_text(line), MEDIUM, 'lead')}\n".encode() for line in LINES]
    (chunk,) = chunks_of(LINES)
    assert unpack(summarize_chunk(chunk, MEDIUM, "lead")) == alone


class Away:
    """A store that is away as often as it is told to be."""

    def __init__(self, store: MemoryCorpusStore) -> None:
        self._store = store
        self.failures = 0
        self.error: StoreError = StoreUnreachable("the server does not answer")

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        async def perhaps(*args: Any, **kwargs: Any) -> Any:
            if self.failures:
                self.failures -= 1
                raise self.error
            return await call(*args, **kwargs)

        return perhaps


class Members:
    """So many workers listen."""

    def __init__(self) -> None:
        self.count = 1

    async def listening(self, queue: str) -> int:
        assert queue == "corpus"
        return self.count

    async def gone(self) -> frozenset[str]:
        return frozenset()

    async def release(self, owners: Collection[str], *, now: datetime) -> int:
        return 0


class Stage:
    """A reader and the worker that it calls, in a time of their own."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.memory = MemoryCorpusStore()
        self.store: Any = Away(self.memory)
        self.members = Members()
        self.called: list[int] = []
        self.said: list[str] = []
        self.on_sleep: Callable[[], None] = lambda: None
        self.reader = CorpusReader(
            self.store,
            self.members,
            self.call,
            queue="corpus",
            length=MEDIUM,
            method="lead",
            say=self.said.append,
            sleep=self.sleep,
            clock_s=lambda: self.now_s,
        )

    async def call(self, chunk_id: int) -> None:
        self.called.append(chunk_id)

    async def sleep(self, seconds: float) -> None:
        assert self.now_s < 10_000, "nothing comes back"
        self.now_s += seconds
        self.memory.age(timedelta(seconds=seconds))
        self.on_sleep()
        await asyncio.sleep(0)

    async def work(self, *numbers: int) -> None:
        """Answer what was called for, by the order of the calls."""
        for number in numbers or range(len(self.called)):
            chunk = await self.memory.claim(self.called[number], lease=timedelta(0))
            if chunk is not None:
                await self.memory.answer(self.called[number], b"answered " + chunk.lines)

    async def put(self, *chunks: bytes) -> None:
        for chunk in chunks:
            await self.reader.put(chunk)


async def test_answers_come_in_the_order_of_the_lines_and_are_dropped_when_written() -> None:
    stage = Stage()
    await stage.put(b"a", b"b", b"c")
    await stage.work(2, 1)
    stage.now_s += 1
    assert await stage.reader.ready() == []
    await stage.work(0)
    # It is asked for now and then, not each time.
    assert await stage.reader.ready() == []
    assert await stage.reader.next() == [b"answered a", b"answered b", b"answered c"]
    assert stage.reader.is_done
    # Only with the next call is it known that they were written.
    assert len(stage.memory.rows) == 3
    stage.now_s += 1
    assert await stage.reader.ready() == []
    assert stage.memory.rows == {}
    await stage.reader.end()
    assert stage.memory.corpora == {}


async def test_little_is_out_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    monkeypatch.setattr(corpus, "CHUNKS_AHEAD", 2)
    rooms = [stage.reader.has_room]
    for lines in (b"a", b"b"):
        await stage.put(lines)
        rooms.append(stage.reader.has_room)
    await stage.work(0)
    assert await stage.reader.next() == [b"answered a"]
    rooms.append(stage.reader.has_room)
    monkeypatch.setattr(corpus, "BYTES_AHEAD", 1)
    assert [*rooms, stage.reader.has_room] == [True, True, False, True, False]


async def test_a_database_that_is_away_is_waited_for() -> None:
    stage = Stage()
    stage.store.failures = 3
    await stage.put(b"a")
    assert stage.said == ["the server does not answer; this command waits for it"]
    await stage.work()
    stage.store.failures = 2
    assert await stage.reader.next() == [b"answered a"]
    assert len(stage.said) == 2
    assert stage.called == [2]


async def test_what_waiting_does_not_mend_ends_it() -> None:
    stage = Stage()
    stage.store.failures, stage.store.error = 1, StoreInUse("a bot runs alone")
    with pytest.raises(StoreInUse):
        await stage.put(b"a")


async def test_it_is_said_once_that_nobody_listens() -> None:
    stage = Stage()
    await stage.put(b"a", b"b")
    stage.members.count = 0

    def begin_late() -> None:
        if stage.now_s > 3 * QUIET_S:
            for number in list(stage.memory.rows):
                stage.memory.rows[number].answers = b"late"

    stage.on_sleep = begin_late
    assert await stage.reader.next() == [b"late", b"late"]
    (line,) = stage.said
    assert "no worker works on the queue corpus: start `ringkas worker`" in line


async def test_nothing_is_said_while_somebody_listens() -> None:
    stage = Stage()
    await stage.put(b"a")

    def slowly() -> None:
        if stage.now_s > 4 * QUIET_S:
            for row in stage.memory.rows.values():
                row.answers = b"slow"

    stage.on_sleep = slowly
    assert await stage.reader.next() == [b"slow"]
    assert stage.said == []


async def test_a_job_that_was_lost_is_called_for_again() -> None:
    stage = Stage()
    await stage.put(b"a", b"b")
    calls = len(stage.called)

    def answer_new_calls() -> None:
        for number in stage.called[calls:]:
            stage.memory.rows[number].answers = b"at last"

    stage.on_sleep = answer_new_calls
    assert await stage.reader.next() == [b"at last", b"at last"]
    assert STUCK_S <= stage.now_s < 2 * STUCK_S
    # The same rows, called for once more.
    assert stage.called == [2, 3, 2, 3]


async def test_a_corpus_that_was_forgotten_is_handed_out_anew() -> None:
    stage = Stage()
    await stage.put(b"a", b"b")
    await stage.work(0)
    assert await stage.reader.next() == [b"answered a"]
    await stage.memory.end(1)
    # As after a night's sleep of the machine. The next chunk finds it out.
    await stage.put(b"c")
    await stage.work()
    assert await stage.reader.next() == [b"answered b", b"answered c"]
    await stage.memory.end(max(stage.memory.corpora))
    await stage.put(b"d")
    assert stage.reader.is_done is False
    await stage.memory.end(max(stage.memory.corpora))
    stage.on_sleep = lambda: None

    async def later() -> None:
        while True:
            await asyncio.sleep(0)
            await stage.work()

    working = asyncio.create_task(later())
    # So does looking, where nothing more is handed out.
    assert await stage.reader.next() == [b"answered d"]
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_a_corpus_is_found_forgotten_when_chunks_are_handed_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "STUCK_CHUNKS", 1)
    stage = Stage()
    await stage.put(b"a", b"b", b"c")
    # Between a look and the next.
    await stage.memory.end(1)
    stage.reader._looked_s = stage.now_s = 2 * STUCK_S
    await stage.reader._mind_quiet()
    await stage.work()
    assert await stage.reader.next() == [b"answered a", b"answered b", b"answered c"]


async def here(work: Callable[..., bytes], *args: Any) -> bytes:
    return work(*args)


async def test_a_worker_answers_each_chunk_once() -> None:
    memory = MemoryCorpusStore()
    corpus_id = await memory.begin(MEDIUM, "lead")
    (chunk,) = chunks_of(LINES)
    chunk_id = await memory.put(corpus_id, 0, chunk)
    assert chunk_id is not None
    done: list[bytes] = []

    async def offload(work: Callable[..., bytes], *args: Any) -> bytes:
        # The same job, given out twice, finds the first at work.
        await asyncio.gather(doing.summarise(chunk_id))
        done.append(work(*args))
        return done[-1]

    doing = CorpusWork(memory, offload)  # type: ignore[arg-type]
    await doing.summarise(chunk_id)
    await doing.summarise(chunk_id)
    await doing.summarise(chunk_id + 99)
    assert done == [summarize_chunk(chunk, MEDIUM, "lead")]
    (taken,) = await memory.take(corpus_id, limit=9)
    assert taken.answers == done[0]


async def test_a_line_that_costs_too_much_costs_the_others_nothing() -> None:
    memory = MemoryCorpusStore()
    corpus_id = await memory.begin(MEDIUM, "lead")
    (chunk,) = chunks_of(LINES)
    chunk_id = await memory.put(corpus_id, 0, chunk)
    assert chunk_id is not None

    async def offload(work: Callable[..., bytes], packed: bytes, *args: Any) -> bytes:
        if LINES[0] in unpack(packed):
            raise TooCostly("it took longer than 30 s")
        return work(packed, *args)

    await CorpusWork(memory, offload).summarise(chunk_id)  # type: ignore[arg-type]
    (taken,) = await memory.take(corpus_id, limit=9)
    alone = [unpack(summarize_chunk(pack([line]), MEDIUM, "lead"))[0] for line in LINES]
    assert unpack(taken.answers) == [b'{"id": 1, "refused": "failed"}\n', *alone[1:]]


async def test_a_chunk_that_fails_is_left_for_the_next_try() -> None:
    memory = MemoryCorpusStore()
    corpus_id = await memory.begin(MEDIUM, "lead")
    chunk_id = await memory.put(corpus_id, 0, pack([b"x\n"]))
    assert chunk_id is not None

    async def fail(*_: Any) -> bytes:
        raise StoreUnreachable("gone")

    work = CorpusWork(memory, fail)  # type: ignore[arg-type]
    with pytest.raises(StoreUnreachable):
        await work.summarise(chunk_id)
    work._offload = here  # type: ignore[assignment]
    await work.summarise(chunk_id)
    assert len(await memory.take(corpus_id, limit=9)) == 1
