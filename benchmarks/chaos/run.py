"""Let everything fail while digests are sent, and write into docs/reliability.md what was lost and what came twice.

What came is counted in the sandbox's own record of the bot's calls, never by what the bot says of itself.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos.stage import Count, Stage
from benchmarks.page import machine
from bot.sandbox.server import SandboxServer

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
# A start takes about a second and a half: some kills come before the first message, most while they go out.
SOONEST_KILL_S, LATEST_KILL_S = 1.0, 4.0


@dataclass(frozen=True, slots=True)
class Result:
    """A fault's outcome. `tries` counts how often it struck, `in_flight` the messages on their way at kills."""

    name: str
    tries: int
    count: Count
    in_flight: int | None = None
    note: str = ""


def kills(stage: Stage, tries: int, chance: random.Random) -> Result:
    """kill -9 at random moments; a new round begins whenever all went out."""
    total, in_flight = Count(0, 0, 0, 0), 0
    stage.make_due()
    for _ in range(tries):
        if stage.is_drained():
            total = added(total, stage.tally())
            stage.make_due()
        stage.start()
        time.sleep(chance.uniform(SOONEST_KILL_S, LATEST_KILL_S))
        in_flight += stage.kill()
    stage.start()
    stage.drain()
    stage.stop()
    return Result("kill -9", tries, added(total, stage.tally()), in_flight)


def stops(stage: Stage, tries: int, chance: random.Random) -> Result:
    """SIGTERM at random moments."""
    longest_s = 0.0
    stage.make_due()
    for _ in range(tries):
        stage.start()
        time.sleep(chance.uniform(SOONEST_KILL_S + 1, LATEST_KILL_S))
        longest_s = max(longest_s, stage.stop())
    stage.start()
    stage.drain()
    stage.stop()
    return Result("SIGTERM", tries, stage.tally(), note=f"the slowest stop took {longest_s:.1f} s")


def struck(name: str, stage: Stage, tries: int, **fault: object) -> Result:
    """One round in which as many calls meet the fault."""
    stage.fault(method="sendMessage", count=tries, **fault)
    stage.make_due()
    stage.start()
    stage.drain()
    stage.stop()
    return Result(name, tries, stage.tally())


def storm(stage: Stage, tries: int) -> Result:
    """Chats of which each is told to wait for long."""
    for chat_id in stage.chat_ids[:tries]:
        stage.fault(kind="status", method="sendMessage", chat_id=chat_id, count=1, code=429,
                    description="Too Many Requests: retry after 20", parameters={"retry_after": 20})  # fmt: skip
    stage.make_due()
    stage.start()
    stage.drain()
    stage.stop()
    return Result("429 with 20 s to wait", tries, stage.tally())


def blocked(stage: Stage, tries: int) -> Result:
    """Chats that blocked the bot among the others; the last round, since they stay quiet."""
    for chat_id in stage.chat_ids[:tries]:
        stage.http.post(f"/sim/chats/{chat_id}/block").raise_for_status()
    stage.make_due()
    stage.start()
    stage.drain()
    stage.stop()
    quiet = stage.count("SELECT count(*) FROM subscriptions WHERE NOT is_active")
    return Result("blocked chats among them", tries, stage.tally(), note=f"{quiet} chats went quiet")


def added(one: Count, other: Count) -> Count:
    return Count(one.due + other.due, one.lost + other.lost, one.twice + other.twice, one.thrice + other.thrice)


def faults(stage: Stage, chats: int, tries: int, chance: random.Random) -> list[Callable[[], Result]]:
    """Every fault, ready to be let loose."""
    some = chats // 5
    page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
    return [
        lambda: kills(stage, tries, chance),
        lambda: stops(stage, max(3, tries // 10), chance),
        lambda: struck("connection reset before the request is handled", stage, some, kind="reset_before"),
        lambda: struck("connection reset after it was handled", stage, some, kind="reset_after"),
        lambda: struck("answers delayed by 30 s", stage, some // 4, kind="delay", seconds=30),
        lambda: struck("500", stage, some, kind="status", code=500),
        lambda: struck("502 with an HTML page", stage, some, kind="status", code=502, body=page),
        lambda: storm(stage, some),
        lambda: blocked(stage, some),
    ]


def report(results: list[Result], chats: int) -> str:
    rows = "\n".join(
        f"| {r.name} | {r.tries:,} | {r.count.due:,} | {r.count.lost:,} | {r.count.twice:,} | {r.count.thrice:,} |"
        f" {'' if r.in_flight is None else f'{r.in_flight:,} on their way at the kills'}{r.note} |"
        for r in results
    )
    return f"""\
# Reliability

Written by `make chaos`: the bot as a process sends digests to {chats:,} chats that are due at once, through the
sandbox, whose own record of the bot's calls is counted. A message that may have arrived is sent once more, never twice
more: after a connection that was cut once the request had been handled, that is a second copy. {machine()}

| fault | tries | messages due | lost | came twice | more often | |
|---|---|---|---|---|---|---|
{rows}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--page", type=Path, default=PAGE)
    arguments = parser.parse_args()
    results = []
    with TemporaryDirectory() as folder, SandboxServer() as server:
        stage = Stage(server, Path(folder), arguments.chats)
        chance = random.Random(arguments.seed)
        for let_loose in faults(stage, arguments.chats, arguments.kills, chance):
            began = time.monotonic()
            results.append(let_loose())
            print(f"{time.monotonic() - began:5.0f} s  {results[-1]}", flush=True)
            arguments.page.write_text(report(results, arguments.chats), encoding="utf-8")
            if results[-1].count.lost or results[-1].count.thrice:
                print("PROMISE BROKEN", flush=True)
    if any(result.count.lost or result.count.thrice for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
