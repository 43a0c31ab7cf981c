"""A file too large for one machine: whoever reads it hands out chunks of its lines, and workers summarise them.

A chunk is a row for as long as it is worked on, and there are never many: a file of any size streams through.
"""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from summaries.articles.batch import as_text, failed_line, pack, summarize_chunk, unpack
from summaries.errors import StoreBusy, StoreUnreachable, TooCostly

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from summaries.model import Chunk, DoneChunk, Length
    from summaries.ports import CorpusStore, MemberStore, Offload

T = TypeVar("T")

# A chunk is some tenths of a second of work: less would cost more in the database than it is worth.
LINES_A_CHUNK, BYTES_A_CHUNK = 128, 512 * 1024
# So much is handed out at once: enough for some hundred processes, and little for the database.
CHUNKS_AHEAD, BYTES_AHEAD = 512, 64 * 1024 * 1024
TAKEN_AT_ONCE = 64
POLL_S = 0.1
LOOK_EVERY_S = 5.0
AGAIN_S = 1.0
# So long nothing comes back before it is asked whether any worker listens, and before the next chunks are handed out
# once more: jobs may be lost with a server whose last moments were.
QUIET_S, STUCK_S = 10.0, 60.0
STUCK_CHUNKS = 32
# A worker that takes longer for a chunk hangs, and one that died is known to have.
LEASE = timedelta(minutes=5)
UNWANTED_FOR = timedelta(minutes=15)
"""A corpus that nobody said is wanted for so long belongs to a reader that died."""


def chunks_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, packed in chunks: so many, or so many bytes, or a single line that is longer."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) == LINES_A_CHUNK or size + len(line) > BYTES_A_CHUNK):
            yield pack(chunk)
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield pack(chunk)


class CorpusWork:
    """What a worker does with a chunk."""

    def __init__(self, store: CorpusStore, offload: Offload) -> None:
        self._store = store
        self._offload = offload
        self._at_work: set[int] = set()

    async def summarise(self, chunk_id: int) -> None:
        """Summarise its lines, unless that is done, or somebody is at it."""
        if chunk_id in self._at_work:
            return
        self._at_work.add(chunk_id)
        try:
            if (chunk := await self._store.claim(chunk_id, lease=LEASE)) is not None:
                await self._store.answer(chunk_id, await self._answers(chunk))
        finally:
            self._at_work.discard(chunk_id)

    async def _answers(self, chunk: Chunk) -> bytes:
        try:
            return await self._offload(summarize_chunk, chunk.lines, chunk.length, chunk.method)
        except TooCostly:
            # One line must not cost the others theirs.
            done = [await self._alone(line, chunk) for line in unpack(chunk.lines)]
            return pack(line for answer in done for line in unpack(answer))

    async def _alone(self, line: bytes, chunk: Chunk) -> bytes:
        try:
            return await self._offload(summarize_chunk, pack([line]), chunk.length, chunk.method)
        except TooCostly:
            return pack([f"{failed_line(as_text(line))}\n".encode()])


class CorpusReader:
    """Hands chunks out, and gets the answers in the same order. What is away is waited for, and `say` hears of it once.

    `summarise` calls a worker for a chunk. What was given back is dropped with the next call: it is written by then.
    """

    def __init__(
        self,
        store: CorpusStore,
        members: MemberStore,
        summarise: Callable[[int], Awaitable[None]],
        *,
        queue: str,
        length: Length,
        method: str,
        say: Callable[[str], None],
        sleep: Callable[[float], Awaitable[None]],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._members = members
        self._summarise = summarise
        self._queue = queue
        self._length = length
        self._method = method
        self._say = say
        self._sleep = sleep
        self._clock_s = clock_s
        self._corpus_id: int | None = None
        self._position = 0
        # By position, in order, what is handed out: it may have to be once more.
        self._out: dict[int, bytes] = {}
        self._written: list[int] = []
        self._polled_s = self._looked_s = self._moved_s = clock_s()
        self._is_away = self._is_told = False

    @property
    def has_room(self) -> bool:
        """Whether more may be handed out."""
        return len(self._out) < CHUNKS_AHEAD and sum(map(len, self._out.values())) < BYTES_AHEAD

    @property
    def is_done(self) -> bool:
        """Whether all that was handed out came back."""
        return not self._out

    async def put(self, lines: bytes) -> None:
        """Hand one more chunk out."""
        if not self._out:
            self._moved_s = self._clock_s()
        position, self._position = self._position, self._position + 1
        self._out[position] = lines
        await self._hand_out(position)

    async def ready(self) -> list[bytes]:
        """The answers that are next, packed, as far as they are there; it asks for them now and then."""
        return await self._poll() if self._clock_s() - self._polled_s >= POLL_S else []

    async def next(self) -> list[bytes]:
        """The answers that are next; waits until there are some. Something is handed out."""
        while not (found := await self._poll()):
            await self._mind_quiet()
            await self._sleep(POLL_S)
        return found

    async def end(self) -> None:
        """Forget the corpus."""
        if self._corpus_id is not None:
            await self._store.end(self._corpus_id)

    async def _hand_out(self, position: int) -> None:
        while True:
            if self._corpus_id is None:
                await self._surely(partial(self._store.forget, unwanted_for=UNWANTED_FOR))
                self._corpus_id = await self._surely(partial(self._store.begin, self._length, self._method))
            corpus_id = self._corpus_id
            chunk_id = await self._surely(partial(self._store.put, corpus_id, position, self._out[position]))
            if chunk_id is not None:
                await self._surely(partial(self._summarise, chunk_id))
                return
            await self._begin_anew(but=position)

    async def _begin_anew(self, but: int | None = None) -> None:
        """The corpus was forgotten, as when this process was stopped for long: hand out anew what did not come back,
        `but` for what is handed out just now."""
        self._corpus_id = await self._surely(partial(self._store.begin, self._length, self._method))
        self._written = []
        for position in [at for at in self._out if at != but]:
            await self._hand_out(position)

    async def _poll(self) -> list[bytes]:
        now_s = self._clock_s()
        self._polled_s = now_s
        if (corpus_id := self._corpus_id) is None:
            return []
        if self._written:
            await self._surely(partial(self._store.drop, tuple(self._written)))
            self._written = []
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            if not await self._surely(partial(self._store.look, corpus_id)):
                await self._begin_anew()
                return []
        done = await self._surely(partial(self._store.take, corpus_id, limit=TAKEN_AT_ONCE))
        return [chunk.answers for chunk in self._in_order(done)]

    def _in_order(self, done: Iterable[DoneChunk]) -> Iterator[DoneChunk]:
        for chunk in done:
            if not self._out or chunk.position != next(iter(self._out)):
                return
            del self._out[chunk.position]
            self._written.append(chunk.id)
            self._moved_s = self._clock_s()
            self._is_told = False
            yield chunk

    async def _mind_quiet(self) -> None:
        quiet_s = self._clock_s() - self._moved_s
        if quiet_s >= QUIET_S and not self._is_told:
            self._is_told = True
            if not await self._surely(partial(self._members.listening, self._queue)):
                self._say(
                    f"no worker works on the queue {self._queue}: start `ringkas worker` on this database; this command"
                    " waits for it"
                )
        if quiet_s >= STUCK_S:
            self._moved_s = self._clock_s()
            for position in list(self._out)[:STUCK_CHUNKS]:
                await self._hand_out(position)

    async def _surely(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call returns, however long the database is away."""
        while True:
            try:
                result = await call()
            except (StoreUnreachable, StoreBusy) as error:
                if not self._is_away:
                    self._is_away = True
                    self._say(f"{error}; this command waits for it")
                await self._sleep(AGAIN_S)
            else:
                self._is_away = False
                return result
