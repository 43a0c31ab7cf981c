"""A process that starts while PostgreSQL recovers waits for it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot import run
from bot.run import wait_for_recovery
from summaries.storage import is_recovering

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
STARTING, RECOVERING = "the database system is starting up", "the database system is in recovery mode"
WRONG_PASSWORD = 'password authentication failed for user "ringkas"'


@dataclass
class FakeServer:
    """Refuses each connection with the next of the reasons, the last one again and again."""

    reasons: list[str]
    url: str = ""
    asked: int = 0
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, code = struct.unpack("!II", await reader.readexactly(8))
            await reader.readexactly(length - 8)
            if code not in {SSL_REQUEST, GSS_REQUEST}:
                break
            writer.write(b"N")
        reason = self.reasons[min(self.asked, len(self.reasons) - 1)]
        self.asked += 1
        self.is_asked.set()
        fields = f"SFATAL\0VFATAL\0C57P03\0M{reason}\0\0".encode()
        writer.write(b"E" + struct.pack("!I", len(fields) + 4) + fields)
        await writer.drain()
        writer.close()


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[FakeServer]:
    fake = FakeServer(request.param)
    async with await asyncio.start_server(fake.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        fake.url = f"postgresql://ringkas:rahasia@127.0.0.1:{port}/ringkas"
        yield fake


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RECOVERY_CHECK_S", 0.001)


@pytest.mark.parametrize(
    ("server", "expected"),
    [([STARTING], True), ([RECOVERING], True), ([WRONG_PASSWORD], False)],
    indirect=["server"],
)
async def test_recovery_differs_from_other_refusals(server: FakeServer, expected: bool) -> None:
    assert await is_recovering(server.url) is expected


@pytest.mark.parametrize("server", [[RECOVERING, RECOVERING, STARTING, WRONG_PASSWORD]], indirect=True)
async def test_start_waits_for_the_end_of_the_recovery(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    assert await wait_for_recovery(server.url, asyncio.Event())
    assert server.asked == 4
    assert caplog.text.count("waiting for it") == 1


@pytest.mark.parametrize("server", [[RECOVERING]], indirect=True)
async def test_stop_ends_the_wait(server: FakeServer) -> None:
    stop = asyncio.Event()
    waiting = asyncio.create_task(wait_for_recovery(server.url, stop))
    await server.is_asked.wait()
    stop.set()
    assert not await asyncio.wait_for(waiting, 10)


async def test_file_never_recovers() -> None:
    assert not await is_recovering("sqlite:///ringkas.db")
