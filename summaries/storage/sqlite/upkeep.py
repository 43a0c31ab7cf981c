"""Forgetting what is old, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage.retention import RULES, Rule, unneeded
from summaries.storage.sqlite import rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import sqlite_utils

    from summaries.model import Old
    from summaries.storage.sqlite.database import Database


class SqliteUpkeepStore:
    """Fulfils `ports.UpkeepStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        values = named(before)

        def count(db: sqlite_utils.Database, rule: Rule) -> int:
            condition = f"{rule.counted or rule.condition}{unneeded(rule)}"
            return int(db.execute(f"SELECT count(*) FROM {rule.table} WHERE {condition}", values).fetchone()[0])

        return await self._database.read(lambda db: {kind: count(db, rule) for kind, rule in RULES.items()})

    async def forget_old(self, kind: Old, before: Mapping[Old, datetime], *, limit: int) -> int:
        rule = RULES[kind]
        return await self._database.execute(
            f"DELETE FROM {rule.table} WHERE ({rule.key}) IN"
            f" (SELECT {rule.key} FROM {rule.table} WHERE {rule.condition}{unneeded(rule)} LIMIT :limit)",
            named(before) | {"limit": limit},
        )


def named(before: Mapping[Old, datetime]) -> dict[str, str | int]:
    return {kind.name.lower(): rows.moment(moment) for kind, moment in before.items()}
