"""Faults of a fleet on PostgreSQL: a worker is killed, or the database server crashes, while digests go out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.chaos.results import Count, Result
from benchmarks.fleet import Fleet
from benchmarks.scene import FIRST_CHAT, Reader
from bot.sandbox.limits import Limits
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import SandboxServer

WORKERS = 4
MAX_ROUND_S = 900.0
SUBSCRIBE = """
INSERT INTO subscriptions (chat_id, times, zone, days, is_active, next_due_at, created_at, updated_at)
    SELECT n, '07:00', 'Asia/Jakarta', '0123456', true, %(now)s, %(now)s, %(now)s
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
"""


def kill_worker(chats: int) -> Result:
    """Kill one of the workers with SIGKILL after a third of the digests."""

    def strike(fleet: Fleet) -> str:
        fleet.members[0].kill()
        fleet.members[0].wait()
        return f"one of {WORKERS} workers"

    return send_digests("a fleet: kill -9 of a worker", chats, strike)


def crash_server(chats: int) -> Result:
    """Crash the database server after a third of the digests."""

    def strike(fleet: Fleet) -> str:
        return f"away for {fleet.crash_server():.1f} s"

    return send_digests("a fleet: the database server crashes", chats, strike)


def send_digests(name: str, chats: int, strike: Callable[[Fleet], str]) -> Result:
    """Send a digest to each chat with several workers, call `strike` after a third, and count the messages."""
    with open_fleet(chats) as (fleet, sandbox):
        now = datetime.now(UTC)
        fleet.execute(SUBSCRIBE, now=now, first=FIRST_CHAT, last=FIRST_CHAT + chats - 1)
        for _ in range(WORKERS):
            fleet.start("worker", "--queues", "digests,answers")
        wait_for_digests(fleet, chats // 3)
        (in_doubt,) = fleet.execute("SELECT count(*) FROM outbox WHERE state = 'sending'")[0]
        note = strike(fleet)
        (still_in_doubt,) = fleet.execute("SELECT count(*) FROM outbox WHERE state = 'sending'")[0]
        wait_for_digests(fleet, chats)
        copies = Counter(
            (int(call.parameters["chat_id"]), str(call.parameters["text"]))
            for call in list(sandbox.log.calls)
            if call.method == "sendMessage" and call.status == httpx.codes.OK
        )
    lost = chats - len({chat_id for chat_id, _ in copies})
    count = Count.of([(number, False) for number in (*copies.values(), *[0] * lost)], wrong=0)
    return Result(name, 1, chats, count, max(in_doubt, still_in_doubt), note)


def wait_for_digests(fleet: Fleet, count: int) -> None:
    """Wait until this many digests are finished.

    Raises:
        RuntimeError: it took too long.
    """
    deadline = time.monotonic() + MAX_ROUND_S
    while fleet.execute("SELECT count(*) FROM deliveries WHERE outcome IS NOT NULL")[0][0] < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count} digests were not finished within {MAX_ROUND_S:.0f} s")
        time.sleep(0.2)


@contextmanager
def open_fleet(chats: int) -> Iterator[tuple[Fleet, Sandbox]]:
    """Yield a fleet without members over a sandbox without rate limits that has the chats."""
    sandbox = Sandbox(limits=Limits(is_on=False))
    with (
        TemporaryDirectory(prefix="ringkas-") as folder,
        SandboxServer(sandbox) as server,
        closing(Reader(server.url)) as reader,
        Fleet(
            Path(folder), server.url, server.token, MESSAGES_PER_SECOND="10000", CHAT_MESSAGES_PER_SECOND="1000"
        ) as fleet,
    ):
        reader.make_chats(FIRST_CHAT, chats)
        yield fleet, sandbox
