"""A real server on loopback whose every answer a test writes byte by byte."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

NOT_FOUND = b"HTTP/1.1 404 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Respond = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class LoopbackServer:
    """Answers by path: bytes are sent as they are, a function writes the response itself. Keeps the requests."""

    answers: dict[str, bytes | Respond] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    port: int = 0
    open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(request)
            answer = self.answers.get(request.split(" ")[1], NOT_FOUND)
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(request, writer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def hang_up(self) -> None:
        """End the answers that are still being written."""
        for task in self.open:
            task.cancel()
        await asyncio.gather(*self.open)


@pytest.fixture
async def server() -> AsyncIterator[LoopbackServer]:
    loopback = LoopbackServer()
    listening = await asyncio.start_server(loopback.handle, "127.0.0.1", 0)
    loopback.port = listening.sockets[0].getsockname()[1]
    yield loopback
    listening.close()
    await listening.wait_closed()
    await loopback.hang_up()
