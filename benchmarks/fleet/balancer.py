"""A load balancer in a few lines: each connection goes to the next receiver that takes it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

CHUNK = 65_536


class Balancer:
    """Listens at `port` on loopback, in a thread of its own, and passes bytes on to the ports of `behind`."""

    def __init__(self, port: int, behind: list[int]) -> None:
        self._port = port
        self._behind = behind
        self._next = 0
        self._loop = asyncio.new_event_loop()
        self._serves = Event()
        self._stopping: asyncio.Event | None = None
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._serves.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        async with await asyncio.start_server(self._pass_on, "127.0.0.1", self._port):
            self._serves.set()
            await self._stopping.wait()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._behind:
            self._next += 1
            with suppress(OSError):
                far = await asyncio.open_connection("127.0.0.1", self._behind[self._next % len(self._behind)])
                break
        else:
            writer.close()
            return
        await asyncio.gather(_copy(reader, far[1]), _copy(far[0], writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
