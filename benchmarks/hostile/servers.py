"""Malicious servers, and the bot's fetcher with its default rules against them."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime

from summaries.fetch.client.http import DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT_S, GuardedFetcher
from summaries.fetch.client.robots import RobotsFetcher
from tests.summaries.fetch.client.test_guarded_network import METADATA, PRIVATE, PUBLIC, RoutedNetwork, make_resolver
from tests.summaries.fetch.client.test_http import make_response
from tests.summaries.fetch.conftest import LoopbackServer, Respond

OUTLET = "http://outlet.example/"
_OK = b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\n"
_MIB = 1024 * 1024


async def drip_body(_: str, writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 5000\r\n\r\n")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


async def drip_headers(_: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 x\r\nX-Long: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(1)


async def say_nothing(_: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(DEFAULT_TIMEOUT_S * 3)


async def send_without_end(_: str, writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"\r\n")
    while True:
        writer.write(b"a" * 65_536)
        await writer.drain()


async def bomb(_: str, writer: asyncio.StreamWriter) -> None:
    """Send a gibibyte of zeros, compressed to a mebibyte."""
    writer.write(_OK + b"Content-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(9, wbits=31)
    for _mebibyte in range(1024):
        writer.write(packer.compress(bytes(_MIB)))
        await writer.drain()
    writer.write(packer.flush())


SERVERS: Mapping[str, bytes | Respond] = {
    "a byte a second, in the body": drip_body,
    "a byte a second, in a header": drip_headers,
    "silence": say_nothing,
    "a body without end": send_without_end,
    "1 GiB in 1 MiB of gzip": bomb,
    "gzip in gzip": make_response(gzip.compress(gzip.compress(bytes(9 * _MIB))), Content_Encoding="gzip, gzip"),
    "6 MiB, as it says": _OK + b"Content-Length: %d\r\n\r\n" % (6 * _MIB) + b"a" * (6 * _MIB),
    "6 MiB, without saying so": _OK + b"\r\n" + b"a" * (6 * _MIB),
    "redirects in a circle": make_response(status=302, Location="/"),
    "redirect to loopback": make_response(status=302, Location="http://127.0.0.1/"),
    "redirect to a decimal address": make_response(status=302, Location="http://2130706433/"),
    "redirect to metadata": make_response(status=301, Location="http://169.254.169.254/latest/meta-data/"),
    "redirect to a mapped address": make_response(status=307, Location="http://[::ffff:10.0.0.1]/"),
    "redirect to a file": make_response(status=302, Location="file:///etc/passwd"),
    "redirect with credentials": make_response(status=302, Location="http://user:secret@outlet.example/"),
    "redirect to another port": make_response(status=302, Location="http://outlet.example:6379/"),
}
NAMES = {
    "the name leads to a private address": [PRIVATE],
    "the name leads to metadata": [METADATA],
    "one of two addresses is private": [PUBLIC, PRIVATE],
}
AGENTS = b"".join(b"User-agent: a%d\n" % n for n in range(13_000))
RULES = b"".join(b"Disallow: /%d\n" % n for n in range(13_000))


async def ask(response: bytes | Respond, max_bytes: int = DEFAULT_MAX_BYTES) -> str:
    """Fetch from a server at a public name, and return the size of the page."""
    async with _Outlet({"/": response}) as network, _fetcher(network, max_bytes) as fetcher:
        page = await fetcher.fetch(OUTLET)
        return f"read: {len(page.body):,} bytes"


async def look_up(name: str) -> str:
    async with (
        _Outlet({"/": make_response()}) as network,
        aclosing(GuardedFetcher(resolver=make_resolver(NAMES[name]), network=network)) as fetcher,
    ):
        await fetcher.fetch(OUTLET)
    return "read"


async def rebind() -> str:
    """Fetch from a name that resolves to a public address once, and to a private one afterwards."""
    async with (
        _Outlet({"/": make_response(status=302, Location="http://outlet.example/2")}) as network,
        aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC], [PRIVATE]), network=network)) as fetcher,
    ):
        await fetcher.fetch(OUTLET)
    return "read"


async def obey_robots(now: datetime) -> str:
    robots = make_response(AGENTS + b"User-agent: *\n" + RULES, content_type="text/plain")
    async with _Outlet({"/robots.txt": robots, "/12": make_response()}) as network, _fetcher(network) as fetcher:
        polite = RobotsFetcher(fetcher, product="RingkasBot", clock=lambda: now)
        await polite.fetch(OUTLET + "12")
    return "read"


def _fetcher(network: RoutedNetwork, max_bytes: int = DEFAULT_MAX_BYTES) -> aclosing[GuardedFetcher]:
    return aclosing(GuardedFetcher(resolver=make_resolver([PUBLIC]), network=network, max_bytes=max_bytes))


class _Outlet:
    """A server on loopback, and a network that routes every connection to it."""

    def __init__(self, answers: dict[str, bytes | Respond]) -> None:
        self._server = LoopbackServer(answers)

    async def __aenter__(self) -> RoutedNetwork:
        self._listening = await asyncio.start_server(self._server.handle, "127.0.0.1", 0)
        return RoutedNetwork(self._listening.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        await self._server.hang_up()
