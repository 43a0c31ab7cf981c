"""A PostgreSQL database: runs functions in transactions on a pool, again after conflicts and lost connections."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg import errors as postgres_errors
from psycopg_pool import AsyncConnectionPool, PoolClosed

from summaries.errors import StoreBusy, StoreError, StoreUnreachable
from summaries.model import Membership
from summaries.storage import shown_address
from summaries.storage.postgres.advisory_lock import BotLock
from summaries.storage.postgres.connect import (
    WAIT_S,
    check_server,
    connect,
    connection_values,
    make_read_only,
    open_pool,
    to_one_line,
)
from summaries.storage.postgres.fleet import join, refuse_incompatible, refuse_running_fleet
from summaries.storage.postgres.fleet_schema import prepare_fleet
from summaries.storage.postgres.schema import (
    IS_LISTED,
    Place,
    assign_places,
    find_home,
    find_place,
    migrate,
    quote,
    read_places,
    refuse_older,
)
from summaries.storage.postgres.session import PostgresEngine, Session
from summaries.storage.postgres.write_queue import WriteQueue
from summaries.storage.sql.session import Row, Sessions, to_json

T = TypeVar("T")

log = logging.getLogger(__name__)

# Attempts for one transaction: deadlocks and lost connections may repeat.
MAX_ATTEMPTS = 5
RETRY_AFTER_S = 0.05
NO_EDITIONS: Mapping[int, str] = {}
CONFLICTS = (postgres_errors.DeadlockDetected, postgres_errors.SerializationFailure)
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Database(Sessions):
    """Runs work on connections of a pool, each in one transaction.

    Open with `await Database.open(url)`. `of_bot` returns the same database with the chats of another bot.
    """

    engine = PostgresEngine()

    def __init__(
        self,
        pool: AsyncConnectionPool[AsyncConnection[Row]],
        shown: str,
        owner: str,
        home: str,
        places: Mapping[int, Place] | None,
        lock: BotLock | None,
    ) -> None:
        self.owner = owner
        self.shown = shown
        self._pool = pool
        self._lock = lock
        self._home = home
        self._place = Place(home, home)
        self._places = places
        self._writes = WriteQueue()
        # The schemas that each connection uses; a new one uses the first bot's.
        self._search_paths: WeakKeyDictionary[AsyncConnection[Row], Place | None] = WeakKeyDictionary()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        pool_size: int,
        is_bot: bool = False,
        member: Membership | None = None,
        bot_ids: Sequence[int] = (),
        editions: Mapping[int, str] = NO_EDITIONS,
        is_read_only: bool = False,
    ) -> Database:
        """Open the database and apply the missing migration steps, unless `is_read_only`.

        Either one bot alone may have it open, or any number of members of a fleet with the same job format. The chats
        are those of the first of `bot_ids`, or without any those of the first bot on the database. A new bot is
        assigned its schemas. `editions` names the editions of bots that have one. With `is_read_only` all work that
        writes fails, and a database without the newest steps is refused.

        Raises:
            InvalidSettings: the address is malformed.
            StoreUnreachable, StoreInUse, StoreTooNew, StoreError: nothing was changed.
        """
        shown, values = shown_address(url), connection_values(url)
        first = await connect(values, shown)
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        lock = BotLock(first, values, shown, owner)
        try:
            with translate_errors(shown):
                await check_server(first, shown, pool_size, 1 if member is None else 1 + member.more_connections)
                if member is None:
                    await refuse_running_fleet(first, shown, is_bot=is_bot)
                if is_bot or member is not None:
                    await lock.take(is_shared=member is not None)
                if member is not None:
                    # Before anything is changed that other members use.
                    await refuse_incompatible(first, member, shown)
                await (refuse_older if is_read_only else migrate)(first, shown)
                if member is not None:
                    await prepare_fleet(first, shown)
                    await join(first, member, owner)
                places = await read_places(first)
                if places is not None and (is_bot or member is not None):
                    wanted = {bot_id: editions.get(bot_id, "") for bot_id in bot_ids}
                    places = await assign_places(first, shown, wanted)
                home = await find_home(first)
                place = Place(home, home)
                # A bot that runs alone uses the schema of the news, unless there is a list of bots; so do its commands.
                is_alone = is_bot or is_read_only or any(map(editions.get, bot_ids))
                if bot_ids and not (is_alone and places is None):
                    place = find_place(bot_ids[0], places, shown)
                keeping = lock if is_bot or member is not None else None
                pool = await open_pool(make_read_only(values) if is_read_only else values, pool_size)
                database = cls(pool, shown, owner, home, places, keeping)
        except BaseException:
            await lock.release()
            raise
        if keeping is None:
            await lock.release()
        return database._at(place)

    def of_bot(self, bot_id: int) -> Self:
        """Return the same database with the chats of that bot.

        Raises:
            StoreError: the bot has none there.
        """
        return self._at(find_place(bot_id, self._places, self.shown))

    async def everywhere(self) -> tuple[Self, ...]:
        places = [place for place in await self._list_places() if place.news == self._place.news]
        return tuple(map(self._at, places))

    async def all_bots(self) -> tuple[Self, ...]:
        return tuple(map(self._at, await self._list_places()))

    async def _list_places(self) -> list[Place]:
        listed = []
        if await self.value(IS_LISTED):
            rows = await self.rows("SELECT place, news, edition FROM fleet.bots ORDER BY added_at")
            listed = [Place(**{"chats": row.pop("place"), **row}) for row in rows]
        # The tables of chats are there whether a bot uses them or not.
        if all(place.chats != self._home for place in listed):
            listed.append(Place(self._home, self._home))
        return sorted(listed, key=lambda place: place.chats != self._home)

    @property
    def bots(self) -> Collection[int]:
        """The ids of the bots that share the database. Empty if it was used by one bot alone."""
        return self._places or ()

    @property
    def place(self) -> str:
        return quote(self._place.chats)

    @property
    def news(self) -> str:
        return quote(self._place.news)

    def _at(self, place: Place) -> Self:
        other = copy(self)
        other._place = place  # noqa: SLF001  (same class)
        return other

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        async def run(connection: AsyncConnection[Row]) -> T:
            await connection.execute(READ)
            return await work(self._session(connection))

        return await self._repeated(run)

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Return the result of work that writes; see `sql.session.Sessions.write`.

        Raises:
            StoreUnreachable: the server went away, perhaps after it had committed.
        """
        is_committing = False

        async def run(connection: AsyncConnection[Row]) -> T:
            nonlocal is_committing
            async with connection.transaction():
                result = await work(self._session(connection))
                is_committing = True
            return result

        return await self._repeated(run, may_repeat=lambda: not is_committing)

    async def share_run(self, statements: tuple[str, ...], row: Sequence[Any]) -> bool:
        written: bool = await self._writes.put((self._place, statements), row, partial(self._run_shared, statements))
        return written

    async def _run_shared(self, statements: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> Sequence[bool]:
        *others, last = statements
        together = ", ".join(f"run{number} AS ({statement})" for number, statement in enumerate(others))
        sql, values = f"WITH {together} {last}" if together else last, {"rows": to_json(rows)}
        if "RETURNING" not in last:
            await self.run(sql, values)
            return [False] * len(rows)
        returned = {key for key, *_ in await self.write_one(lambda db: db.tuples(sql, values))}
        return [row[0] in returned for row in rows]

    async def read_one(self, work: Callable[[Session], Awaitable[T]]) -> T:
        return await self._repeated(lambda connection: work(self._session(connection)))

    write_one = read_one

    async def close(self) -> None:
        """Finish the waiting writes, close the pool and give up the lock. Closing twice is harmless."""
        await self._writes.close()
        await self._pool.close()
        if self._lock is not None:
            await self._lock.release()

    async def _repeated(
        self, run: Callable[[AsyncConnection[Row]], Awaitable[T]], may_repeat: Callable[[], bool] = lambda: True
    ) -> T:
        if self._lock is not None and self._lock.is_lost:
            raise self._lock.in_use_error()
        with translate_errors(self.shown):
            for left in range(MAX_ATTEMPTS - 1, -1, -1):
                used: AsyncConnection[Row] | None = None
                try:
                    # The pool rolls back an open transaction and replaces a dead connection.
                    async with self._pool.connection(WAIT_S) as used:
                        await self._set_search_path(used)
                        return await run(used)
                except CONFLICTS:
                    if not left:
                        raise
                    await asyncio.sleep(RETRY_AFTER_S)
                except postgres_errors.FeatureNotSupported:
                    # A newer version changed a table, so the statements prepared for it are invalid.
                    if not left or used is None:
                        raise
                    await used.close()
                except psycopg.OperationalError:
                    if not left or used is None or not used.closed or not may_repeat():
                        raise
                    # The server closed its connections: check the others in the pool too.
                    await self._pool.check()
        raise AssertionError("the last attempt returns or raises")

    def _session(self, connection: AsyncConnection[Row]) -> Session:
        chats, news = ("" if name == self._home else name for name in self._place[:2])
        return Session(connection, chats, news)

    async def _set_search_path(self, connection: AsyncConnection[Row]) -> None:
        """Set the search path of the connection, outside a transaction, to this bot's chats and news."""
        first = Place(self._home, self._home)
        if _is_same(self._search_paths.get(connection, first), self._place):
            return
        # Unknown if the statement is interrupted: the next user of the connection must not rely on it.
        self._search_paths[connection] = None
        names = dict.fromkeys(map(quote, self._place[:2]))
        path = "DEFAULT" if _is_same(first, self._place) else ", ".join(names)
        await connection.execute(f"SET search_path TO {path}".encode(), prepare=False)
        self._search_paths[connection] = self._place


def _is_same(one: Place | None, other: Place) -> bool:
    return one is not None and one[:2] == other[:2]


@contextmanager
def translate_errors(shown: str) -> Iterator[None]:
    """Translate psycopg's errors into ours."""
    try:
        yield
    except PoolClosed as error:
        raise StoreError("the database is closed") from error
    except postgres_errors.LockNotAvailable as error:
        raise StoreBusy(f"another process holds what is to be written in {shown}: try again") from error
    except postgres_errors.DiskFull as error:
        raise StoreError(f"the disk that holds {shown} is full: make room") from error
    except (postgres_errors.ReadOnlySqlTransaction, postgres_errors.InsufficientPrivilege) as error:
        raise StoreError(f"{shown} can't be written: {to_one_line(error)}") from error
    except psycopg.OperationalError as error:
        raise StoreUnreachable(f"{shown} does not answer: {to_one_line(error)}") from error
