"""Forgetting what is old, in PostgreSQL: of the news, and of the chats of every bot."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from summaries.storage.retention import RULES, unneeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from summaries.model import Old
    from summaries.storage.postgres.database import Database
    from summaries.storage.retention import Rule
    from summaries.storage.sql.session import Session

_NAMED = re.compile(r":(\w+)")


class PostgresUpkeepStore:
    """Fulfils `ports.UpkeepStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        everywhere = await self._database.everywhere()
        counted = dict.fromkeys(RULES, 0)
        for database in everywhere:
            kinds = [kind for kind, rule in RULES.items() if database is everywhere[0] or not rule.is_news]
            for kind, count in (await database.read(partial(count_here, kinds, before, everywhere))).items():
                counted[kind] += count
        return counted

    async def forget_old(self, kind: Old, before: Mapping[Old, datetime], *, limit: int) -> int:
        everywhere = await self._database.everywhere()
        rule = RULES[kind]
        # What another process forgets at the same time is left to it. Materialized: a plan that asks the inner
        # statement again and again would each time find others, and delete more than the limit.
        statement = (
            f"WITH old AS MATERIALIZED (SELECT {rule.key} FROM {rule.table}"
            f" WHERE {as_here(rule.condition + needed(rule, everywhere))} LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
            f" DELETE FROM {rule.table} WHERE ({rule.key}) IN (SELECT {rule.key} FROM old)"
        )
        places = everywhere[:1] if rule.is_news else everywhere
        return sum([await database.run(statement, named(before) | {"limit": limit}) for database in places])


async def count_here(
    kinds: Iterable[Old], before: Mapping[Old, datetime], everywhere: Sequence[Database], db: Session
) -> dict[Old, int]:
    """How many rows of the kinds are old, among the news and the chats that `db` sees."""
    found = {}
    for kind in kinds:
        rule = RULES[kind]
        condition = as_here(f"{rule.counted or rule.condition}{needed(rule, everywhere)}")
        found[kind] = int(await db.value(f"SELECT count(*) FROM {rule.table} WHERE {condition}", named(before)))
    return found


def needed(rule: Rule, everywhere: Sequence[Database]) -> str:
    return unneeded(rule, [f"{database.place}." for database in everywhere])


def as_here(condition: str) -> str:
    """The condition with its moments named as psycopg has them."""
    return _NAMED.sub(r"%(\1)s", condition)


def named(before: Mapping[Old, datetime]) -> dict[str, datetime | int]:
    return {kind.name.lower(): moment for kind, moment in before.items()}
