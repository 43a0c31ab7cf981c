"""How many turns several processes get together from the pace that they share, and how many of them in any second."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from array import array
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.fleet.member import membership
from bot.fleet.rate_limits import SharedSendLimiter
from bot.transport.rate_limiter import Limits, turns_in_chat
from summaries.storage import open_fleet

if TYPE_CHECKING:
    from collections.abc import Sequence

BOT = 77
SENDERS = 24
# Chats of one process; each gets one message.
CHATS_EACH = 10_000_000


@dataclass(frozen=True, slots=True)
class Granted:
    """What so many processes got in `seconds`, of at most `per_s` a second; `most` is the most in any second, and
    `processor_ms` the processes' own time for a turn."""

    processes: int
    per_s: float
    seconds: float
    turns: int
    most: int
    processor_ms: float

    @property
    def rate(self) -> float:
        return self.turns / self.seconds


def most_in_a_second(times: Sequence[float]) -> int:
    """How many of the moments lie within one second, wherever it begins (pure); they are in order."""
    most = first = 0
    for number, moment in enumerate(times):
        while times[first] <= moment - 1:
            first += 1
        most = max(most, number - first + 1)
    return most


def grant(url: str, folder: Path, processes: int, *, per_s: float, seconds: float) -> Granted:
    """Let the processes take turns for so many seconds, as fast as they get them."""
    files = [folder / f"granted-{processes}-{number}" for number in range(processes)]
    with ExitStack() as stack:
        takers = [
            stack.enter_context(begin(json.dumps([url, str(file), number, per_s, seconds])))
            for number, file in enumerate(files)
        ]
        for taker in takers:
            if taker.stdout is not None:
                taker.stdout.readline()
        for taker in takers:
            if taker.stdin is not None:
                taker.stdin.close()
    if any(taker.returncode for taker in takers):
        raise RuntimeError("a process failed")
    times, processor_s = array("d"), 0.0
    for file in files:
        written = array("d", file.read_bytes())
        processor_s += written.pop(0)
        times.extend(written)
    if not times:
        raise RuntimeError("no turn was granted")
    in_order = sorted(times)
    took_s = in_order[-1] - in_order[0] or seconds
    return Granted(processes, per_s, took_s, len(times), most_in_a_second(in_order), 1000 * processor_s / len(times))


def begin(arguments: str) -> subprocess.Popen[bytes]:
    """A process that says when it is ready, and begins when its input ends."""
    command = [sys.executable, "-m", "benchmarks.fleet.granting", arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def take(url: str, file: str, number: int, per_s: float, seconds: float) -> None:
    """Take turns as a worker does that sends digests, each to another chat; write down when each was had."""
    fleet = await open_fleet(url, membership("worker", more_connections=0), pool_size=4)
    line = SharedSendLimiter(per_s, fleet.rate_limits, BOT)
    limits = Limits(overall_per_s=per_s)
    chats = iter(range(1 + number * CHATS_EACH, (number + 1) * CHATS_EACH))
    times = array("d")
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    # The clock is the machine's: all processes have the same.
    until, processor_s = time.monotonic() + seconds, time.process_time()

    async def send() -> None:
        while time.monotonic() < until:
            await line.acquire(is_background=True, chats=turns_in_chat(next(chats), limits, is_edit=False))
            times.append(time.monotonic())

    await asyncio.gather(*(send() for _ in range(SENDERS)))
    times.insert(0, time.process_time() - processor_s)
    Path(file).write_bytes(times.tobytes())  # noqa: ASYNC240  (nothing else is done any more)
    await fleet.store.close()


if __name__ == "__main__":
    arguments: list[Any] = json.loads(sys.argv[1])
    asyncio.run(take(*arguments))
