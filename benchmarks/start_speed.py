"""Measure how soon the bot answers after its start, and what it takes while idle; write its part of benchmarks.md.

    python -m benchmarks.start_speed [--starts N] [--idle SECONDS] [--smoke]

`--smoke` starts it once and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.installed import as_installed
from benchmarks.load.scene import scene
from benchmarks.load.start import measure
from benchmarks.page import machine, write_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.start import Idle, Start

PART = "Start and rest"
STARTS, IDLE_S = 9, 60.0
ANSWER_BAR_S, MEMORY_BAR_MIB, IDLE_BAR = 2.0, 220, 0.01
# What every bot of this kind is made of, and all of ours.
BARE = "import telegram.ext, apscheduler.schedulers.asyncio, sqlite3, httpx"
OURS = "import bot.run"


def loading_s(code: str) -> float:
    """How long a Python takes that loads this, and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=as_installed(os.environ), check=True)
    return time.perf_counter() - began


def page_of(starts: Sequence[Start], idle: Idle, bare: Sequence[float], ours: Sequence[float], load: float) -> str:
    answered = [start.answered_s for start in starts]
    used = [start.processor_s for start in starts]
    about = (
        f"`ringkas run` with the sample articles in its database and a message that waits, {len(starts)} times;"
        f" medians, with smallest and largest in brackets. At the end {load:.1f} processes wanted the cores: where they"
        " are more than the machine has, the processor time tells what a start costs. Beside it a Python that loads"
        " python-telegram-bot, APScheduler and httpx, and ends, and one that loads all of the bot. What is left of the"
        " time to the first answer is the database, the first calls of Telegram's methods, and the answer itself."
    )
    at_rest = f"processor time meanwhile, of one core, over {idle.seconds:.0f} s"
    lines = [
        machine("python-telegram-bot", "APScheduler", "httpx", "SQLite"),
        about,
        "",
        "| | measured | bar |",
        "|---|---|---|",
        f"| from the start of the process to the first answer, s | {spread(answered)} | under {ANSWER_BAR_S:.0f} |",
        f"| … of it processor time, s | {spread(used)} | |",
        f"| loading the libraries alone, s | {spread(bare)} | |",
        f"| loading all of the bot, s | {spread(ours)} | |",
        f"| memory while nobody asks, MiB | {idle.mib:.0f} | under {MEMORY_BAR_MIB} |",
        f"| {at_rest} | {idle.processor:.2%} | under {IDLE_BAR:.0%} |",
    ]
    return "\n".join(lines)


def spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--idle", type=float, default=IDLE_S, help="seconds")
    parser.add_argument("--smoke", action="store_true", help="once, and write nothing")
    parser.add_argument("--data", help="not needed: `make bench` names it for the other parts")
    asked = parser.parse_args()
    bare, ours = ([loading_s(code) for _ in range(1 if asked.smoke else asked.starts)] for code in (BARE, OURS))
    with TemporaryDirectory() as folder, scene(Path(folder), is_limited=True) as stage:
        starts, idle = measure(stage, 1 if asked.smoke else asked.starts, 2.0 if asked.smoke else asked.idle)
    text = page_of(starts, idle, bare, ours, os.getloadavg()[0])
    if asked.smoke:
        print(text)
        print("the harness works")
        return
    write_part(PART, text)


if __name__ == "__main__":
    main()
