"""Outlets on loopback, each at its own address (127.0.1.1, 127.0.1.2, …), served by one process.

    python -m benchmarks.outlets FEEDS ENTRIES SEED PORT [AHEAD_S [MORE]]

Their clock is AHEAD_S seconds ahead. The process prints a line when it is ready. Pages are rendered per request, so
that ten thousand need little memory. Every other feed answers 304 to its ETag, the others have none. A request for
/next at any host publishes one more entry in each feed, MORE times at most; each lists its newest ENTRIES.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from benchmarks.news import PAGE_CHARS, feed_xml, make_news, page_html
from benchmarks.processes import ROOT

HOSTS_PER_NET = 250


def host_address(number: int) -> str:
    return f"127.0.{1 + number // HOSTS_PER_NET}.{1 + number % HOSTS_PER_NET}"


def base_urls(feeds: int, port: int) -> list[str]:
    return [f"http://{host_address(number)}:{port}" for number in range(feeds)]


@contextmanager
def run_outlets(
    feeds: int, entries: int, seed: int, port: int, ahead: timedelta = timedelta(), *, more: int = 0
) -> Iterator[int]:
    """Serve the outlets in a process of their own; yield its id.

    Raises:
        SystemExit: the process did not start.
    """
    numbers = (feeds, entries, seed, port, round(ahead.total_seconds()), more)
    command = [sys.executable, "-m", "benchmarks.outlets", *map(str, numbers)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
        try:
            if server.stdout is None or not server.stdout.readline():
                raise SystemExit("the outlets do not serve")
            yield server.pid
        finally:
            server.terminate()


class Outlets:
    """Answers requests by host and path."""

    def __init__(
        self, feeds: int, entries: int, seed: int, port: int, ahead: timedelta = timedelta(), more: int = 0
    ) -> None:
        self._entries, self._seed, self._more, self._published = entries, seed, more, 0
        self._bases = {base.removeprefix("http://"): base for base in base_urls(feeds, port)}
        news = make_news(feeds, entries + more, seed=seed, now=datetime.now(UTC).replace(microsecond=0) + ahead)
        self._news = {
            host: sorted(items, key=attrgetter("published_at")) for host, items in zip(self._bases, news, strict=True)
        }
        self._tagged = frozenset([*self._bases][::2])
        self._items = {(host, item.path): item for host, items in self._news.items() for item in items}
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
        if path == "/next":
            self._published = min(self._published + 1, self._more)
            return http_response(b"", "text/plain")
        if path == "/rss":
            tag = f'"{self._seed}-{self._published}"'
            if host in self._tagged and headers.get("if-none-match") == tag:
                return f"HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n".encode()
            listed = self._news[host][self._published : self._published + self._entries]
            more = f"ETag: {tag}\r\n" if host in self._tagged else ""
            return http_response(feed_xml(self._bases[host], listed[::-1]), "application/rss+xml", more)
        if (item := self._items.get((host, path))) is not None:
            return http_response(page_html(self._bases[host], item, size=self._rng.randrange(*PAGE_CHARS)), "text/html")
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def http_response(body: bytes, kind: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def main(feeds: int, entries: int, seed: int, port: int, ahead_s: int = 0, more: int = 0) -> None:
    outlets = Outlets(feeds, entries, seed, port, timedelta(seconds=ahead_s), more)
    servers = [await asyncio.start_server(outlets.serve, host_address(number), port) for number in range(feeds)]
    print("serving", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:7])))
