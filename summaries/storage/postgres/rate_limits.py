"""Rate limits that all processes of a fleet share: per bot, per chat and per user.

Only the server's clock is used, because those of the processes may differ. The tables are UNLOGGED: after a crash of
the server they are empty, as for a bot that starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from summaries.model import Asked, ChatQuota, Reservation
from summaries.storage.sql.session import SqlStore

# `next_at` is the time of the next message if all were sent at the even rate; it may lie up to a burst in the past.
BOT = """
INSERT INTO fleet.bot_quotas AS t (bot_id, next_at)
    VALUES (%(bot_id)s, clock_timestamp() + make_interval(secs => (%(count)s - %(burst)s) / %(per_s)s))
    ON CONFLICT (bot_id) DO UPDATE SET next_at = make_interval(secs => %(count)s / %(per_s)s)
        + greatest(t.next_at, clock_timestamp() - make_interval(secs => %(burst)s / %(per_s)s))
    RETURNING extract(epoch FROM next_at - clock_timestamp())::float8 AS ends_s
"""
# The inserted row is right for an idle chat; otherwise the messages are queued behind the last. Sorted, so that two
# processes cannot wait for each other.
CHATS = """
INSERT INTO fleet.chat_quotas AS t (bot_id, chat, kind, next_at, taken)
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
WITH bot AS ({BOT}), chats AS ({CHATS})
SELECT NULL AS chat, NULL AS kind, ends_s FROM bot UNION ALL {OF_CHATS}
"""
# The tokens that are left in the user's bucket, and the number of refusals in a row.
LEVEL = """
least(%(burst)s, a.level + greatest(0, extract(epoch FROM statement_timestamp() - a.at)) * %(per_s)s)
"""
ASK = f"""
INSERT INTO fleet.user_quotas AS a (bot_id, user_id, level, at)
    VALUES (%(bot_id)s, %(user_id)s, %(burst)s - 1, statement_timestamp())
    ON CONFLICT (bot_id, user_id) DO UPDATE SET at = greatest(a.at, statement_timestamp()),
        level = {LEVEL} - CASE WHEN {LEVEL} >= 1 THEN 1 ELSE 0 END,
        refused = CASE WHEN {LEVEL} >= 1 THEN 0 ELSE a.refused + 1 END
    RETURNING level, refused
"""
FORGET = """
WITH chats AS (DELETE FROM fleet.chat_quotas WHERE next_at < clock_timestamp() - %(chats)s RETURNING 1),
    people AS (DELETE FROM fleet.user_quotas WHERE at < clock_timestamp() - %(people)s RETURNING 1)
SELECT (SELECT count(*) FROM chats) + (SELECT count(*) FROM people) AS count
"""


class PostgresRateLimitStore(SqlStore):
    """Implements `ports.RateLimitStore`."""

    async def reserve(
        self, bot_id: int, count: int, *, per_s: float, burst: int, chats: Sequence[ChatQuota] = ()
    ) -> Reservation:
        # Messages to one chat are added up: a statement cannot change a row twice.
        wanted = Counter(chats)
        # As floats, because the server would round the quotient of integers.
        values = {"bot_id": bot_id, "count": count, "per_s": float(per_s), "burst": burst} | columns(wanted)
        statement = CHATS if not count else BOTH if chats else BOT
        rows = await self.database.write_one(lambda db: db.rows(statement, values))
        ends_s = {(row.get("chat"), row.get("kind")): float(row["ends_s"]) for row in rows}
        wait_s = ends_s[None, None] - count / per_s if count else 0.0
        return Reservation(wait_s, list_waits(chats, wanted, ends_s))

    async def ask(self, bot_id: int, user_id: int, *, per_s: float, burst: int) -> Asked:
        wanted = {"bot_id": bot_id, "user_id": user_id, "per_s": float(per_s), "burst": burst}
        row = await self.database.write_one(lambda db: db.row(ASK, wanted))
        if row is None:
            raise RuntimeError("an upsert returned no row")
        return Asked(int(row["refused"]), max(0.0, (1 - float(row["level"])) / per_s))

    async def forget(self, *, chats: timedelta, people: timedelta) -> int:
        return int(await self.database.write_one(lambda db: db.value(FORGET, {"chats": chats, "people": people})))


def columns(wanted: Mapping[ChatQuota, int]) -> dict[str, Any]:
    return {
        "chats": [quota.chat for quota in wanted],
        "kinds": [quota.kind for quota in wanted],
        "counts": list(wanted.values()),
        # One message may always be sent at once.
        "bursts": [quota.burst - 1 for quota in wanted],
        "per_s_each": [float(quota.per_s) for quota in wanted],
    }


def list_waits(
    chats: Sequence[ChatQuota], wanted: Mapping[ChatQuota, int], ends_s: Mapping[tuple[Any, Any], float]
) -> tuple[float, ...]:
    """Return the wait in seconds for each message; those of one chat end with its reservation."""
    left = dict(wanted)
    found = []
    for quota in chats:
        found.append(max(0.0, ends_s[quota.chat, quota.kind] - left[quota] / quota.per_s))
        left[quota] -= 1
    return tuple(found)
