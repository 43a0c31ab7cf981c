"""Measure a file on workers beside the plain command, hit them meanwhile, and write its part of scaling.md.

    python -m benchmarks.corpus_speed [--parts PART ...] [--lines N] [--smoke]

`--smoke` does it once over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.scaling.asking import QUESTION, beside_a_file
from benchmarks.scaling.corpus import passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.scaling.asking import Waited
    from benchmarks.scaling.corpus import Passage

PARTS = ("file", "answers")
FILE, ANSWERS = "A file on workers", "People who ask beside a file"
LINES, SMOKE_LINES = 20_000, 40
# The file is longer than the questions, whatever the machine.
QUESTIONS, LINES_A_QUESTION = 200, 1_000
PAGE = Path(__file__).parents[1] / "docs/measurements/scaling.md"


def measure(lines: int, *, is_smoke: bool = False) -> list[Passage]:
    with TemporaryDirectory(prefix="ringkas-") as folder:
        done = passages(Path(folder), lines, is_smoke=is_smoke)
    if not all(passage.is_same for passage in done):
        raise RuntimeError(f"what came differs: {[passage.name for passage in done if not passage.is_same]}")
    return done


def page_of(done: Sequence[Passage], load: float) -> str:
    plain = done[0]
    most = max(done, key=lambda passage: passage.most_chunks)
    rows = "\n".join(
        f"| {passage.name} | {passage.per_s:,.0f} | {passage.per_s / plain.per_s:.2f} | {passage.note} |"
        for passage in done
    )
    return f"""\
{plain.lines:,} lines of the sample articles through `ringkas summarize --jsonl`, one way after the other; what came
was byte for byte the same each time. {os.cpu_count()} cores for command, workers and server together, which {load:.1f}
other processes wanted at the start. At most {most.most_chunks} chunks with {most.most_bytes / 1e6:.1f} MB stood in the
database.

| how | lines a second | of the plain command | |
|---|---|---|---|
{rows}
"""


def answers_text(done: Sequence[Waited], load: float) -> str:
    rows = "\n".join(f"| {one.beside} | {one.questions} | {one.half_ms:,.0f} | {one.most_ms:,.0f} |" for one in done)
    return f"""\
One worker does everything. People ask it `{QUESTION}`, one after the other, first while it has nothing else to do, then
while it summarises a file with all its processes. {os.cpu_count()} cores for receiver, worker, server and sandbox
together, which {load:.1f} other processes wanted at the start.

| beside | questions | ms, half of them | ms, 95 of 100 |
|---|---|---|---|
{rows}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if options.smoke:
        page_of(measure(SMOKE_LINES, is_smoke=True), load)
        print("the harness works")
        return
    from benchmarks.page import write_part
    from benchmarks.postgres_version import machine_with_postgres
    from tests.postgres_server import server_of_ours

    where = machine_with_postgres("psycopg", "procrastinate", server=server_of_ours)
    if "file" in options.parts:
        write_part(FILE, f"{where}\n{page_of(measure(options.lines), load)}", PAGE)
    if "answers" in options.parts:
        with TemporaryDirectory(prefix="ringkas-") as folder:
            done = beside_a_file(Path(folder), QUESTIONS * LINES_A_QUESTION, QUESTIONS)
        write_part(ANSWERS, f"{where}\n{answers_text(done, load)}", PAGE)


if __name__ == "__main__":
    main()
