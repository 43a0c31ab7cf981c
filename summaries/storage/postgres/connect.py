"""A first look at a server: can it be used? Whatever is wrong is said in one line, before anything begins."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import AsyncConnection

from summaries.errors import InvalidSettings, StoreError, StoreUnreachable
from summaries.storage.url import MUST_BE

OLDEST_VERSION = 140_000
# A server that is gone without a word is missed within a minute. What the address says stands above this.
USUAL = {
    "application_name": "ringkas",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}

LIMITS = """
SELECT current_setting('server_encoding'), pg_is_in_recovery(),
    least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        CASE WHEN r.rolconnlimit < 0 THEN NULL ELSE r.rolconnlimit END,
        CASE WHEN d.datconnlimit < 0 THEN NULL ELSE d.datconnlimit END)
    FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
"""


def connection_values(url: str) -> dict[str, Any]:
    """What psycopg connects with.

    Raises:
        InvalidSettings: the address can't be understood.
    """
    try:
        values = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # What libpq says may hold a part of the password.
        raise InvalidSettings((MUST_BE,)) from None
    return USUAL | {name: value for name, value in values.items() if value is not None}


async def connect(values: dict[str, Any], shown: str) -> AsyncConnection[Any]:
    """A connection to the server.

    Raises:
        StoreUnreachable: there is none to be had.
    """
    try:
        return await AsyncConnection.connect(**values, autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreUnreachable(
            f"cannot connect to {shown}: {in_one_line(error)}; check DATABASE_URL and that PostgreSQL is running"
        ) from None


async def check_server(connection: AsyncConnection[Any], shown: str, pool_size: int, more_connections: int = 1) -> None:
    """`more_connections` are those that the process holds besides the pool's: one at least, for its lock.

    Raises:
    StoreError: the server or the database is none that Ringkas can use; the message says what to do.
    """
    version = connection.info.server_version
    if version < OLDEST_VERSION:
        raise StoreError(
            f"{shown} is on PostgreSQL {version // 10_000}; Ringkas needs {OLDEST_VERSION // 10_000} or newer: update"
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


def in_one_line(error: Exception) -> str:
    """What psycopg says, without line breaks; it names hosts and users, no passwords."""
    return " ".join(str(error).split()).rstrip(".")
