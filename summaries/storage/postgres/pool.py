"""Connections to the server, each set up in one way, as many as a process may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row
from psycopg.types.string import StrDumper, StrDumperUnknown
from psycopg_pool import AsyncConnectionPool

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from summaries.storage.sql.session import Row

# What a person waits for goes on as soon as a connection is free; after so long there is none.
WAIT_S = 10.0
# Moments are told in UTC, whatever clock the server keeps. Nobody waits for ever: neither for a row that another
# process holds, nor the server for a process that hangs in the midst of a transaction.
#
# A row by its number counts as hardly dearer than the next one, as it is in memory and on an SSD: by the server's usual
# 4, which is a disk's that turns, it reads all stories to join them with five hundred. What its operator set stands.
SESSION = """
SET TIME ZONE 'UTC'; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s';
SELECT set_config('random_page_cost', '1.1', false) WHERE current_setting('random_page_cost') = '4'
"""


async def open_pool(values: dict[str, Any], size: int) -> AsyncConnectionPool[AsyncConnection[Row]]:
    """A pool whose first connection is there."""
    pool: AsyncConnectionPool[AsyncConnection[Row]] = AsyncConnectionPool(
        kwargs={**values, "autocommit": True, "row_factory": dict_row},
        min_size=1,
        max_size=size,
        configure=configure,
        open=False,
        name="ringkas",
    )
    try:
        await pool.open(wait=True, timeout=WAIT_S)
    except BaseException:
        await pool.close()
        raise
    return pool


async def configure(connection: AsyncConnection[Row]) -> None:
    await connection.execute(SESSION.encode())
    for dumper in (PlainStrDumper, PlainStrDumperUnknown):
        connection.adapters.register_dumper(str, dumper)


class PlainStrDumper(StrDumper):
    """PostgreSQL keeps no NUL: one in a hostile text is shown as what can't be shown, and positions stay."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


class PlainStrDumperUnknown(StrDumperUnknown):
    """As `PlainStrDumper`, where the server finds out the type."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))
