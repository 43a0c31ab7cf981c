"""Outlets on loopback, each with an address of its own (127.0.1.1, 127.0.1.2, …), in a process of their own.

    python -m benchmarks.ingest.server FEEDS ENTRIES SEED PORT [AHEAD_S]

Their clock is so many seconds ahead. It prints a line when it serves. Pages are put together when asked for, out of
what was made before, so that ten thousand of them need little memory; a feed answers 304 to its ETag.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta

from benchmarks.ingest.news import PAGE_CHARS, feed_xml, make_news, page_html, today

HOSTS_PER_NET = 250


def host_of(number: int) -> str:
    return f"127.0.{1 + number // HOSTS_PER_NET}.{1 + number % HOSTS_PER_NET}"


def bases_of(feeds: int, port: int) -> list[str]:
    return [f"http://{host_of(number)}:{port}" for number in range(feeds)]


class Outlets:
    """Answers requests by host and path."""

    def __init__(self, feeds: int, entries: int, seed: int, port: int, ahead: timedelta = timedelta()) -> None:
        self._tag = f'"{seed}"'
        self._bases = dict(zip((f"{host_of(n)}:{port}" for n in range(feeds)), bases_of(feeds, port), strict=True))
        news = make_news(feeds, entries, seed=seed, now=today() + ahead)
        self._feeds = {
            host: feed_xml(base, items) for (host, base), items in zip(self._bases.items(), news, strict=True)
        }
        self._items = {(host, item.path): item for host, items in zip(self._bases, news, strict=True) for item in items}
        self._rng = random.Random(seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self.answer(request))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def answer(self, request: str) -> bytes:
        lines = request.split("\r\n")
        path = lines[0].split(" ")[1]
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        host = headers["host"]
        if path == "/rss":
            if headers.get("if-none-match") == self._tag:
                return f"HTTP/1.1 304 Not Modified\r\nETag: {self._tag}\r\n\r\n".encode()
            return http(self._feeds[host], "application/rss+xml", f"ETag: {self._tag}\r\n")
        if (item := self._items.get((host, path))) is not None:
            return http(page_html(self._bases[host], item, size=self._rng.randrange(*PAGE_CHARS)), "text/html")
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def http(body: bytes, kind: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def main(feeds: int, entries: int, seed: int, port: int, ahead_s: int = 0) -> None:
    outlets = Outlets(feeds, entries, seed, port, timedelta(seconds=ahead_s))
    servers = [await asyncio.start_server(outlets.serve, host_of(number), port) for number in range(feeds)]
    print("serving", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:6])))
