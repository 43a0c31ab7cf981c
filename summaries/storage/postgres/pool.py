"""The connection pool, and the settings of each connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row
from psycopg.types.string import StrDumper, StrDumperUnknown
from psycopg_pool import AsyncConnectionPool

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from summaries.storage.sql.session import Row

# A reply that waits longer for a free connection fails.
WAIT_S = 10.0
# Times are in UTC in every session. The timeouts end waits for a row that another process holds, and
# transactions of a process that hangs.
#
# The server's default random_page_cost of 4 is for spinning disks: with it, the planner reads all stories to join them
# with five hundred. 1.1 suits memory and SSDs. A value that the operator has set is kept.
SESSION = """
SET TIME ZONE 'UTC'; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s';
SELECT set_config('random_page_cost', '1.1', false) WHERE current_setting('random_page_cost') = '4'
"""


async def open_pool(values: dict[str, Any], size: int) -> AsyncConnectionPool[AsyncConnection[Row]]:
    """Open a pool and wait for its first connection."""
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
    """Replaces NUL, which PostgreSQL cannot store, by U+FFFD; positions in the text stay the same."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))


class PlainStrDumperUnknown(StrDumperUnknown):
    """Like `PlainStrDumper`, for parameters whose type the server infers."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd"))
