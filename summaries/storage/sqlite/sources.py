"""The feeds that Ringkas reads, in SQLite."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from summaries.model import PollState, Source, SourceOrigin, StoredSource
from summaries.storage import values
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
                sync_source(db, source, now)

        await self._database.write(work)

    async def all(self) -> tuple[StoredSource, ...]:
        return await self._database.read(lambda db: fetch(db, "ORDER BY key"))

    async def failing_outlets(self) -> tuple[str, ...]:
        failing = "SELECT outlet FROM sources WHERE is_active GROUP BY outlet HAVING min(failures_in_a_row) > 0"
        return await self._database.read(lambda db: tuple(sorted(outlet for (outlet,) in db.execute(failing))))

    async def find(self, name: str) -> StoredSource | None:
        def work(db: sqlite_utils.Database) -> StoredSource | None:
            found = fetch(db, "WHERE key = ? OR url = ? ORDER BY key = ? DESC LIMIT 1", name, name, name)
            return found[0] if found else None

        return await self._database.read(work)

    async def add(self, source: Source, *, now: datetime) -> tuple[StoredSource, bool]:
        def work(db: sqlite_utils.Database) -> tuple[StoredSource, bool]:
            if found := fetch(db, "WHERE url = ?", source.url):
                key, is_new = found[0].source.key, False
                switch_on(db, key, now)
                hosts = values.with_hosts(found[0].source, source.hosts).hosts
                db.execute("UPDATE sources SET hosts = ? WHERE key = ?", [rows.encode(list(hosts)), key])
            else:
                key, is_new = free_key(db, source.key), True
                insert(db, replace(source, key=key), now)
            return fetch(db, "WHERE key = ?", key)[0], is_new

        return await self._database.write(work)

    async def switch_on(self, key: str, *, now: datetime) -> bool:
        return await self._database.write(lambda db: switch_on(db, key, now))

    async def remove(self, key: str) -> bool:
        def work(db: sqlite_utils.Database) -> bool:
            switched = db.execute("UPDATE sources SET is_active = 0 WHERE key = ? AND origin = 'catalogue'", [key])
            deleted = db.execute("DELETE FROM sources WHERE key = ? AND origin = 'admin'", [key])
            return switched.rowcount + deleted.rowcount > 0

        return await self._database.write(work)

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, latest: datetime | None = None
    ) -> tuple[StoredSource, ...]:
        def work(db: sqlite_utils.Database) -> tuple[StoredSource, ...]:
            due = (
                "WHERE is_active AND (next_check_at IS NULL OR next_check_at <= ? OR next_check_at > ?)"
                " ORDER BY next_check_at, key LIMIT ?"
            )
            found = fetch(db, due, rows.moment(now), rows.optional_moment(latest), limit)
            return lease(db, found, lease_until)

        return await self._database.write(work)

    async def claim_all(self, *, lease_until: datetime) -> tuple[StoredSource, ...]:
        return await self._database.write(lambda db: lease(db, fetch(db, "WHERE is_active ORDER BY key"), lease_until))

    async def record_result(self, source: Source, state: PollState) -> None:
        columns = rows.encoded(values.state_columns(state))
        is_active = columns.pop("is_active")
        changes = ", ".join(f"{name} = ?" for name in columns)
        await self._database.execute(
            f"UPDATE sources SET {changes}, is_active = is_active AND ? WHERE key = ? AND url = ?",
            [*columns.values(), is_active, source.key, source.url],
        )


def sync_source(db: sqlite_utils.Database, source: Source, now: datetime) -> None:
    """Add or change one source of the catalogue; see `ports.SourceStore.sync`."""
    namesakes = fetch(db, "WHERE key = ? OR url = ?", source.key, source.url)
    if any(n.source.key != source.key or n.source.origin is SourceOrigin.ADMIN for n in namesakes):
        return
    if not namesakes:
        insert(db, source, now)
        return
    # Hosts that the operator named stay.
    columns = rows.encoded(values.source_columns(values.with_hosts(source, namesakes[0].source.hosts)))
    if namesakes[0].source.url != source.url:
        # Another address is another document: nothing that was learnt of the old one holds.
        columns |= rows.encoded(values.state_columns(PollState(is_active=namesakes[0].state.is_active)))
    db.table("sources").update(source.key, columns)


def insert(db: sqlite_utils.Database, source: Source, now: datetime) -> None:
    db.table("sources").insert(rows.encoded(values.source_columns(source)) | {"added_at": rows.moment(now)}, pk="key")


def switch_on(db: sqlite_utils.Database, key: str, now: datetime) -> bool:
    changed = db.execute(
        "UPDATE sources SET is_active = 1, failures_in_a_row = 0, next_check_at = ? WHERE key = ?",
        [rows.moment(now), key],
    )
    return changed.rowcount > 0


def free_key(db: sqlite_utils.Database, wanted: str) -> str:
    """The wanted key, or with the first number behind it that no other source has."""
    taken = {key for (key,) in db.execute("SELECT key FROM sources WHERE key LIKE ?", [f"{wanted}%"])}
    candidates = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(key for key in candidates if key not in taken)


def lease(
    db: sqlite_utils.Database, claimed: tuple[StoredSource, ...], lease_until: datetime
) -> tuple[StoredSource, ...]:
    for stored in claimed:
        db.execute("UPDATE sources SET next_check_at = ? WHERE key = ?", [rows.moment(lease_until), stored.source.key])
    return claimed


def fetch(db: sqlite_utils.Database, which: str, *wanted: Any) -> tuple[StoredSource, ...]:
    return tuple(map(values.to_stored_source, rows.fetch_all(db.execute(f"SELECT * FROM sources {which}", wanted))))
