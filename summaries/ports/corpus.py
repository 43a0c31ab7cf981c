"""Lines of files too large for one machine, on their way to workers and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from summaries.model import Chunk, DoneChunk, Length


class CorpusStore(Protocol):
    """Corpora, each in chunks of lines. Whoever reads the file puts them here, takes the answers in order and drops
    them, so that there are never many; what nobody takes is forgotten."""

    async def begin(self, length: Length, method: str) -> int:
        """The number of a new corpus, which is to be summarised so."""
        ...

    async def put(self, corpus_id: int, position: int, lines: bytes) -> int | None:
        """Store a chunk, unless it is there already; its id, or None where the corpus was forgotten."""
        ...

    async def claim(self, chunk_id: int, *, lease: timedelta) -> Chunk | None:
        """What is to be summarised. None where it was done, dropped or forgotten, and where another member that lives
        claimed it within the lease."""
        ...

    async def answer(self, chunk_id: int, answers: bytes) -> bool:
        """Store the answers; False where nobody wants them any more, or where they are there."""
        ...

    async def take(self, corpus_id: int, *, limit: int) -> tuple[DoneChunk, ...]:
        """The chunks with answers that come before the first without, in order. They stay until they are dropped."""
        ...

    async def drop(self, chunk_ids: Collection[int]) -> None:
        """The answers were written."""
        ...

    async def look(self, corpus_id: int) -> bool:
        """Tell that the corpus is still wanted; False where it was forgotten."""
        ...

    async def end(self, corpus_id: int) -> None:
        """Forget the corpus, and all that is left of it."""
        ...

    async def forget(self, *, unwanted_for: timedelta) -> int:
        """Forget what nobody said is wanted for so long; tell how many corpora."""
        ...
