"""A corpus store in memory, which passes the contract of `ports.CorpusStore`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from summaries.model import Chunk, DoneChunk, Length


@dataclass(slots=True)
class _Corpus:
    length: Length
    method: str
    unwanted_for: timedelta = timedelta()


@dataclass(slots=True)
class _Row:
    corpus_id: int
    position: int
    lines: bytes
    answers: bytes | None = None


@dataclass(slots=True)
class MemoryCorpusStore:
    """For one member, so no claim is another's."""

    corpora: dict[int, _Corpus] = field(default_factory=dict)
    rows: dict[int, _Row] = field(default_factory=dict)
    numbers: int = 0

    def age(self, by: timedelta) -> None:
        """Let time go on."""
        for corpus in self.corpora.values():
            corpus.unwanted_for += by

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    async def begin(self, length: Length, method: str) -> int:
        number = self._number()
        self.corpora[number] = _Corpus(length, method)
        return number

    async def put(self, corpus_id: int, position: int, lines: bytes) -> int | None:
        if corpus_id not in self.corpora:
            return None
        for chunk_id, row in self.rows.items():
            if (row.corpus_id, row.position) == (corpus_id, position):
                return chunk_id
        number = self._number()
        self.rows[number] = _Row(corpus_id, position, lines)
        return number

    async def claim(self, chunk_id: int, *, lease: timedelta) -> Chunk | None:
        row = self.rows.get(chunk_id)
        if row is None or row.answers is not None:
            return None
        corpus = self.corpora[row.corpus_id]
        return Chunk(row.lines, corpus.length, corpus.method)

    async def answer(self, chunk_id: int, answers: bytes) -> bool:
        row = self.rows.get(chunk_id)
        if row is None or row.answers is not None:
            return False
        row.answers = answers
        return True

    async def take(self, corpus_id: int, *, limit: int) -> tuple[DoneChunk, ...]:
        mine = [(row.position, number) for number, row in self.rows.items() if row.corpus_id == corpus_id]
        found: list[DoneChunk] = []
        for position, number in sorted(mine)[:limit]:
            answers = self.rows[number].answers
            if answers is None:
                break
            found.append(DoneChunk(number, position, answers))
        return tuple(found)

    async def drop(self, chunk_ids: Collection[int]) -> None:
        for number in chunk_ids:
            self.rows.pop(number, None)

    async def look(self, corpus_id: int) -> bool:
        if corpus_id in self.corpora:
            self.corpora[corpus_id].unwanted_for = timedelta()
        return corpus_id in self.corpora

    async def end(self, corpus_id: int) -> None:
        self.corpora.pop(corpus_id, None)
        self.rows = {number: row for number, row in self.rows.items() if row.corpus_id != corpus_id}

    async def forget(self, *, unwanted_for: timedelta) -> int:
        old = [number for number, corpus in self.corpora.items() if corpus.unwanted_for > unwanted_for]
        for number in old:
            await self.end(number)
        return len(old)
