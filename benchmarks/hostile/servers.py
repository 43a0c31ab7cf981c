"""Malicious servers, and the bot's fetcher with its default rules against them."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime

from summaries.fetch.client.http import DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT_S, GuardedFetcher
from summaries.fetch.client.robots import RobotsFetcher
from tests.summaries.fetch.client.test_guarded_network import (
    METADATA,
    PRIVATE,
    PUBLIC,
    Addresses,
    RoutedNetwork,
    make_resolver,
)
from tests.summaries.fetch.client.test_http import make_response
from tests.summaries.fetch.conftest import LoopbackServer, Respond

OUTLET = "http://outlet.example/"
_OK = b"HTTP/1.1 200 x\r\nContent-Type: text/html\r\n"
_MIB = 1024 * 1024


def repeat(head: bytes, piece: bytes, pause_s: float = 0) -> Respond:
    """Return an answer that sends the piece again and again without end."""

    async def respond(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    return respond


async def say_nothing(_: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(DEFAULT_TIMEOUT_S * 3)


async def bomb(_: str, writer: asyncio.StreamWriter) -> None:
    """Send a gibibyte of zeros, compressed to a mebibyte."""
    writer.write(_OK + b"Content-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(9, wbits=31)
    for _mebibyte in range(1024):
        writer.write(packer.compress(bytes(_MIB)))
        await writer.drain()
    writer.write(packer.flush())


SERVERS: Mapping[str, bytes | Respond] = {
    "a byte a second, in the body": repeat(_OK + b"Content-Length: 5000\r\n\r\n", b"a", 1),
    "a byte a second, in a header": repeat(b"HTTP/1.1 200 x\r\nX-Long: ", b"a", 1),
    "silence": say_nothing,
    "a body without end": repeat(_OK + b"\r\n", b"a" * 65_536),
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
# The addresses that a name resolves to, one list for each time.
NAMES: Mapping[str, Sequence[Addresses]] = {
    "the name leads to a private address": ([PRIVATE],),
    "the name leads to metadata": ([METADATA],),
    "one of two addresses is private": ([PUBLIC, PRIVATE],),
    "the name leads elsewhere the second time (DNS rebinding)": ([PUBLIC], [PRIVATE]),
}
ELSEWHERE = make_response(status=302, Location=f"{OUTLET}2")
AGENTS = b"".join(b"User-agent: a%d\n" % n for n in range(13_000))
RULES = b"".join(b"Disallow: /%d\n" % n for n in range(13_000))


async def ask(
    response: bytes | Respond, max_bytes: int = DEFAULT_MAX_BYTES, addresses: Sequence[Addresses] = ([PUBLIC],)
) -> str:
    """Fetch from a server whose name resolves to `addresses` in turn, and return the size of the page."""
    async with _serve({"/": response}, max_bytes, addresses) as fetcher:
        page = await fetcher.fetch(OUTLET)
        return f"read: {len(page.body):,} bytes"


async def obey_robots(now: datetime) -> str:
    robots = make_response(AGENTS + b"User-agent: *\n" + RULES, content_type="text/plain")
    async with _serve({"/robots.txt": robots, "/12": make_response()}) as fetcher:
        polite = RobotsFetcher(fetcher, product="RingkasBot", clock=lambda: now)
        await polite.fetch(OUTLET + "12")
    return "read"


@asynccontextmanager
async def _serve(
    answers: dict[str, bytes | Respond],
    max_bytes: int = DEFAULT_MAX_BYTES,
    addresses: Sequence[Addresses] = ([PUBLIC],),
) -> AsyncIterator[GuardedFetcher]:
    """Run a server on loopback; yield a fetcher that reaches it at every allowed address."""
    server = LoopbackServer(answers)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    network = RoutedNetwork(listening.sockets[0].getsockname()[1])
    resolver = make_resolver(*addresses)
    try:
        async with aclosing(GuardedFetcher(resolver=resolver, network=network, max_bytes=max_bytes)) as fetcher:
            yield fetcher
    finally:
        listening.close()
        await server.hang_up()
