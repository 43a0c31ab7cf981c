"""A database on a server: functions run in transactions on its connections, and go on after a server was away."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors as postgres_errors
from psycopg_pool import PoolClosed

from summaries.errors import StoreBusy, StoreError, StoreUnreachable
from summaries.storage.postgres.advisory_lock import BotLock
from summaries.storage.postgres.connect import check_server, connect, connection_values, in_one_line
from summaries.storage.postgres.engine import PostgresEngine
from summaries.storage.postgres.fleet_schema import prepare_fleet
from summaries.storage.postgres.membership import join, refuse_beside, refuse_misfits
from summaries.storage.postgres.pool import WAIT_S, open_pool
from summaries.storage.postgres.schema import IS_LISTED, migrate
from summaries.storage.postgres.session import Session
from summaries.storage.postgres.tenants import home_of, place_of, quoted, read_places, settle
from summaries.storage.sql.session import to_json
from summaries.storage.url import shown_address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

    from psycopg import AsyncConnection
    from psycopg_pool import AsyncConnectionPool

    from summaries.model import Membership
    from summaries.storage.postgres.session import Row, Values

T = TypeVar("T")
V = TypeVar("V")

log = logging.getLogger(__name__)

# Two writers that waited for each other, a server that came back: the same again, so many times.
MOST_TRIES = 5
BETWEEN_TRIES_S = 0.05
CONFLICTS = (postgres_errors.DeadlockDetected, postgres_errors.SerializationFailure)
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Database:
    """Runs functions on connections of a pool, each in one transaction.

    Open with `await Database.open(url)`. A function given to `read` or `write` gets a `Session`, and must return plain
    values. It may be run again when the first run was rolled back, so it changes nothing but the database. `owner`
    names this process in leases. `of_bot` gives the same database as another bot has it: the same news, its own chats.
    """

    engine = PostgresEngine()

    def __init__(
        self,
        pool: AsyncConnectionPool[AsyncConnection[Row]],
        shown: str,
        owner: str,
        home: str,
        places: Mapping[int, str] | None,
        lock: BotLock | None,
    ) -> None:
        self.owner = owner
        self.shown = shown
        self._pool = pool
        self._lock = lock
        self._home = self._place = home
        self._places = places
        # Whose chats each connection sees; one that is new sees those beside the news.
        self._seen: WeakKeyDictionary[AsyncConnection[Row], str] = WeakKeyDictionary()

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        pool_size: int,
        is_bot: bool = False,
        member: Membership | None = None,
        bot_ids: Sequence[int] = (),
    ) -> Database:
        """Open the database and apply the missing migration steps. Only one bot may have it open, or any number of
        members of a fleet that understand each other.

        The chats are those of the first of `bot_ids`; without any, those that stand beside the news. A fleet's bots
        and one that runs are given a place where they have none.

        Raises:
            InvalidSettings: the address can't be understood.
            StoreUnreachable, StoreInUse, StoreTooNew, StoreError: see there; nothing was changed.
        """
        shown, values = shown_address(url), connection_values(url)
        first = await connect(values, shown)
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        lock = BotLock(first, values, shown, owner)
        try:
            with translated(shown):
                await check_server(first, shown, pool_size, 1 if member is None else 1 + member.more_connections)
                if member is None:
                    await refuse_beside(first, shown, is_bot=is_bot)
                if is_bot or member is not None:
                    await lock.take(is_shared=member is not None)
                if member is not None:
                    # Before anything is changed under the others' feet.
                    await refuse_misfits(first, member, shown)
                await migrate(first, shown)
                if member is not None:
                    await prepare_fleet(first, shown)
                    await join(first, member, owner)
                places = await read_places(first)
                if places is not None and (is_bot or member is not None):
                    places = await settle(first, shown, bot_ids)
                place = home = await home_of(first)
                # A bot alone has its chats beside the news, as long as there is no list that says otherwise.
                if bot_ids and not (is_bot and places is None):
                    place = place_of(bot_ids[0], places, shown)
                keeping = lock if is_bot or member is not None else None
                database = cls(await open_pool(values, pool_size), shown, owner, home, places, keeping)
        except BaseException:
            await lock.release()
            raise
        if keeping is None:
            await lock.release()
        return database._at(place)

    def of_bot(self, bot_id: int) -> Self:
        """The same database with the chats of that bot.

        Raises:
            StoreError: it has none there.
        """
        return self._at(place_of(bot_id, self._places, self.shown))

    async def everywhere(self) -> tuple[Self, ...]:
        """The same database once with the chats of each bot that was ever on it, those beside the news first."""
        listed = {}
        if await self.value(IS_LISTED):
            listed = {row["place"]: None for row in await self.rows("SELECT place FROM fleet.bots ORDER BY added_at")}
        return tuple(self._at(place) for place in {self._home: None, **listed})

    @property
    def bots(self) -> Collection[int]:
        """The ids of the bots that share the database. Empty if it was used by one bot alone."""
        return self._places or ()

    @property
    def place(self) -> str:
        """The schema of the chats, as it stands in a statement."""
        return quoted(self._place)

    def _at(self, place: str) -> Self:
        other = copy(self)
        other._place = place  # noqa: SLF001  (it is one of this class)
        return other

    async def read(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` on one consistent state of the database."""

        async def run(connection: AsyncConnection[Row]) -> T:
            await connection.execute(READ)
            return await work(self._session(connection))

        return await self._repeated(run)

    async def write(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` as one transaction: all of it is stored, or nothing. It is on the disk when this returns.

        Raises:
            StoreUnreachable: the server went away. Whether it had stored all by then is not known.
        """
        is_committing = False

        async def run(connection: AsyncConnection[Row]) -> T:
            nonlocal is_committing
            async with connection.transaction():
                result = await work(self._session(connection))
                is_committing = True
            return result

        return await self._repeated(run, may_repeat=lambda: not is_committing)

    async def share(self, work: Callable[[Session, Sequence[V]], Awaitable[None]], value: V) -> None:
        """Run `work` with one value as a transaction; see `sql.session.Sessions.share`."""
        await self.write(lambda db: work(db, (value,)))

    async def share_run(self, statements: tuple[str, ...], row: Sequence[Any]) -> None:
        """Run statements for one row in one round trip; see `sql.session.Sessions.share_run`."""
        *others, last = statements
        together = ", ".join(f"run{number} AS ({statement})" for number, statement in enumerate(others))
        await self.run(f"WITH {together} {last}" if together else last, {"rows": to_json([row])})

    async def rows(self, sql: str, values: Values = None, *, by_values: bool = False) -> list[Row]:
        """The rows of one statement that reads; see `Session.rows`."""
        return await self._repeated(lambda connection: self._session(connection).rows(sql, values, by_values=by_values))

    async def row(self, sql: str, values: Values = None) -> Row | None:
        """The first row of one statement that reads, if there is any."""
        return await self._repeated(lambda connection: self._session(connection).row(sql, values))

    async def value(self, sql: str, values: Values = None) -> Any:
        """The first column of the first row of one statement that reads, or None."""
        return await self._repeated(lambda connection: self._session(connection).value(sql, values))

    async def run(self, sql: str, values: Values = None) -> int:
        """Run one statement as a transaction; return how many rows it changed. It may run twice where the server goes
        away meanwhile: what must not is for `write`."""
        return await self._repeated(lambda connection: self._session(connection).run(sql, values))

    async def close(self) -> None:
        """Finish what is under way and close all connections. Closing twice is harmless."""
        await self._pool.close()
        if self._lock is not None:
            await self._lock.release()

    async def _repeated(
        self, run: Callable[[AsyncConnection[Row]], Awaitable[T]], may_repeat: Callable[[], bool] = lambda: True
    ) -> T:
        if self._lock is not None and self._lock.is_lost:
            raise self._lock.refusal()
        with translated(self.shown):
            for left in range(MOST_TRIES - 1, -1, -1):
                used: AsyncConnection[Row] | None = None
                try:
                    # What is left open is rolled back by the pool; a dead connection is replaced.
                    async with self._pool.connection(WAIT_S) as used:
                        await self._look_at_chats(used)
                        return await run(used)
                except CONFLICTS:
                    if not left:
                        raise
                    await asyncio.sleep(BETWEEN_TRIES_S)
                except postgres_errors.FeatureNotSupported:
                    # A newer version changed a table: what this connection had prepared for it is of no use.
                    if not left or used is None:
                        raise
                    await used.close()
                except psycopg.OperationalError:
                    if not left or used is None or not used.closed or not may_repeat():
                        raise
                    # The server ended its connections: those that are left are no better.
                    await self._pool.check()
        raise AssertionError("the last try returns or raises")

    def _session(self, connection: AsyncConnection[Row]) -> Session:
        return Session(connection, "" if self._place == self._home else self._place)

    async def _look_at_chats(self, connection: AsyncConnection[Row]) -> None:
        """Let the connection, which is in no transaction, see this bot's chats."""
        if self._seen.get(connection, self._home) == self._place:
            return
        path = "DEFAULT" if self._place == self._home else f"{self.place}, {quoted(self._home)}"
        await connection.execute(f"SET search_path TO {path}".encode(), prepare=False)
        self._seen[connection] = self._place


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """Turn psycopg's errors into ours, named by what must happen next."""
    try:
        yield
    except PoolClosed as error:
        raise StoreError("the database is closed") from error
    except postgres_errors.LockNotAvailable as error:
        raise StoreBusy(f"another process holds what is to be written in {shown}: try again") from error
    except postgres_errors.DiskFull as error:
        raise StoreError(f"the disk that holds {shown} is full: make room") from error
    except (postgres_errors.ReadOnlySqlTransaction, postgres_errors.InsufficientPrivilege) as error:
        raise StoreError(f"{shown} can't be written: {in_one_line(error)}") from error
    except psycopg.OperationalError as error:
        raise StoreUnreachable(f"{shown} does not answer: {in_one_line(error)}") from error
