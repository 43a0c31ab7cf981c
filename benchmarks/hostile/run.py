"""Pass every hostile input to the code that must handle it, and write docs/measurements/hostile-inputs.md.

    python -m benchmarks.hostile.run [--only GROUP] [--mutants COUNT] [--data FOLDER] [--smoke]

Each case runs in a forked process, which measures its time and memory. Thousands of mutated feeds are read too (see
`feeds`), real ones if FOLDER has some. `--smoke` runs two groups and a few mutants and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.hostile.cases import ODD_FEEDS, groups
from benchmarks.report import DOCS, describe_machine, table
from summaries.errors import NothingToSummarize, RingkasError
from summaries.fetch.feeds.feeds import read_feed
from tests.summaries.fetch.feeds.healthy_feeds import healthy_feeds
from tests.summaries.fetch.feeds.mutated_feeds import real_feeds, report, survey_all

PAGE = DOCS / "hostile-inputs.md"
NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
MAX_CASE_S = 60.0
SEED = 20_261_124
MUTATED = "Mutated feeds"
SMOKE_GROUPS, SMOKE_MUTANTS = ("Feeds that are odd", MUTATED), 100
MUTATED_HEAD = """\
Feeds with one to three changes each: bytes flipped, deleted, repeated and moved; tags dropped, doubled and swapped;
dates, addresses and characters replaced by bad ones; documents cut off or in another charset. Each is read and then
processed to the end: keys, JSON, its first story, and its dates in the earliest and the latest time zone. In half of
the feeds all changes are within one entry. A feed that was cut off before its first entry is refused.
"""
MAX_DETAIL_CHARS = 110
HEAD = """\
# Hostile inputs and their outcomes

Written by `make hostile`, which runs every case. The names are those of the tests' tables. Refusals have types
(`summaries/errors.py`); merely odd inputs are read. Time is on the clock; memory is the growth of the process's peak,
servers on loopback and their answers included. A slow server is cut off after 10 s.
[Benchmarks](benchmark-details.md#floods) has the floods of messages.

"""


# The type and message of a case's error, if any, its seconds and its mebibytes.
Outcome = tuple[str, str, float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="run this group, and write nothing")
    parser.add_argument("--mutants", type=int, default=10_000, help="how many mutated feeds are read (10,000)")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="where the real feeds are, if any")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    read_feed(ODD_FEEDS["neither date nor id"], url="https://outlet.example/rss")  # load lazily imported modules now
    by_group = groups(NOW)
    only = SMOKE_GROUPS if options.smoke else [options.only] if options.only else [*by_group, MUTATED]
    uncaught: list[str] = []
    text = f"{HEAD}{describe_machine()}\n"
    for name in only:
        if name == MUTATED:
            mutants = SMOKE_MUTANTS if options.smoke else options.mutants
            section, uncaught = describe_mutants(real_feeds(options.data), mutants)
        else:
            heads = ("input", "outcome", "message", "time, s", "memory, MiB")
            section = table(heads, (row(case, *measure(run)) for case, run in by_group[name].items()))
        print(section, *uncaught, sep="\n", flush=True)
        text += f"\n## {name}\n\n{section}\n"
    if not options.only and not options.smoke:
        PAGE.write_text(text, encoding="utf-8")
    if uncaught:
        sys.exit(1)


def describe_mutants(real: dict[str, bytes], count: int) -> tuple[str, list[str]]:
    """Return the section on mutated feeds, and the errors that were not caught."""
    uncaught: list[str] = []
    text = MUTATED_HEAD
    ours = healthy_feeds()
    for feeds, origin in ((real, f"{len(real)} of outlets, 2015 to 2026"), (ours, f"{len(ours)} of each format")):
        if feeds:
            tally = survey_all(feeds, count=count, seed=SEED, now=NOW)
            text += f"\n{report(tally, origin=origin)}\n"
            uncaught += tally.uncaught
    return text, uncaught


def measure(case: Callable[[], str]) -> Outcome:
    """Run the case in a forked process, for at most a minute."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=run_case, args=(case, theirs))
    process.start()
    theirs.close()
    try:
        if not ours.poll(MAX_CASE_S):
            process.kill()
            return "**not ended**", "", MAX_CASE_S, 0.0
        outcome: Outcome = ours.recv()
    except EOFError:
        return "**broken**", "the process ended", 0.0, 0.0
    else:
        return outcome
    finally:
        process.join()


def run_case(case: Callable[[], str], answer: Connection) -> None:
    """Run the case in this process and send its outcome."""
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    try:
        outcome, detail = "read", case().removeprefix("read").removeprefix(": ")
    except NothingToSummarize as refusal:
        outcome, detail = f"NothingToSummarize: {refusal.reason.value}", refusal.detail
    except RingkasError as error:
        outcome, detail = type(error).__name__, str(error)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the table shows it
        outcome, detail = f"**{type(error).__name__}**", str(error)
    seconds = time.perf_counter() - start
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    answer.send((outcome, detail, seconds, grown_kib / 1024))


def row(name: str, outcome: str, detail: str, seconds: float, mebibytes: float) -> tuple[str, str, str, str, str]:
    detail = " ".join(detail.split())
    if len(detail) > MAX_DETAIL_CHARS:
        detail = detail[:MAX_DETAIL_CHARS] + "…"
    # An input must not become markup of this page.
    detail = detail.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
    detail = detail.encode("ascii", "backslashreplace").decode() if not detail.isprintable() else detail
    return name, outcome, detail, f"{seconds:.2f}", f"{mebibytes:.0f}"


if __name__ == "__main__":
    main()
