"""Connection pools per host."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

import httpcore

MAX_HOSTS = 250
KEEP_ALIVE_S = 15.0


@dataclass(slots=True)
class _HostPool:
    pool: httpcore.AsyncConnectionPool
    users: int = 0
    used_at_s: float = 0.0


class HostPools:
    """A small pool for each recently requested host. For one event loop.

    httpcore examines each connection of a pool per request, and for each idle one all others again: one pool for two
    hundred hosts would cost more than reading their pages.
    """

    def __init__(self, make: Callable[[], httpcore.AsyncConnectionPool]) -> None:
        self._make = make
        # By host, least recently used first.
        self._pools: OrderedDict[bytes, _HostPool] = OrderedDict()

    @asynccontextmanager
    async def acquire(self, host: bytes) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        """Yield the host's pool, which stays open at least until the context ends."""
        entry = self._pools.get(host) or _HostPool(self._make())
        self._pools[host] = entry
        entry.users += 1
        try:
            yield entry.pool
        finally:
            entry.users -= 1
            entry.used_at_s = asyncio.get_running_loop().time()
            # All pools may have been closed in the meantime; the caller must still see the error of its own request.
            if self._pools.get(host) is entry:
                self._pools.move_to_end(host)
                await self._close_idle(entry.used_at_s)

    async def aclose(self) -> None:
        """Close every connection."""
        entry = list(self._pools.values())
        self._pools.clear()
        for one in entry:
            await one.pool.aclose()

    async def _close_idle(self, now_s: float) -> None:
        for host, entry in list(islice(self._pools.items(), 2)):
            is_old = now_s - entry.used_at_s > KEEP_ALIVE_S or len(self._pools) > MAX_HOSTS
            if is_old and not entry.users and self._pools.get(host) is entry:
                del self._pools[host]
                await entry.pool.aclose()
