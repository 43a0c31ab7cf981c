"""Hit a fleet while it works, and write its part of docs/scaling.md.

    python -m benchmarks.fleet_speed [--count N] [--smoke]

`--smoke` does it once over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.fleet.hits import WORKERS, digests, questions
from benchmarks.fleet.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.fleet.hits import Hit

PART = "A fleet that is hit while it works"
COUNT, QUESTIONS = 10_000, 1_000
SMOKE_COUNT = 60
PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if options.smoke:
        page_of(measure(SMOKE_COUNT, SMOKE_COUNT, ["kill"]), load)
        print("the harness works")
        return
    from benchmarks.page import record, write_part
    from benchmarks.postgres_version import machine_with_postgres
    from tests.postgres_server import server_of_ours

    hits = measure(options.count, QUESTIONS, ["", "kill", "restart"])
    record(
        message_worker_ms=hits[0].members_ms,
        message_server_ms=hits[0].server_ms,
        answer_worker_ms=hits[-1].members_ms,
        answer_server_ms=hits[-1].server_ms,
    )
    where = machine_with_postgres("python-telegram-bot", "psycopg", "procrastinate", server=server_of_ours)
    write_part(PART, f"{where}\n{page_of(hits, load)}", PAGE)


if __name__ == "__main__":
    main()
