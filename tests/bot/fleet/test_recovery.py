"""A process that starts while PostgreSQL recovers or starts waits for it."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot import run
from bot.run import wait_for_server
from summaries.storage import ServerState, find_server_state
from summaries.storage.postgres.connect import classify_refusal
from tests.ports import free_port

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
    monkeypatch.setattr(run, "SERVER_CHECK_S", 0.001)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ([STARTING], ServerState.RECOVERING),
        ([RECOVERING], ServerState.RECOVERING),
        ([WRONG_PASSWORD], ServerState.READY),
    ],
    indirect=["server"],
)
async def test_recovery_differs_from_other_refusals(server: FakeServer, expected: ServerState) -> None:
    assert await find_server_state(server.url) is expected


@pytest.mark.parametrize("server", [[RECOVERING, RECOVERING, STARTING, WRONG_PASSWORD]], indirect=True)
async def test_start_waits_for_the_end_of_the_recovery(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    assert await wait_for_server(server.url, asyncio.Event())
    assert server.asked == 4
    assert caplog.text.count("waiting for it") == 1


@pytest.mark.parametrize("server", [[RECOVERING]], indirect=True)
async def test_stop_ends_the_wait(server: FakeServer) -> None:
    stop = asyncio.Event()
    waiting = asyncio.create_task(wait_for_server(server.url, stop))
    await server.is_asked.wait()
    stop.set()
    assert not await asyncio.wait_for(waiting, 10)


async def test_file_is_always_ready() -> None:
    assert await find_server_state("sqlite:///ringkas.db") is ServerState.READY


def test_host_without_a_name_is_away() -> None:
    text = "failed to resolve host 'postgres': [Errno -2] Name or service not known"
    assert classify_refusal(text) is ServerState.AWAY


@pytest.mark.parametrize("host", ["127.0.0.1:9", "%2Ftmp%2Ftiada"])
async def test_server_that_does_not_listen_is_away(host: str) -> None:
    assert await find_server_state(f"postgresql://ringkas:rahasia@{host}/ringkas") is ServerState.AWAY


async def test_start_waits_for_a_server_that_begins_to_listen(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fake, port = FakeServer([STARTING, WRONG_PASSWORD]), free_port()
    listening: list[asyncio.Server] = []

    async def wait(*_: object) -> None:
        if not listening:
            listening.append(await asyncio.start_server(fake.serve, "127.0.0.1", port))

    monkeypatch.setattr(run, "wait", wait)
    assert await wait_for_server(f"postgresql://ringkas:rahasia@127.0.0.1:{port}/ringkas", asyncio.Event())
    listening[0].close()
    assert fake.asked == 2
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "PostgreSQL does not listen yet",
        "PostgreSQL is starting up or recovering from a crash",
    ]


async def test_wait_for_a_server_that_never_listens_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    states = [ServerState.AWAY] * (run.MAX_CHECKS_AWAY + 1)

    async def find_state(_: str) -> ServerState:
        return states.pop()

    monkeypatch.setattr(run, "find_server_state", find_state)
    assert await wait_for_server("postgresql://tiada.invalid/ringkas", asyncio.Event())
    assert (states, len(caplog.records)) == ([], 1)
