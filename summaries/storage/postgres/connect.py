"""Connect to a server, check that Ringkas can use it, and open the connection pool. Each error is one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg import errors as postgres_errors
from psycopg.rows import dict_row
from psycopg.types.string import StrDumper, StrDumperUnknown
from psycopg_pool import AsyncConnectionPool

from summaries.errors import InvalidSettings, StoreError, StoreUnreachable
from summaries.storage import MUST_BE, ServerState
from summaries.storage.sql.session import Row

MIN_VERSION = 140_000
# Defaults, which the address overrides. The keepalives detect a dead server within a minute.
DEFAULTS = {
    "application_name": "ringkas",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}

# "… starting up", "… shutting down", "… in recovery mode", "… not yet accepting connections".
NOT_YET = "the database system is "
# Hints of libpq and psycopg for a server that does not listen, and for a host without a name, such as that of a
# container that has not started.
AWAY = ("Is the server running", "failed to resolve host")

LIMITS = """
SELECT current_setting('server_encoding'), pg_is_in_recovery(),
    least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        CASE WHEN r.rolconnlimit < 0 THEN NULL ELSE r.rolconnlimit END,
        CASE WHEN d.datconnlimit < 0 THEN NULL ELSE d.datconnlimit END)
    FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
"""
# A reply that waits longer for a free connection fails.
WAIT_S = 10.0
# Times are in UTC in every session. The timeouts end waits for a row that another process holds, and
# transactions of a process that hangs.
#
# The server's default random_page_cost of 4 is for spinning disks: with it, the planner reads all stories to join them
# with five hundred. 1.1 suits memory and SSDs. A value that the operator has set is kept.
#
# In a large table the planner expects many rows even of a short statement, and would compile it (JIT), which takes a
# quarter of a second each time.
SESSION = """
SET TIME ZONE 'UTC'; SET lock_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; SET jit = off;
SELECT set_config('random_page_cost', '1.1', false) WHERE current_setting('random_page_cost') = '4'
"""


def connection_values(url: str) -> dict[str, Any]:
    """Return psycopg's arguments for the address.

    Raises:
        InvalidSettings: the address is malformed.
    """
    try:
        values = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # libpq's message may contain a part of the password.
        raise InvalidSettings((MUST_BE,)) from None
    return DEFAULTS | {name: value for name, value in values.items() if value is not None}


def make_read_only(values: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments for a connection whose transactions only read."""
    return {**values, "options": f"{values.get('options', '')} -c default_transaction_read_only=on"}


async def connect(values: dict[str, Any], shown: str) -> AsyncConnection[Any]:
    """Connect to the server.

    Raises:
        StoreUnreachable: the server cannot be reached.
    """
    try:
        return await AsyncConnection.connect(**values, autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreUnreachable(
            f"cannot connect to {shown}: {to_one_line(error)}; check DATABASE_URL and that PostgreSQL is running"
        ) from None


async def find_state(url: str) -> ServerState:
    """Return whether the server takes connections.

    Raises:
        InvalidSettings: the address is malformed.
    """
    try:
        connection = await AsyncConnection.connect(**connection_values(url))
    except psycopg.OperationalError as error:
        return classify_refusal(str(error))
    await connection.close()
    return ServerState.READY


def classify_refusal(text: str) -> ServerState:
    """Return the state of a server by the text of the error; libpq does not pass on its code."""
    if NOT_YET in text:
        return ServerState.RECOVERING
    return ServerState.AWAY if any(sign in text for sign in AWAY) else ServerState.READY


async def fetch_value(connection: AsyncConnection[Any], sql: str, values: Sequence[Any] | None = None) -> Any:
    """Return the first column of the first row of a statement on a connection outside the pool, or None."""
    row = await (await connection.execute(sql.encode(), values)).fetchone()
    return row[0] if row else None


@contextmanager
def explain_missing_privilege(things: str, shown: str) -> Iterator[None]:
    """Translate the error of a user who may not create `things`."""
    try:
        yield
    except postgres_errors.InsufficientPrivilege as error:
        raise StoreError(
            f"the user of DATABASE_URL may not make {things} in {shown}: let it own the database"
            " (ALTER DATABASE … OWNER TO …)"
        ) from error


async def check_server(connection: AsyncConnection[Any], shown: str, pool_size: int, more_connections: int = 1) -> None:
    """Check the version, encoding, role and connection limit of the server.

    `more_connections` is the number of connections outside the pool: at least one, for the advisory lock.

    Raises:
        StoreError: Ringkas cannot use the server or the database; the message says how to fix that.
    """
    version = connection.info.server_version
    if version < MIN_VERSION:
        raise StoreError(
            f"{shown} is on PostgreSQL {version // 10_000}; Ringkas needs {MIN_VERSION // 10_000} or newer: update"
            " the server"
        )
    found = await (await connection.execute(LIMITS.encode())).fetchone()
    encoding, is_standby, connections = found or ("", False, 0)
    if encoding != "UTF8":
        raise StoreError(f"{shown} is in {encoding}: create the database with ENCODING 'UTF8' (TEMPLATE template0)")
    if is_standby:
        raise StoreError(f"{shown} is on a standby, which can't be written: name the primary in DATABASE_URL")
    if connections < (needed := pool_size + more_connections):
        raise StoreError(
            f"{shown} lets this user have {connections} connections, and this process needs {needed}, of them"
            f" {pool_size} by DATABASE_POOL_SIZE: raise the limit (max_connections), or lower DATABASE_POOL_SIZE"
        )


def to_one_line(error: Exception) -> str:
    """Return psycopg's message without line breaks. It names hosts and users, but no passwords."""
    return " ".join(str(error).split()).rstrip(".")


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
