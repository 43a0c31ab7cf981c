"""Hostile clients of an HTTP server, run as a process of their own: `python tests/flooding.py KIND PORT COUNT`.

It keeps COUNT connections open to 127.0.0.1:PORT, opens another one for each that the server closes, and prints
"open" once all were opened. It ends when its standard input does, or after a minute.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

LONGEST_S = 60.0
# Pause before a closed connection is reopened.
PAUSE_S = 1.0
BATCH = 100
ENDLESS_BODY = b"Content-Length: 900000\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
POST = b"POST /telegram HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"

Pieces = Callable[[], AsyncIterator[bytes]]


async def silent() -> AsyncIterator[bytes]:
    """Send nothing."""
    yield b""


async def half() -> AsyncIterator[bytes]:
    """Send half a head."""
    yield GET[:-4]


async def drip() -> AsyncIterator[bytes]:
    """Send a head one byte at a time."""
    for byte in POST * 100:
        yield bytes([byte])
        await asyncio.sleep(0.5)


async def body() -> AsyncIterator[bytes]:
    """Send a whole head, then the body one byte at a time."""
    yield POST + ENDLESS_BODY
    while True:
        await asyncio.sleep(0.5)
        yield b" "


async def chunked() -> AsyncIterator[bytes]:
    """Send chunks without an end."""
    yield GET + CHUNKED
    while True:
        await asyncio.sleep(0.5)
        yield b"1\r\n \r\n"


async def header() -> AsyncIterator[bytes]:
    """Send a header without an end."""
    yield GET + b"X-Long: "
    while True:
        yield b"x" * 1024
        await asyncio.sleep(0.1)


async def pipelined() -> AsyncIterator[bytes]:
    """Ask again and again, and read no answer."""
    while True:
        yield (GET + b"\r\n") * 20
        await asyncio.sleep(0.5)


async def broken() -> AsyncIterator[bytes]:
    """Send a body that is none."""
    yield POST + CHUNKED + b"not hexadecimal\r\n"


KINDS: dict[str, Pieces] = {
    kind.__name__: kind for kind in (silent, half, drip, body, chunked, header, pipelined, broken)
}


async def attack(pieces: Pieces, port: int) -> None:
    """Connect again and again."""
    while True:
        with suppress(OSError):
            # No answer is read further than this.
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            try:
                async for piece in pieces():
                    writer.write(piece)
                    await writer.drain()
                while await reader.read(1024):
                    pass
            finally:
                writer.close()
        await asyncio.sleep(PAUSE_S)


async def main(kind: str, port: int, count: int) -> None:
    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(attack(KINDS[kind], port)))
        if number % BATCH == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_S):
            await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
