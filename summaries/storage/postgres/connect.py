"""Connect to a server and check that Ringkas can use it. Each error is one line."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import AsyncConnection

from summaries.errors import InvalidSettings, StoreError, StoreUnreachable
from summaries.storage.url import MUST_BE

MIN_VERSION = 140_000
# Defaults, which the address overrides. The keepalives detect a dead server within a minute.
DEFAULTS = {
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
