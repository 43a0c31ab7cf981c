"""Connections go to the addresses that were judged; names that change, and names that lead nowhere."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpcore
import pytest

from summaries.errors import AddressRefused, NetworkDown, PermanentFetchError, TransientFetchError
from summaries.fetch.client.guarded_network import resolve
from summaries.fetch.client.http import GuardedFetcher

if TYPE_CHECKING:
    from tests.summaries.fetch.conftest import LoopbackServer

Addresses = Sequence[ipaddress.IPv4Address | ipaddress.IPv6Address]

PUBLIC, PRIVATE, METADATA = (ipaddress.ip_address(text) for text in ("203.119.13.10", "192.168.1.1", "169.254.169.254"))
PAGE = b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhalo"
REDIRECT = b"HTTP/1.1 302 x\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class RoutedNetwork(httpcore.AsyncNetworkBackend):
    """Takes every connection to one loopback port, and keeps the addresses that were asked for."""

    def __init__(self, port: int, *, unreachable: Sequence[str] = ()) -> None:
        self.asked: list[tuple[str, int]] = []
        self._port = port
        self._unreachable = unreachable
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.asked.append((host, port))
        if host in self._unreachable:
            raise httpcore.ConnectError("no route")
        return await self._network.connect_tcp("127.0.0.1", self._port, timeout, local_address, socket_options)


def make_resolver(*answers: Addresses | OSError | UnicodeError) -> Callable[[str, int], Awaitable[Addresses]]:
    """A resolver that gives the next answer each time it is asked, and the last one from then on."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Addresses:
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return given

    return resolve


async def test_connection_uses_the_checked_address(server: LoopbackServer) -> None:
    server.answers["/"] = PAGE
    network = RoutedNetwork(server.port)
    async with aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC]), network=network)) as fetcher:
        assert (await fetcher.fetch("http://news.example.com/")).status == 200
    assert network.asked == [(str(PUBLIC), 80)]
    assert "Host: news.example.com\r\n" in server.requests[0]


class RecordingStream(httpcore.AsyncNetworkStream):
    """Keeps the name that TLS was asked to verify, and breaks off there."""

    def __init__(self) -> None:
        self.verified: list[str | None] = []

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        self.verified.append(server_hostname)
        assert ssl_context.check_hostname
        assert ssl_context.verify_mode is ssl.CERT_REQUIRED
        raise httpcore.ConnectError("recorded")

    async def aclose(self) -> None:
        return None


class RecordingNetwork(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self.stream = RecordingStream()
        self.asked: list[tuple[str, int]] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.asked.append((host, port))
        return self.stream


async def test_tls_verifies_the_host_name() -> None:
    network = RecordingNetwork()
    async with aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC]), network=network)) as fetcher:
        with pytest.raises(TransientFetchError):
            await fetcher.fetch("https://news.example.com/")
    assert network.asked == [(str(PUBLIC), 443)]
    assert network.stream.verified == ["news.example.com"]


async def test_dns_rebinding_is_checked_on_every_request(server: LoopbackServer) -> None:
    server.answers["/"] = PAGE
    network = RoutedNetwork(server.port)
    async with aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC], [METADATA]), network=network)) as fetcher:
        await fetcher.fetch("http://rebind.example.com/")
        with pytest.raises(AddressRefused, match=r"169\.254\.169\.254"):
            await fetcher.fetch("http://rebind.example.com/")
    assert network.asked == [(str(PUBLIC), 80)]


async def test_host_with_one_private_address_is_not_connected(server: LoopbackServer) -> None:
    network = RoutedNetwork(server.port)
    async with aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC, PRIVATE]), network=network)) as fetcher:
        with pytest.raises(AddressRefused):
            await fetcher.fetch("http://mixed.example.com/")
    assert network.asked == []


@pytest.mark.parametrize("location", ["http://127.0.0.1/", "http://[::ffff:10.0.0.1]/", "http://inside.example.com/"])
async def test_redirect_to_a_private_host_is_refused(location: str, server: LoopbackServer) -> None:
    server.answers["/"] = REDIRECT % location.encode()
    network = RoutedNetwork(server.port)
    async with aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC], [PRIVATE]), network=network)) as fetcher:
        with pytest.raises(AddressRefused):
            await fetcher.fetch("http://news.example.com/")
    assert network.asked == [(str(PUBLIC), 80)]


async def test_next_address_is_tried_when_one_is_unreachable(server: LoopbackServer) -> None:
    server.answers["/"] = PAGE
    second = ipaddress.ip_address("2606:4700:4700::1111")
    network = RoutedNetwork(server.port, unreachable=[str(PUBLIC)])
    async with aclosing(GuardedFetcher(resolver=make_resolver([second, PUBLIC]), network=network)) as fetcher:
        assert (await fetcher.fetch("http://news.example.com/")).status == 200
    assert [host for host, _ in network.asked] == [str(PUBLIC), str(second)]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), PermanentFetchError),
        (socket.gaierror(socket.EAI_AGAIN, "later"), NetworkDown),
        (OSError("no network"), NetworkDown),
        (UnicodeError("label too long"), AddressRefused),
        ([], TransientFetchError),
    ],
)
async def test_resolver_error_is_permanent_or_transient(
    failure: OSError | UnicodeError | Addresses, expected: type[Exception]
) -> None:
    async with aclosing(GuardedFetcher(resolver=make_resolver(failure))) as fetcher:
        with pytest.raises(expected):
            await fetcher.fetch("http://news.example.com/")


@pytest.mark.parametrize(
    ("number", "expected"), [(errno.ENETUNREACH, NetworkDown), (errno.ECONNREFUSED, TransientFetchError)]
)
async def test_missing_route_is_a_fault_of_this_machine(number: int, expected: type[Exception]) -> None:
    class Network(httpcore.AsyncNetworkBackend):
        async def connect_tcp(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
            raise httpcore.ConnectError("failed") from OSError(number, "failed")

    async with aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC]), network=Network())) as fetcher:
        with pytest.raises(TransientFetchError) as failure:
            await fetcher.fetch("http://news.example.com/")
    assert type(failure.value) is expected


async def test_hanging_resolver_times_out() -> None:
    async def hang(host: str, port: int) -> Addresses:
        await asyncio.Event().wait()
        return ()

    async with aclosing(GuardedFetcher(resolver=hang, timeout_s=0.1)) as fetcher:
        with pytest.raises(TransientFetchError):
            await fetcher.fetch("http://news.example.com/")


async def test_hanging_lookup_does_not_block_others(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    waiting = [asyncio.create_task(resolve(f"host{n}.example", 80)) for n in range(64)]
    await asyncio.sleep(0)
    # The loop's shared threads are free.
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 5) == "free"
    for task in waiting:
        task.cancel()
    assert all(isinstance(r, asyncio.CancelledError) for r in await asyncio.gather(*waiting, return_exceptions=True))
    release.set()


async def test_resolve_returns_addresses_or_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ipaddress.ip_address("127.0.0.1") in await resolve("localhost", 80)

    def fail(*_: object, **__: object) -> list[object]:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(socket.gaierror, match="unknown"):
        await resolve("nowhere.example", 80)
