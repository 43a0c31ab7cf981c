"""Hit a fleet while it works, and let it send at the pace of paid broadcasts; write both parts of scaling.md.

    python -m benchmarks.fleet_speed [--parts hits paid] [--count N] [--smoke]

`--smoke` does it once over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.fleet.hits import WORKERS, digests, questions
from benchmarks.fleet.paid import Pacing, send
from benchmarks.fleet.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.fleet.hits import Hit
    from benchmarks.fleet.paid import Sent

HITS, PAID = "hits", "paid"
PARTS = {HITS: "A fleet that is hit while it works", PAID: "A fleet that pays for its messages"}
COUNT, QUESTIONS = 10_000, 1_000
SMOKE_COUNT = 60
PAGE = Path(__file__).parents[1] / "docs/measurements/scaling.md"
# Each for twenty seconds, unless it is as much as the processors do. Nobody's pace goes that far.
LASTS_S = 20
UNBOUND = Pacing("what the processors allow", 10_000, is_limited=False)
PACINGS = (
    UNBOUND,
    Pacing("free", 30),
    Pacing("paid", 100, is_paid=True),
    Pacing("paid", 1_000, is_paid=True),
)


def measure(count: int, asked: int, hits: Sequence[str]) -> list[Hit]:
    with TemporaryDirectory(prefix="ringkas-") as folder, Stage(Path(folder)) as stage:
        stage.make_chats(max(count, asked))
        done = []
        for hit in hits:
            done.append(digests(stage, count, hit))
            print(done[-1], flush=True)
        done.append(questions(stage, asked))
        print(done[-1], flush=True)
    return done


def measure_paid(count: int, pacings: Sequence[Pacing] = PACINGS, workers: int = WORKERS) -> list[Sent]:
    with TemporaryDirectory(prefix="ringkas-") as folder, Stage(Path(folder)) as stage:
        stage.make_chats(count)
        done = []
        for pacing in pacings:
            done.append(send(stage, pacing, workers, min(count, pacing.per_s * LASTS_S)))
            print(done[-1], flush=True)
    return done


def page_of(hits: Sequence[Hit], load: float) -> str:
    rows = "\n".join(
        f"| {hit.name} | {hit.wanted:,} | {hit.lost} | {hit.twice} | {hit.may_be_twice} | {hit.more}"
        f" | {hit.seconds:.0f} | {hit.members_ms:.1f} · {hit.server_ms:.1f} | {hit.note} |"
        for hit in hits
    )
    return f"""\
{WORKERS} workers, PostgreSQL and the sandbox, which takes messages without limits, on {os.cpu_count()} cores, which
{load:.1f} other processes wanted at the start. The sandbox's own record tells which messages came, and how often. The
milliseconds are processor time of a message; where messages are digests, the start of the members is part of it.

| what hits | messages | lost | twice | on their way at the hit | more often | s | ms: members · database | |
|---|---|---|---|---|---|---|---|---|
{rows}
"""


def page_of_paid(done: Sequence[Sent], workers: int, load: float) -> str:
    rows = "\n".join(
        f"| {one.pacing.name} | {one.pacing.per_s:,} | {one.wanted:,} | {one.rate:,.0f} | {one.most:,} | {one.refused}"
        f" | {one.lost} · {one.twice} | {one.marked:,} | {one.stars:,.1f}"
        f" | {one.members_ms:.1f} · {one.server_ms:.1f} · {one.sandbox_ms:.1f} |"
        for one in done
    )
    heads = (
        *("", "MESSAGES_PER_SECOND", "digests", "a second", "most in any second", "refused for pace", "lost · twice"),
        *("said to be paid for", "Stars", "ms: members · database · sandbox"),
    )
    return f"""\
{workers} workers, PostgreSQL and the sandbox on {os.cpu_count()} cores, which {load:.1f} other processes wanted at
the start. But for the first row the sandbox is as strict as Telegram: thirty messages a second over all chats, a
thousand where each says that it is paid for, and a tenth of a Star for each over thirty. Rates count from the first
message that came to the last; the most in any second is counted where they come, and what a slow moment of the
machine held up comes together. The milliseconds are processor time of a message. Where the cores are too few for
the pace, they set the rate, as in the first row: how many turns the pace itself gives is
[below](#how-many-turns-a-shared-pace-gives).

| {" | ".join(heads)} |
|{"---|" * len(heads)}
{rows}
"""


def smoke() -> None:
    page_of(measure(SMOKE_COUNT, SMOKE_COUNT, ["kill"]), 0)
    page_of_paid(measure_paid(SMOKE_COUNT, [Pacing("paid", 1_000, is_paid=True)], 2), 2, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if options.smoke:
        smoke()
        print("the harness works")
        return
    from benchmarks.page import record, write_part
    from benchmarks.postgres_version import machine_with_postgres
    from tests.postgres_server import server_of_ours

    where = machine_with_postgres("python-telegram-bot", "psycopg", "procrastinate", server=server_of_ours)
    if HITS in options.parts:
        hits = measure(options.count, QUESTIONS, ["", "kill", "restart"])
        record(
            message_worker_ms=hits[0].members_ms,
            message_server_ms=hits[0].server_ms,
            answer_worker_ms=hits[-1].members_ms,
            answer_server_ms=hits[-1].server_ms,
        )
        write_part(PARTS[HITS], f"{where}\n{page_of(hits, load)}", PAGE)
    if PAID in options.parts:
        done = measure_paid(options.count)
        write_part(PARTS[PAID], f"{where}\n{page_of_paid(done, WORKERS, load)}", PAGE)


if __name__ == "__main__":
    main()
