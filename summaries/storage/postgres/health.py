"""Examine a PostgreSQL database without changing it."""

from __future__ import annotations

from dataclasses import replace

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from summaries.errors import StoreError
from summaries.model import HazardSource
from summaries.storage import shown_address, values
from summaries.storage.health import Health
from summaries.storage.postgres import schema
from summaries.storage.postgres.advisory_lock import KEY
from summaries.storage.postgres.connect import check_server, connect, connection_values, to_one_line
from summaries.storage.postgres.fleet import read_tick_ages
from summaries.storage.postgres.schema import Place, find_home, missing_steps, quote, read_places

# pg_locks has the number of an advisory lock in two halves.
IN_USE = """
SELECT pg_database_size(current_database()) AS size_bytes, EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32) + objid::bigint = %s) AS is_in_use
"""
CONTENTS = """
SELECT (SELECT sum(articles)::bigint FROM ({of_news}) n) AS articles,
    (SELECT sum(indexed)::bigint FROM ({of_news}) n) AS indexed,
    (SELECT min(due) FROM ({of_chats}) d) AS next_due_at, (SELECT max(unknown) FROM ({of_chats}) d) AS unknown_at
"""
OF_NEWS = """
SELECT (SELECT count(*) FROM {news}.articles WHERE is_public) AS articles,
    (SELECT count(*) FROM {news}.article_search) AS indexed
"""
OF_CHATS = """
SELECT (SELECT min(next_due_at) FROM {place}.subscriptions WHERE is_active) AS due,
    (SELECT max(due_at) FROM {place}.deliveries WHERE outcome = 'unknown') AS unknown
"""


async def examine_server(url: str, *, pool_size: int) -> Health:
    """Examine the database, which may be in use. `fault` says why it cannot be used.

    Raises:
        InvalidSettings: the address is malformed.
    """
    shown, wanted = shown_address(url), connection_values(url)
    found = Health()
    try:
        connection = await connect(wanted, shown)
    except StoreError as error:
        return replace(found, fault=error)
    try:
        async with connection:
            await connection.set_read_only(value=True)
            await check_server(connection, shown, pool_size)
            missing = [step.name for step in await missing_steps(connection, shown)]
            if len(missing) == len(schema.STEPS):
                return found
            applied = [step.name for step in schema.STEPS if step.name not in missing]
            return await read_contents(connection, replace(found, version=applied[-1], is_newest=not missing))
    except StoreError as error:
        return replace(found, fault=error)
    except psycopg.Error as error:
        return replace(found, fault=StoreError(f"{shown}: {to_one_line(error)}"))


async def read_contents(connection: AsyncConnection[tuple[object, ...]], found: Health) -> Health:
    """Add the size and whether it is in use, and for the newest version the contents of its tables."""
    cursor = connection.cursor(row_factory=dict_row)
    found = replace(found, **(await (await cursor.execute(IN_USE, [KEY])).fetchone() or {}))
    if not found.is_newest:
        return found
    home = await find_home(connection)
    listed = await read_places(connection) or {}
    places = [Place(home, home), *listed.values()]
    of_chats = [OF_CHATS.format(place=quote(name)) for name in sorted({place.chats for place in places})]
    newses = sorted({place.news for place in places})
    of_news = [OF_NEWS.format(news=quote(name)) for name in newses]
    contents = CONTENTS.format(of_chats=" UNION ALL ".join(of_chats), of_news=" UNION ALL ".join(of_news))
    counted = await (await cursor.execute(contents.encode())).fetchone() or {}
    of_sources = " UNION ALL ".join(f"SELECT * FROM {quote(name)}.sources" for name in newses)
    sources = await (await cursor.execute(f"SELECT * FROM ({of_sources}) s ORDER BY key".encode())).fetchall()
    of_hazards = " UNION ALL ".join(f"SELECT * FROM {quote(name)}.hazard_sources" for name in newses)
    hazards = await (await cursor.execute(f"SELECT * FROM ({of_hazards}) h ORDER BY key".encode())).fetchall()
    bots = tuple(listed)
    ticks = await read_tick_ages(connection)
    return replace(
        found,
        sources=tuple(map(values.to_stored_source, sources)),
        hazards=tuple(values.build(HazardSource, row) for row in hazards),
        bots=bots,
        tick_ages_s=ticks,
        **counted,
    )
