"""Connections to IP addresses that were just resolved and judged, and to no others.

A name may resolve to something else between check and connection (DNS rebinding), so both use the same answer. TLS
still verifies the host name: only the IP address is pinned.

`httpx-secure` 2.0 was rejected: it opens plain connections to addresses before it judges them, accepts a name if any of
its addresses is public, and replaces private parts of httpx.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import httpcore

from summaries.errors import AddressRefused, NetworkDown, PermanentFetchError
from summaries.fetch.client.address_policy import IPAddress, check_addresses

Resolver = Callable[[str, int], Awaitable[Sequence[IPAddress]]]

# Connection errors of a machine without a network.
_NO_ROUTE = frozenset({errno.ENETDOWN, errno.ENETUNREACH})
_MAX_ATTEMPTS = 4  # of all the addresses that a name resolves to
_ATTEMPT_TIMEOUT_S = 3.0  # to connect to an address, if others remain


async def resolve(host: str, port: int) -> tuple[IPAddress, ...]:
    """Return every address that the system's resolver knows for the host. Raises OSError or UnicodeError.

    A look-up cannot be interrupted, so it runs on its own daemon thread: on the loop's few shared threads, hanging
    look-ups would block those for Telegram and delay the exit of the program.
    """
    with suppress(ValueError):  # most hosts are names
        return (ipaddress.ip_address(host),)
    found: Future[list[str]] = Future()
    found.set_running_or_notify_cancel()  # a cancelled caller leaves the look-up to finish

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([str(answer[4][0]) for answer in answers])
        except Exception as error:  # noqa: BLE001  (raised again where it is awaited)
            found.set_exception(error)

    threading.Thread(target=look_up, name=f"look-up-{host}", daemon=True).start()
    addresses = await asyncio.wrap_future(found)
    return tuple(dict.fromkeys(map(ipaddress.ip_address, addresses)))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were just resolved and judged."""

    def __init__(self, network: httpcore.AsyncNetworkBackend, resolver: Resolver, *, allow_private: bool) -> None:
        self._network = network
        self._resolver = resolver
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._resolve_public(host, port)
        failures: list[Exception] = []
        for left, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            try:
                return await self._network.connect_tcp(
                    str(address),
                    port,
                    timeout=_ATTEMPT_TIMEOUT_S if left else timeout,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failures.append(error)
        if failures and all(map(_has_no_route, failures)):
            raise NetworkDown(f"there is no route to {host}") from failures[-1]
        raise failures[-1] if failures else httpcore.ConnectError(f"{host} has no address")

    async def _resolve_public(self, host: str, port: int) -> list[IPAddress]:
        try:
            addresses = await self._resolver(host, port)
        except UnicodeError as error:
            raise AddressRefused(f"{host} is not a host's name") from error
        except OSError as error:
            if isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME:
                raise PermanentFetchError(f"no host is named {host}") from error
            raise NetworkDown(f"{host} could not be looked up: {error}") from error
        check_addresses(host, addresses, allow_private=self._allow_private)
        # IPv4 first, because IPv6 often has no route inside containers.
        return sorted(addresses, key=lambda address: address.version)[:_MAX_ATTEMPTS]


def _has_no_route(error: BaseException | None) -> bool:
    """Return whether this machine's network refused the connection, by the causes of the error."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROUTE:
            return True
        error = error.__cause__
    return False


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
