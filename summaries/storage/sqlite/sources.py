"""The feeds that Ringkas reads, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import Source
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlite_utils

    from summaries.storage.sqlite.database import Database


class SqliteSourceStore:
    """Fulfils `ports.SourceStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sync(self, sources: Sequence[Source], *, now: datetime) -> None:
        def work(db: sqlite_utils.Database) -> None:
            for source in sources:
                db.execute(
                    "INSERT INTO sources (key, outlet, category, url, added_at) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT (key) DO UPDATE SET outlet = excluded.outlet, category = excluded.category,"
                    # Another address has other validators.
                    " etag = iif(url = excluded.url, etag, NULL),"
                    " last_modified = iif(url = excluded.url, last_modified, NULL), url = excluded.url",
                    [source.key, source.outlet, source.category, source.url, rows.moment(now)],
                )

        await self._database.write(work)

    async def all(self) -> tuple[Source, ...]:
        def work(db: sqlite_utils.Database) -> tuple[Source, ...]:
            found = db.execute("SELECT key, outlet, category, url FROM sources ORDER BY key")
            return tuple(Source(*row) for row in found)

        return await self._database.read(work)

    async def validators(self, key: str) -> tuple[str | None, str | None]:
        def work(db: sqlite_utils.Database) -> tuple[str | None, str | None]:
            found = db.execute("SELECT etag, last_modified FROM sources WHERE key = ?", [key]).fetchone()
            return (found[0], found[1]) if found else (None, None)

        return await self._database.read(work)

    async def record_success(self, key: str, *, etag: str | None, last_modified: str | None, now: datetime) -> None:
        await self._database.execute(
            "UPDATE sources SET etag = ?, last_modified = ?, last_success_at = ?, failures_in_a_row = 0 WHERE key = ?",
            [etag, last_modified, rows.moment(now), key],
        )

    async def record_failure(self, key: str, *, error: str, now: datetime) -> None:
        await self._database.execute(
            "UPDATE sources SET last_failure_at = ?, last_error = ?, failures_in_a_row = failures_in_a_row + 1"
            " WHERE key = ?",
            [rows.moment(now), error, key],
        )
