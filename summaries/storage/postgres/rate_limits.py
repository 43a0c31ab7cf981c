"""How much a bot, each chat and each person had of late, counted by all processes together, in PostgreSQL.

By the server's clock alone: those of the processes may differ. The tables are unlogged: after a crash of the server
they are empty, as for a bot that starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from summaries.model import Asked, Reservation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from summaries.model import ChatQuota
    from summaries.storage.postgres.database import Database

# `next_at` is when the next turn would be had all come evenly; it may lie up to a burst behind.
TURNS = """
INSERT INTO fleet.turns AS t (bot_id, next_at)
    VALUES (%(bot_id)s, clock_timestamp() + make_interval(secs => (%(count)s - %(burst)s) / %(per_s)s))
    ON CONFLICT (bot_id) DO UPDATE SET next_at = make_interval(secs => %(count)s / %(per_s)s)
        + greatest(t.next_at, clock_timestamp() - make_interval(secs => %(burst)s / %(per_s)s))
    RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 AS ends_s
"""
# What is inserted is right for a chat that was quiet; otherwise its turns come behind the last. One order for all, so
# that no two wait for each other.
CHATS = """
INSERT INTO fleet.chat_turns AS t (bot_id, chat, kind, next_at, taken)
    SELECT %(bot_id)s, chat, kind, clock_timestamp() + make_interval(secs => (count - burst) / per_s),
            make_interval(secs => count / per_s)
        FROM unnest(
            %(chats)s::text[], %(kinds)s::text[], %(counts)s::int[], %(bursts)s::int[], %(per_s_each)s::float8[]
        ) w (chat, kind, count, burst, per_s)
        ORDER BY chat, kind
    ON CONFLICT (bot_id, chat, kind) DO UPDATE SET taken = excluded.taken,
        next_at = greatest(excluded.next_at, t.next_at + excluded.taken)
    RETURNING chat, kind, extract(epoch FROM next_at - clock_timestamp())::float8 AS ends_s
"""
OF_CHATS = "SELECT chat, kind, ends_s FROM chats"
BOTH = f"""
WITH turns AS ({TURNS}), chats AS ({CHATS})
SELECT NULL AS chat, NULL AS kind, ends_s FROM turns UNION ALL {OF_CHATS}
"""
# A level of questions that a person has left, as a bucket that fills up; and how often in a row one was refused.
LEVEL = """
least(%(burst)s, a.level + greatest(0, extract(epoch FROM statement_timestamp() - a.at)) * %(per_s)s)
"""
ASK = f"""
INSERT INTO fleet.askers AS a (bot_id, user_id, level, at)
    VALUES (%(bot_id)s, %(user_id)s, %(burst)s - 1, statement_timestamp())
    ON CONFLICT (bot_id, user_id) DO UPDATE SET at = greatest(a.at, statement_timestamp()),
        level = {LEVEL} - CASE WHEN {LEVEL} >= 1 THEN 1 ELSE 0 END,
        refused = CASE WHEN {LEVEL} >= 1 THEN 0 ELSE a.refused + 1 END
    RETURNING level, refused
"""
FORGET = """
WITH chats AS (DELETE FROM fleet.chat_turns WHERE next_at < clock_timestamp() - %(chats)s RETURNING 1),
    people AS (DELETE FROM fleet.askers WHERE at < clock_timestamp() - %(people)s RETURNING 1)
SELECT (SELECT count(*) FROM chats) + (SELECT count(*) FROM people) AS count
"""


class PostgresRateLimitStore:
    """Fulfils `ports.RateLimitStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(
        self, bot_id: int, count: int, *, per_s: float, burst: int, chats: Sequence[ChatQuota] = ()
    ) -> Reservation:
        # Whoever has several in one go has them in a row: no row can be changed twice by one statement.
        wanted = counted(chats)
        # As floats: the server divides whole numbers as whole numbers.
        values = {"bot_id": bot_id, "count": count, "per_s": float(per_s), "burst": burst} | columns(wanted)
        statement = CHATS if not count else BOTH if chats else TURNS
        rows = await self._database.write(lambda db: db.rows(statement, values))
        ends_s = {(row.get("chat"), row.get("kind")): float(row["ends_s"]) for row in rows}
        wait_s = ends_s[None, None] - count / per_s if count else 0.0
        return Reservation(wait_s, waits(chats, wanted, ends_s))

    async def ask(self, bot_id: int, user_id: int, *, per_s: float, burst: int) -> Asked:
        wanted = {"bot_id": bot_id, "user_id": user_id, "per_s": float(per_s), "burst": burst}
        row = await self._database.write(lambda db: db.row(ASK, wanted))
        if row is None:
            raise RuntimeError("an upsert returned no row")
        return Asked(int(row["refused"]), max(0.0, (1 - float(row["level"])) / per_s))

    async def forget(self, *, chats: timedelta, people: timedelta) -> int:
        return int(await self._database.write(lambda db: db.value(FORGET, {"chats": chats, "people": people})))


def counted(chats: Sequence[ChatQuota]) -> Mapping[ChatQuota, int]:
    """How many of each there are (pure)."""
    found: dict[ChatQuota, int] = {}
    for turn in chats:
        found[turn] = found.get(turn, 0) + 1
    return found


def columns(wanted: Mapping[ChatQuota, int]) -> dict[str, Any]:
    return {
        "chats": [turn.chat for turn in wanted],
        "kinds": [turn.kind for turn in wanted],
        "counts": list(wanted.values()),
        # One goes at once in any case.
        "bursts": [turn.burst - 1 for turn in wanted],
        "per_s_each": [float(turn.per_s) for turn in wanted],
    }


def waits(
    chats: Sequence[ChatQuota], wanted: Mapping[ChatQuota, int], ends_s: Mapping[tuple[Any, Any], float]
) -> tuple[float, ...]:
    """For each the seconds until its turn, those of a chat in a row up to the end of what it has now (pure)."""
    left = dict(wanted)
    found = []
    for turn in chats:
        found.append(max(0.0, ends_s[turn.chat, turn.kind] - left[turn] / turn.per_s))
        left[turn] -= 1
    return tuple(found)
