"""Forgetting what is old, in PostgreSQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from summaries.storage.aging import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from summaries.model import Old
    from summaries.storage.postgres.database import Database
    from summaries.storage.postgres.session import Session

_NAMED = re.compile(r":(\w+)")


class PostgresUpkeepStore:
    """Fulfils `ports.UpkeepStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        async def work(db: Session) -> dict[Old, int]:
            found = {}
            for kind, rule in RULES.items():
                condition = as_here(rule.counted or rule.condition)
                found[kind] = await db.value(f"SELECT count(*) FROM {rule.table} WHERE {condition}", named(before))
            return found

        return await self._database.read(work)

    async def forget_old(self, kind: Old, before: Mapping[Old, datetime], *, limit: int) -> int:
        rule = RULES[kind]
        # What another process forgets at the same time is left to it. Materialized: a plan that asks the inner
        # statement again and again would each time find others, and delete more than the limit.
        return await self._database.run(
            f"WITH old AS MATERIALIZED (SELECT {rule.key} FROM {rule.table}"
            f" WHERE {as_here(rule.condition)} LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
            f" DELETE FROM {rule.table} WHERE ({rule.key}) IN (SELECT {rule.key} FROM old)",
            named(before) | {"limit": limit},
        )


def as_here(condition: str) -> str:
    """The condition with its moments named as psycopg has them."""
    return _NAMED.sub(r"%(\1)s", condition)


def named(before: Mapping[Old, datetime]) -> dict[str, datetime | int]:
    return {kind.name.lower(): moment for kind, moment in before.items()}
