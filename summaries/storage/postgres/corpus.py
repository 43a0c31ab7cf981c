"""Lines of files too large for one machine, in PostgreSQL's schema `fleet`. By the server's clock alone: those of the
processes may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import Chunk, DoneChunk
from summaries.storage import values
from summaries.storage.postgres.advisory_lock import is_alive

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from summaries.model import Length
    from summaries.storage.postgres.database import Database

# A put that is repeated, as nobody knows whether the server stored it before it went away, finds its chunk.
PUT = """
INSERT INTO fleet.chunks (corpus_id, position, lines)
    SELECT id, %(position)s, %(lines)s FROM fleet.corpora WHERE id = %(corpus_id)s
    ON CONFLICT (corpus_id, position) DO UPDATE SET position = excluded.position RETURNING id
"""
CLAIM = f"""
UPDATE fleet.chunks c SET owner = %(owner)s, claimed_at = now() FROM fleet.corpora o
    WHERE c.id = %(id)s AND o.id = c.corpus_id AND c.answers IS NULL AND (
        c.owner IS NULL OR c.owner = %(owner)s OR c.claimed_at < now() - %(lease)s OR NOT {is_alive("c.owner")})
    RETURNING c.lines, o.length, o.method
"""
ANSWER = """
UPDATE fleet.chunks SET answers = %(answers)s, lines = NULL, owner = NULL WHERE id = %(id)s AND answers IS NULL
"""
TAKE = """
SELECT id, position, answers FROM fleet.chunks WHERE corpus_id = %(id)s AND answers IS NOT NULL AND NOT EXISTS (
        SELECT FROM fleet.chunks f
            WHERE f.corpus_id = %(id)s AND f.answers IS NULL AND f.position < chunks.position)
    ORDER BY position LIMIT %(limit)s
"""


class PostgresCorpusStore:
    """Fulfils `ports.CorpusStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, length: Length, method: str) -> int:
        made = "INSERT INTO fleet.corpora (length, method) VALUES (%s, %s) RETURNING id"
        return int(await self._database.write(lambda db: db.value(made, [length.code, method])))

    async def put(self, corpus_id: int, position: int, lines: bytes) -> int | None:
        wanted = {"corpus_id": corpus_id, "position": position, "lines": lines}
        found = await self._database.write(lambda db: db.value(PUT, wanted))
        return None if found is None else int(found)

    async def claim(self, chunk_id: int, *, lease: timedelta) -> Chunk | None:
        wanted = {"id": chunk_id, "owner": self._database.owner, "lease": lease}
        row = await self._database.write(lambda db: db.row(CLAIM, wanted))
        if row is None:
            return None
        return Chunk(bytes(row["lines"]), values.to_length(row["length"]), row["method"])

    async def answer(self, chunk_id: int, answers: bytes) -> bool:
        return bool(await self._database.run(ANSWER, {"id": chunk_id, "answers": answers}))

    async def take(self, corpus_id: int, *, limit: int) -> tuple[DoneChunk, ...]:
        rows = await self._database.rows(TAKE, {"id": corpus_id, "limit": limit})
        return tuple(DoneChunk(row["id"], row["position"], bytes(row["answers"])) for row in rows)

    async def drop(self, chunk_ids: Collection[int]) -> None:
        await self._database.run("DELETE FROM fleet.chunks WHERE id = ANY(%s)", [list(chunk_ids)])

    async def look(self, corpus_id: int) -> bool:
        return bool(await self._database.run("UPDATE fleet.corpora SET seen_at = now() WHERE id = %s", [corpus_id]))

    async def end(self, corpus_id: int) -> None:
        await self._database.run("DELETE FROM fleet.corpora WHERE id = %s", [corpus_id])

    async def forget(self, *, unwanted_for: timedelta) -> int:
        return await self._database.run("DELETE FROM fleet.corpora WHERE seen_at < now() - %s", [unwanted_for])
