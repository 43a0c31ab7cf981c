"""Gives every hostile input to the code that has to bear it, and writes docs/measurements/hostile-inputs.md.

    python -m benchmarks.hostile.run [--only GROUP] [--mutants COUNT] [--data FOLDER]

Each case runs in a process of its own, forked from one that has all modules loaded: what it takes is its own. Thousands
of mutated feeds are read too (see `feeds`), real ones where FOLDER has some.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.hostile.cases import ODD_FEEDS, groups
from benchmarks.hostile.feeds import healthy_feeds, real_feeds, report, survey_all
from benchmarks.load.floods import FLOODS as FLOOD_NAMES
from benchmarks.load.floods import measure as measure_floods
from benchmarks.load.floods import one_process
from benchmarks.page import machine
from summaries.errors import NothingToSummarize, RingkasError
from summaries.fetch.feeds.feeds import read_feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

PAGE = Path(__file__).parents[2] / "docs/measurements/hostile-inputs.md"
NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
LONGEST_S = 60.0
SEED = 20_261_124
MUTATED = "Mutated feeds"
MUTATED_HEAD = """\
Feeds with one to three changes each: bytes flipped, deleted, repeated and moved; tags dropped, doubled and swapped;
dates, addresses and characters replaced by bad ones; documents cut off or in another charset. Each is read, and then
taken as far as it can reach: keys, JSON, its first story, and the dates as chats at both ends of the clock see them. In
half of them all changes are within one entry. A feed that was cut off before its first entry is refused.
"""
FLOODS = "Floods"
FLOOD_SCALE = 0.5
FLOODS_HEAD = """\
A bot that has just started is flooded while a bystander asks for /berita four times a second. Half as many updates as
in [benchmarks.md](benchmarks.md#floods), which has a fleet, too.

| flood at half size | updates | messages to the flooders | unanswered /berita | median · p95 · worst, s |
|---|---|---|---|---|
"""
LONGEST_DETAIL = 110
HEAD = """\
# Hostile inputs, and what each got

Written by `make hostile`, which really runs every case. The names are those of the tests' tables. What is refused is
refused by type (`summaries/errors.py`); what is merely odd is read. Time is by the clock, from nothing; memory is by
how much the process grew at its highest, servers on loopback and their answers included. A slow server is cut off after
10 s, whatever it does. Forged presses and typed answers go to a whole bot: each must be answered, and nothing stored of
other chats may be told or changed.

"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one case: the type of the refusal or nothing, what it said, seconds, MiB."""

    outcome: str
    detail: str
    seconds: float
    mebibytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="run this group, and write nothing")
    parser.add_argument("--mutants", type=int, default=10_000, help="how many mutated feeds are read (10,000)")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="where the real feeds are, if any")
    given = parser.parse_args()
    only = given.only
    read_feed(ODD_FEEDS["neither date nor id"], url="https://outlet.example/rss")  # what is loaded late is loaded now
    text = HEAD + machine() + "\n"
    for group, cases in groups(NOW).items():
        if only in (None, group):
            text += (
                f"\n## {group}\n\n| input | outcome | what it says | time, s | memory, MiB |\n|---|---|---|---|---|\n"
            )
            for name, case in cases.items():
                line = row(name, measure(case))
                print(line, flush=True)
                text += line + "\n"
    if only in (None, FLOODS):
        flooded = floods()
        print(flooded)
        text += flooded
    uncaught: list[str] = []
    if only in (None, MUTATED):
        mutated, uncaught = mutated_feeds(real_feeds(given.data), given.mutants)
        print(mutated, *uncaught, sep="\n")
        text += mutated
    if only is None:
        PAGE.write_text(text, encoding="utf-8")
    if uncaught:
        sys.exit(1)


def floods() -> str:
    """Return the section of the page on floods."""
    lines = [
        f"| {one.name} | {one.updates} | {one.messages_to_flooders} | {one.unanswered} of {one.asked}"
        f" | {one.median_s:.2f} · {one.p95_s:.2f} · {one.worst_s:.2f} |"
        for one in measure_floods(list(FLOOD_NAMES), FLOOD_SCALE, one_process)
    ]
    return f"\n## {FLOODS}\n\n{FLOODS_HEAD}" + "\n".join(lines) + "\n"


def mutated_feeds(real: dict[str, bytes], count: int) -> tuple[str, list[str]]:
    """The section of the page on mutated feeds, and the errors that nobody caught."""
    text, uncaught = f"\n## {MUTATED}\n\n{MUTATED_HEAD}", []
    ours = healthy_feeds()
    for feeds, origin in ((real, f"{len(real)} of outlets, 2015 to 2026"), (ours, f"{len(ours)} of each format")):
        if feeds:
            tally = survey_all(feeds, count=count, seed=SEED, now=NOW)
            text += f"\n{report(tally, origin=origin)}"
            uncaught += tally.uncaught
    return text, uncaught


def measure(case: Callable[[], str]) -> Measured:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=bear, args=(case, theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(LONGEST_S):
            process.kill()
            return Measured("**not ended**", "", LONGEST_S, 0.0)
        return Measured(*ours.recv())
    except EOFError:
        return Measured("**broken**", "the process ended", 0.0, 0.0)
    finally:
        process.join()


def bear(case: Callable[[], str], answer: Connection) -> None:
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    try:
        outcome, detail = "read", case().removeprefix("read").removeprefix(": ")
    except NothingToSummarize as refusal:
        outcome, detail = f"NothingToSummarize: {refusal.reason.value}", refusal.detail
    except RingkasError as error:
        outcome, detail = type(error).__name__, str(error)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the table tells it
        outcome, detail = f"**{type(error).__name__}**", str(error)
    seconds = time.perf_counter() - start
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    answer.send((outcome, detail, seconds, grown_kib / 1024))


def row(name: str, measured: Measured) -> str:
    detail = " ".join(measured.detail.split())
    if len(detail) > LONGEST_DETAIL:
        detail = detail[:LONGEST_DETAIL] + "…"
    # What an input says must not become markup of this page.
    detail = detail.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
    detail = detail.encode("ascii", "backslashreplace").decode() if not detail.isprintable() else detail
    return f"| {name} | {measured.outcome} | {detail} | {measured.seconds:.2f} | {measured.mebibytes:.0f} |"


if __name__ == "__main__":
    main()
