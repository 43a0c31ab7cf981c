"""BMKG's events, the warnings that chats want, and the messages for them. Sending them is the outbox's task."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from summaries.model import (
    Box,
    ChatRef,
    Earthquake,
    Hazard,
    HazardKind,
    HazardSource,
    Place,
    WarningSettings,
    WeatherWarning,
)
from summaries.ports.warnings import Decide
from summaries.storage import values
from summaries.storage.sql.session import Row, Session, SqlStore, assignments, reads, to_json, upsertion, writes

ADD_SOURCE = "INSERT INTO hazard_sources (key) VALUES (%s) ON CONFLICT DO NOTHING"
IS_DUE = "(next_check_at IS NULL OR next_check_at <= %(now)s OR next_check_at > %(latest)s)"
WAITING = f"SELECT key FROM hazard_sources WHERE NOT {IS_DUE}"
CLAIM = f"""
UPDATE hazard_sources SET next_check_at = %(lease_until)s
    WHERE key = ANY(%(keys)s::text[]) AND {IS_DUE} RETURNING key
"""
EARTHQUAKES = "SELECT * FROM hazards WHERE kind = 'earthquake' AND updated_at >= %(since)s ORDER BY updated_at, id"
BY_IDENTIFIER = """
SELECT * FROM hazards WHERE kind = 'weather' AND updated_at >= %(since)s AND id IN (
    SELECT hazard_id FROM hazard_messages WHERE identifier = ANY(%(identifiers)s::text[])) ORDER BY id
"""
INSERT = """
INSERT INTO hazards (kind, version, content, reported_at, expires_at, is_cancelled, updated_at)
    VALUES (%(kind)s, %(version)s, %(content)s, %(reported_at)s, %(expires_at)s, %(is_cancelled)s, %(now)s) RETURNING id
"""
UPDATE = """
UPDATE hazards SET version = %(version)s, content = %(content)s, reported_at = %(reported_at)s,
    expires_at = %(expires_at)s, is_cancelled = %(is_cancelled)s, updated_at = %(now)s WHERE id = %(id)s
"""
CURRENT = """
SELECT * FROM hazards WHERE updated_at >= %(since)s AND kind = 'weather' AND expires_at > %(now)s AND NOT is_cancelled
    ORDER BY reported_at DESC, id
"""
UNMATCHED = """
SELECT h.* FROM hazards h LEFT JOIN matched_hazards m ON m.hazard_id = h.id
    WHERE h.updated_at >= %(since)s AND (h.version > m.version
        OR (m.version IS NULL AND h.expires_at > %(now)s AND NOT h.is_cancelled)) ORDER BY h.updated_at, h.id
"""
SETTINGS = "SELECT * FROM warning_settings WHERE chat_id = ANY(%s::bigint[])"
PLACES = "SELECT * FROM warning_places WHERE chat_id = ANY(%s::bigint[]) ORDER BY name"
NEAR = """
SELECT DISTINCT p.chat_id FROM warning_places p JOIN warning_settings s ON s.chat_id = p.chat_id
    WHERE p.latitude BETWEEN %(south)s AND %(north)s AND p.longitude BETWEEN %(west)s AND %(east)s
    AND s.listens_since IS NOT NULL AND NOT EXISTS (SELECT 1 FROM blocked_chats b WHERE b.chat_id = p.chat_id)
    AND p.chat_id > %(after)s ORDER BY p.chat_id LIMIT %(limit)s
"""
# A chat has one message for each hazard, by the unique index. One that was dropped is considered again if a later
# version of the hazard concerns the chat.
PUT_MESSAGES = """
INSERT INTO outbox (kind, chat_id, thread_id, hazard_id, wanted_version, not_before, created_at)
    SELECT 'warning', (value ->> 0)::bigint, (value ->> 1)::bigint, %(hazard_id)s, %(version)s, %(now)s, %(now)s
    FROM json_array_elements(%(chats)s::json) WHERE true ON CONFLICT (hazard_id, chat_id) WHERE hazard_id IS NOT NULL
    DO UPDATE SET state = 'pending', not_before = excluded.not_before, wanted_version = excluded.wanted_version
    WHERE outbox.state = 'dropped' AND outbox.wanted_version < excluded.wanted_version
"""
# Also of messages that are being sent: `outbox.WARNING_SENT` opens those again.
WANT_VERSION = """
UPDATE outbox SET wanted_version = %(version)s, not_before = CASE
    WHEN state = 'sent' AND not_before IS NULL AND message_id IS NOT NULL THEN %(now)s
    WHEN state = 'pending' AND NOT is_claimed AND not_before > %(now)s THEN %(now)s ELSE not_before END
    WHERE hazard_id = %(hazard_id)s AND wanted_version < %(version)s
"""
MATCHED = """
INSERT INTO matched_hazards (hazard_id, version) VALUES (%(hazard_id)s, %(version)s) ON CONFLICT (hazard_id)
    DO UPDATE SET version = excluded.version WHERE matched_hazards.version < excluded.version
"""
DROP_WAITING = """
UPDATE outbox SET state = 'dropped', not_before = NULL, is_claimed = false, lease_owner = NULL
    WHERE chat_id = %s AND kind = 'warning' AND state = 'pending' AND not_before IS NOT NULL
"""
CLOSE_UNREACHABLE = """
UPDATE outbox SET not_before = NULL, is_claimed = false, lease_owner = NULL,
    error = 'the bot cannot write to the chat' WHERE chat_id = %s AND kind = 'warning' AND not_before IS NOT NULL
"""


# Older events are over.
RECENT = timedelta(days=2)


class HazardRows(SqlStore):
    """Implements `ports.HazardStore`."""

    async def claim_due(
        self, keys: Collection[str], *, now: datetime, lease_until: datetime, latest: datetime
    ) -> tuple[HazardSource, ...]:
        wanted = {"keys": list(keys), "now": now, "lease_until": lease_until, "latest": latest}

        async def work(db: Session) -> tuple[HazardSource, ...]:
            await db.run_many(ADD_SOURCE, [(key,) for key in keys])
            claimed = [row["key"] for row in await db.rows(CLAIM, wanted)]
            found = "SELECT * FROM hazard_sources WHERE key = ANY(%s::text[]) ORDER BY key"
            return tuple(values.build(HazardSource, row) for row in await db.rows(found, [claimed]))

        waiting = {row["key"] for row in await self.database.rows(WAITING, wanted)}
        return () if waiting.issuperset(keys) else await self.database.write(work)

    async def record_check(self, source: HazardSource) -> None:
        row = asdict(source)
        await self.database.run(f"UPDATE hazard_sources SET {assignments(row)} WHERE key = %(key)s", row)

    async def sources(self) -> tuple[HazardSource, ...]:
        found = await self.database.rows("SELECT * FROM hazard_sources ORDER BY key")
        return tuple(values.build(HazardSource, row) for row in found)

    async def find_unread(self, messages: Mapping[str, str]) -> frozenset[str]:
        read = "SELECT identifier, fingerprint FROM hazard_messages WHERE identifier = ANY(%s::text[])"
        known = {row["identifier"]: row["fingerprint"] for row in await self.database.rows(read, [list(messages)])}
        return frozenset(one for one, fingerprint in messages.items() if known.get(one) != fingerprint)

    @writes
    async def revise(
        self,
        db: Session,
        kind: HazardKind,
        decide: Decide,
        *,
        since: datetime,
        now: datetime,
        identifiers: Collection[str] = (),
        read: Mapping[str, str] | None = None,
    ) -> int:
        await db.lock("hazards")
        statement = EARTHQUAKES if kind is HazardKind.EARTHQUAKE else BY_IDENTIFIER
        known = await db.rows(statement, {"since": since, "identifiers": list(identifiers)})
        changed = decide(list(map(to_hazard, known)))
        messages = dict.fromkeys(read or {}, None)
        for hazard in changed:
            hazard_id = await put_hazard(db, hazard, now)
            if isinstance(hazard.content, WeatherWarning):
                messages.update(dict.fromkeys(hazard.content.identifiers, hazard_id))
        for identifier, owner in messages.items():
            await put_message(db, identifier, (read or {}).get(identifier), owner, now)
        return len(changed)

    async def current(self, *, now: datetime) -> tuple[Hazard, ...]:
        return tuple(map(to_hazard, await self.database.rows(CURRENT, {"now": now, "since": now - RECENT})))


class WarningRows(SqlStore):
    """Implements `ports.WarningStore`."""

    @reads
    async def find(self, db: Session, chat_id: int) -> WarningSettings | None:
        return (await read_settings(db, [chat_id])).get(chat_id)

    @writes
    async def change(
        self, db: Session, chat_id: int, change: Callable[[WarningSettings], WarningSettings], *, now: datetime
    ) -> WarningSettings:
        await db.lock_for_bot("warning settings", chat_id)
        before = (await read_settings(db, [chat_id])).get(chat_id, WarningSettings(ChatRef(chat_id)))
        after = change(replace(before, listens_since=before.listens_since or now))
        await put_settings(db, after, now)
        return after

    @writes
    async def remove(self, db: Session, chat_id: int) -> bool:
        await db.run("DELETE FROM warning_places WHERE chat_id = %s", [chat_id])
        await db.run(DROP_WAITING, [chat_id])
        return await db.run("DELETE FROM warning_settings WHERE chat_id = %s", [chat_id]) > 0

    async def repair_after_clock_rollback(self, *, now: datetime) -> int:
        late = "UPDATE warning_settings SET listens_since = %(now)s WHERE listens_since > %(now)s"
        return await self.database.run(late, {"now": now})

    async def has_listeners(self) -> bool:
        found = "SELECT 1 FROM warning_settings WHERE listens_since IS NOT NULL LIMIT 1"
        return await self.database.row(found) is not None

    async def find_unmatched(self, *, now: datetime) -> tuple[Hazard, ...]:
        return tuple(map(to_hazard, await self.database.rows(UNMATCHED, {"now": now, "since": now - RECENT})))

    @reads
    async def listeners(self, db: Session, box: Box, *, after: int, limit: int) -> tuple[WarningSettings, ...]:
        chats = [row["chat_id"] for row in await db.rows(NEAR, {**asdict(box), "after": after, "limit": limit})]
        found = await read_settings(db, chats)
        return tuple(found[chat_id] for chat_id in chats)

    @writes
    async def put_matches(
        self, db: Session, hazard: Hazard, chats: Sequence[ChatRef], *, now: datetime, is_last: bool
    ) -> int:
        row = {"hazard_id": hazard.id, "version": hazard.version, "now": now}
        listed = to_json((chat.chat_id, chat.thread_id) for chat in chats)
        count = await db.run(PUT_MESSAGES, {**row, "chats": listed}) if chats else 0
        if is_last:
            await db.run(WANT_VERSION, row)
            await db.run(MATCHED, row)
        return count


async def put_hazard(db: Session, hazard: Hazard, now: datetime) -> int:
    """Add the hazard, or replace the stored one; return its id."""
    row = {
        "id": hazard.id,
        "kind": hazard.kind.value,
        "version": hazard.version,
        "content": to_content(hazard.content),
        "reported_at": hazard.reported_at,
        "expires_at": hazard.expires_at,
        "is_cancelled": hazard.is_cancelled,
        "now": now,
    }
    if hazard.id:
        await db.run(UPDATE, row)
        return hazard.id
    return int(await db.value(INSERT, row))


async def put_message(
    db: Session, identifier: str, fingerprint: str | None, hazard_id: int | None, now: datetime
) -> None:
    """Record that a message was read. Without a fingerprint, a message that is known stays as it is."""
    row: Row = {"identifier": identifier, "fingerprint": fingerprint or "", "hazard_id": hazard_id, "read_at": now}
    if fingerprint is None:
        listed = "identifier, fingerprint, hazard_id, read_at"
        values_of = "%(identifier)s, %(fingerprint)s, %(hazard_id)s, %(read_at)s"
        await db.run(f"INSERT INTO hazard_messages ({listed}) VALUES ({values_of}) ON CONFLICT DO NOTHING", row)
        return
    if hazard_id is None:
        # A message that cannot be read any more keeps its event.
        row.pop("hazard_id")
    await db.run(upsertion("hazard_messages", row, ["identifier"]), row)


async def read_settings(db: Session, chat_ids: Sequence[int]) -> dict[int, WarningSettings]:
    """Return the settings of those of the chats that have any."""
    places: dict[int, list[Place]] = {}
    for row in await db.rows(PLACES, [list(chat_ids)]):
        centre = row["latitude"], row["longitude"]
        places.setdefault(row["chat_id"], []).append(Place(row["name"], centre, row["radius_km"], row["region"]))
    return {
        row["chat_id"]: values.build(
            WarningSettings,
            row,
            chat=ChatRef(row["chat_id"], row["thread_id"]),
            places=tuple(places.get(row["chat_id"], ())),
        )
        for row in await db.rows(SETTINGS, [list(chat_ids)])
    }


async def put_settings(db: Session, settings: WarningSettings, now: datetime) -> None:
    """Replace the chat's settings and places."""
    chat_id = settings.chat.chat_id
    row = {
        "chat_id": chat_id,
        "thread_id": settings.chat.thread_id,
        "min_magnitude": settings.min_magnitude,
        "max_km": settings.max_km,
        "has_weather": settings.has_weather,
        "wakes": settings.wakes,
        "listens_since": settings.listens_since,
        "created_at": now,
    }
    await db.run(upsertion("warning_settings", row, ["chat_id"]), row)
    await db.run("DELETE FROM warning_places WHERE chat_id = %s", [chat_id])
    await db.run_many(
        "INSERT INTO warning_places (chat_id, name, latitude, longitude, radius_km, region)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [(chat_id, place.name, *place.centre, place.radius_km, place.region) for place in settings.places],
    )


async def suspend_warnings(db: Session, chat_id: int) -> int:
    """Stop the warnings of a chat that the bot cannot write to; return how many settings were stopped."""
    await db.run(CLOSE_UNREACHABLE, [chat_id])
    suspended = "UPDATE warning_settings SET listens_since = NULL WHERE chat_id = %s AND listens_since IS NOT NULL"
    return await db.run(suspended, [chat_id])


async def resume_warnings(db: Session, chat_id: int, now: datetime) -> int:
    """Send warnings to the chat again if they were stopped; return how many settings were."""
    resumed = "UPDATE warning_settings SET listens_since = %s WHERE chat_id = %s AND listens_since IS NULL"
    return await db.run(resumed, [now, chat_id])


def to_content(content: Earthquake | WeatherWarning) -> str:
    """Return the content of a hazard as JSON."""
    return json.dumps(
        asdict(content),
        ensure_ascii=False,
        separators=(",", ":"),
        default=values.stored_moment,
    )


def to_hazard(row: Mapping[str, Any]) -> Hazard:
    stored = json.loads(row["content"])
    content: Earthquake | WeatherWarning
    if row["kind"] == HazardKind.EARTHQUAKE:
        reports = tuple((key, fingerprint) for key, fingerprint in stored["reports"])
        content = values.build(Earthquake, stored, reports=reports)
    else:
        content = values.build(
            WeatherWarning,
            stored,
            polygons=tuple(tuple((north, east) for north, east in ring) for ring in stored["polygons"]),
            circles=tuple(((north, east), radius_km) for (north, east), radius_km in stored["circles"]),
        )
    return values.build(Hazard, row, content=content)
