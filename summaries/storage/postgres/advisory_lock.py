"""The advisory lock that lets one bot alone, or one fleet, use a database. The server holds it until the connection
ends."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection

from summaries.errors import StoreError, StoreInUse
from summaries.storage.postgres.connect import connect, fetch_value

log = logging.getLogger(__name__)

# An arbitrary number.
KEY = 7_464_655_270_002
CHECK_EVERY_S = 5.0
RELEASE_S = 1.0
# Each member of a fleet also holds a lock that shows that its process is alive.
ALIVE_CLASS = 1_736_429
ALIVE = b"SELECT pg_advisory_lock_shared(%s, hashtext(%s) & 2147483647)"


def is_alive(owner: str) -> str:
    """Return SQL for whether the member named by the SQL expression `owner` holds its lock."""
    return f"""
EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid = {ALIVE_CLASS} AND l.objid = (hashtext({owner}) & 2147483647)::oid AND l.objsubid = 2 AND l.granted)
"""


class BotLock:
    """The lock, taken again after the server was away.

    While another bot has it, `is_lost` is set and nothing is stored. Call `take` first and `release` at the end.
    """

    def __init__(self, connection: AsyncConnection[Any], values: dict[str, Any], shown: str, owner: str) -> None:
        self.is_lost = False
        self._is_shared = False
        self._connection = connection
        self._values = values
        self._shown = shown
        self._owner = owner
        self._keeping: asyncio.Task[None] | None = None

    async def take(self, *, is_shared: bool = False) -> None:
        """Take the lock and keep it. A shared lock excludes only bots that run alone.

        Raises:
            StoreInUse: another bot has it.
        """
        self._is_shared = is_shared
        await self._lock()
        self._keeping = asyncio.create_task(self._keep())

    async def release(self) -> None:
        """Give up the lock."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        # The server notices the end of the connection a moment later, when the next bot may already want the lock.
        unlocking = asyncio.create_task(self._connection.execute("SELECT pg_advisory_unlock_all()"))
        await asyncio.wait([unlocking], timeout=RELEASE_S)
        # If the server does not answer, psycopg waits ten more seconds to cancel a statement on an open connection.
        await self._connection.close()
        unlocking.cancel()
        await asyncio.gather(unlocking, return_exceptions=True)

    def in_use_error(self) -> StoreInUse:
        if self._is_shared:
            return StoreInUse(
                f"a bot runs alone on {self._shown} (`ringkas run`): stop it first, then start workers and receivers"
            )
        return StoreInUse(
            f"another bot is running on {self._shown}: stop it first, or give this one another DATABASE_URL"
        )

    async def _lock(self) -> None:
        lock = "pg_try_advisory_lock_shared" if self._is_shared else "pg_try_advisory_lock"
        if not await fetch_value(self._connection, f"SELECT {lock}(%s)", [KEY]):
            raise self.in_use_error()
        if self._is_shared:
            await self._connection.execute(ALIVE, [ALIVE_CLASS, self._owner])

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY_S)
            try:
                if not self.is_lost:
                    await self._connection.execute("SELECT 1")
                    continue
            except psycopg.OperationalError:
                log.warning("the connection that keeps other bots away from %s was lost", self._shown)
            await self._take_again()

    async def _take_again(self) -> None:
        try:
            if self._connection.closed:
                self._connection = await connect(self._values, self._shown)
            await self._lock()
        except StoreInUse as error:
            if not self.is_lost:
                log.error("this bot stores nothing from here on: %s", error)  # noqa: TRY400  (the message is complete)
            self.is_lost = True
        except (StoreError, psycopg.OperationalError) as error:
            log.warning("%s", error)
        else:
            self.is_lost = False
            log.info("other bots are kept away from %s again", self._shown)
