"""The feeds and sitemaps that Ringkas reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import count
from typing import Any

from summaries.model import PollState, Source, SourceOrigin, StoredSource
from summaries.storage import values
from summaries.storage.sql.session import Session, SqlStore, assignments, insertion, writes

# Sources that list this address, the one that prefers it first.
BY_ADDRESS = (
    "(url = %(name)s OR %(name)s = ANY(sources.alternatives))"
    " ORDER BY key = %(name)s DESC, url = %(name)s DESC, key LIMIT 1"
)
SWITCH_ON = "UPDATE sources SET is_active = true, failures_in_a_row = 0, next_check_at = %s WHERE key = %s"


class SourceRows(SqlStore):
    """Implements `ports.SourceStore`."""

    @writes
    async def sync(self, db: Session, sources: Sequence[Source], *, now: datetime) -> None:
        await db.lock("sources")
        for source in sources:
            await sync_source(db, source, now)

    async def all(self) -> tuple[StoredSource, ...]:
        return tuple(map(values.to_stored_source, await self.database.rows("SELECT * FROM sources ORDER BY key")))

    async def find(self, name: str) -> StoredSource | None:
        found = await self.database.row(f"SELECT * FROM sources WHERE key = %(name)s OR {BY_ADDRESS}", {"name": name})
        return values.to_stored_source(found) if found else None

    @writes
    async def add(self, db: Session, source: Source, *, now: datetime) -> tuple[StoredSource, bool]:
        await db.lock("sources")
        if row := await db.row(f"SELECT * FROM sources WHERE {BY_ADDRESS}", {"name": source.url}):
            known = values.to_stored_source(row).source
            key, is_new = known.key, False
            await db.run(SWITCH_ON, [now, key])
            hosts = values.with_hosts(known, source.hosts).hosts
            await db.run("UPDATE sources SET hosts = %s::text[] WHERE key = %s", [list(hosts), key])
        else:
            key, is_new = await find_free_key(db, source.key), True
            await insert(db, replace(source, key=key), now)
        (found,) = await fetch(db, "WHERE key = %s", key)
        return found, is_new

    @writes
    async def remove(self, db: Session, key: str) -> bool:
        off = "UPDATE sources SET is_active = false WHERE key = %s AND origin = 'catalogue'"
        switched = await db.run(off, [key])
        deleted = await db.run("DELETE FROM sources WHERE key = %s AND origin = 'admin'", [key])
        return switched + deleted > 0

    @writes
    async def claim_due(
        self, db: Session, *, now: datetime, lease_until: datetime, limit: int, latest: datetime | None = None
    ) -> tuple[StoredSource, ...]:
        due = (
            "WHERE is_active AND (next_check_at IS NULL OR next_check_at <= %s OR next_check_at > %s::timestamptz)"
            " ORDER BY next_check_at NULLS FIRST, key LIMIT %s FOR UPDATE SKIP LOCKED"
        )
        return await lease(db, await fetch(db, due, now, latest, limit), lease_until)

    @writes
    async def claim_all(self, db: Session, *, lease_until: datetime) -> tuple[StoredSource, ...]:
        return await lease(db, await fetch(db, "WHERE is_active ORDER BY key FOR UPDATE"), lease_until)

    async def record_result(self, source: Source, state: PollState) -> None:
        columns = asdict(state)
        changes = assignments(name for name in columns if name != "is_active")
        await self.database.run(
            f"UPDATE sources SET {changes}, is_active = is_active AND %(is_active)s"
            " WHERE key = %(key)s AND url = %(url)s",
            columns | {"key": source.key, "url": source.url},
        )


async def sync_source(db: Session, source: Source, now: datetime) -> None:
    """Add or change one source of the catalogue; see `ports.SourceStore.sync`."""
    namesakes = await fetch(db, "WHERE key = %s OR url = %s", source.key, source.url)
    if any(n.source.key != source.key or n.source.origin is SourceOrigin.ADMIN for n in namesakes):
        return
    if not namesakes:
        await insert(db, source, now)
        return
    # Hosts that the operator added stay.
    source = values.with_hosts(source, namesakes[0].source.hosts)
    if namesakes[0].source == source:
        return
    columns = values.source_columns(source)
    if namesakes[0].source.addresses != source.addresses:
        # The state describes the documents at the old addresses.
        columns |= asdict(PollState(is_active=namesakes[0].state.is_active))
    await db.run(f"UPDATE sources SET {assignments(columns)} WHERE key = %(key)s", columns)


async def insert(db: Session, source: Source, now: datetime) -> None:
    columns = values.source_columns(source) | {"added_at": now}
    await db.run(insertion("sources", columns), columns)


async def find_free_key(db: Session, wanted: str) -> str:
    """Return `wanted`, or `wanted-2`, `wanted-3`, … if other sources have it."""
    found = await db.tuples("SELECT key FROM sources WHERE key >= %s AND key < %s", [wanted, f"{wanted}\U0010ffff"])
    taken = {key for (key,) in found}
    candidates = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(key for key in candidates if key not in taken)


async def lease(db: Session, claimed: tuple[StoredSource, ...], lease_until: datetime) -> tuple[StoredSource, ...]:
    keys = [stored.source.key for stored in claimed]
    await db.run("UPDATE sources SET next_check_at = %s WHERE key = ANY(%s::text[])", [lease_until, keys])
    return claimed


async def fetch(db: Session, which: str, *wanted: Any) -> tuple[StoredSource, ...]:
    return tuple(map(values.to_stored_source, await db.rows(f"SELECT * FROM sources {which}", wanted)))
