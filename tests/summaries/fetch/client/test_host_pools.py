"""Connections that are kept for a host's next request, and for how long."""

from __future__ import annotations

import asyncio

import httpcore
import pytest

from summaries.fetch.client import guarded_network as pools
from summaries.fetch.client.guarded_network import HostPools


class FakePool(httpcore.AsyncConnectionPool):
    """Opens nothing, and notes whether it was closed."""

    is_closed = False

    async def aclose(self) -> None:
        self.is_closed = True


def make_pools() -> tuple[HostPools, list[FakePool]]:
    made: list[FakePool] = []

    def make() -> FakePool:
        made.append(FakePool())
        return made[-1]

    return HostPools(make), made


async def test_each_host_has_its_own_pool() -> None:
    kept, made = make_pools()
    async with kept.acquire(b"satu") as one, kept.acquire(b"satu") as again, kept.acquire(b"dua") as other:
        assert one is again
        assert other is not one
    await kept.aclose()
    assert [pool.is_closed for pool in made] == [True, True]


async def test_least_recently_used_pool_is_closed_above_max_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "MAX_HOSTS", 2)
    kept, made = make_pools()
    for host in (b"satu", b"dua", b"satu", b"tiga"):
        async with kept.acquire(host):
            pass
    assert [pool.is_closed for pool in made] == [False, True, False]


async def test_idle_pool_is_closed_and_pool_in_use_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, made = make_pools()
    async with kept.acquire(b"satu"):
        pass
    monkeypatch.setattr(pools, "KEEP_ALIVE_S", -1.0)
    async with kept.acquire(b"dua"):
        async with kept.acquire(b"tiga"):
            pass
        assert [pool.is_closed for pool in made] == [True, False, False]
    await asyncio.sleep(0)
    await kept.aclose()
    assert all(pool.is_closed for pool in made)


async def test_request_in_progress_survives_closing_the_pools() -> None:
    kept, made = make_pools()

    async def cut_off() -> None:
        async with kept.acquire(b"satu"):
            await kept.aclose()
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await cut_off()
    assert [pool.is_closed for pool in made] == [True]
