"""A PostgreSQL that is stopped and started again while eight writers are at work on it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg

from summaries.errors import StoreError
from summaries.model import NewsQuery
from summaries.storage import open_store
from tests.postgres_server import own_server

if TYPE_CHECKING:
    from pathlib import Path

    from summaries.storage import Store

WRITERS = 8
BEFORE_S, AWAY_S, AFTER_S = 2.0, 3.0, 4.0


@dataclass(frozen=True, slots=True)
class Restarted:
    """How long the server was away, what was written in all, what of it failed, and what was lost though it was said to
    be stored."""

    away_s: float
    stored: int
    failed: int
    lost: int


class Writers:
    """Each stores searches, one after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._number = 0
        self.stored: set[str] = set()
        self.failed = 0
        self.is_over = False

    async def write(self) -> None:
        while not self.is_over:
            self._number += 1
            words = f"kata{self._number}"
            try:
                await self._store.queries.remember(NewsQuery(words=words), now=datetime.now(UTC))
                self.stored.add(words)
            except StoreError:
                self.failed += 1
            await asyncio.sleep(0.01)


async def restart(folder: Path) -> Restarted:
    """Start a server in `folder`, and stop it in the midst of the work."""
    server = own_server(folder, cleanup_mode="delete")
    store = await open_store(server.get_uri(), pool_size=4)
    writers = Writers(store)
    tasks = [asyncio.create_task(writers.write()) for _ in range(WRITERS)]
    await asyncio.sleep(BEFORE_S)
    began = time.perf_counter()
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(server.ensure_postgres_running)
    away_s = time.perf_counter() - began
    await asyncio.sleep(AFTER_S)
    writers.is_over = True
    await asyncio.gather(*tasks)
    await store.close()
    with psycopg.connect(server.get_uri()) as connection:
        kept = " ".join(query for (query,) in connection.execute("SELECT query FROM queries").fetchall())
    server.cleanup()
    lost = sum(f'"{words}"' not in kept for words in writers.stored)
    return Restarted(away_s, len(writers.stored), writers.failed, lost)
