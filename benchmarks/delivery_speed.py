"""Measure digests and answers under load, and write their part of docs/measurements/benchmarks.md.

    python -m benchmarks.delivery_speed [--parts PART ...] [--chats N] [--rounds N] [--minutes N] [--people N] [--brief]
        [--smoke]

How fast very many digests are composed; how fast they go out, beside bare python-telegram-bot; whether Telegram's pace
is held for minutes while people ask; what a burst of updates leaves behind. `--brief` takes a few minutes instead of
twenty, and writes the last two under titles of their own. `--smoke` does it over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.load.holding import within
from benchmarks.page import machine, write_part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TITLES = {
    "sending": "Digests sent, beside what only sends",
    "composing": "Digests composed",
    "holding": "Telegram's pace, held while people ask",
    "burst": "A burst of questions",
}
LIBRARIES = ("python-telegram-bot", "httpx", "APScheduler", "SQLite")
ROOT = Path(__file__).parents[1]
CHATS, ROUNDS, MINUTES, PEOPLE = 100_000, 7, 10.0, 1000
BRIEF_ROUNDS, BRIEF_MINUTES, BRIEF_PEOPLE = 3, 0.5, 60
SENT_CHATS = 1500
COMPOSE_BAR_S, COMPOSE_BAR_MIB, RATIO_BAR, PACE_BAR, ANSWER_BAR_MS = 30, 400, 0.9, 28, 500
Json = dict[str, Any]


def measured(module: str, *arguments: object) -> Any:
    """What the module prints as JSON, run in a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"benchmarks.{module} failed")
    return json.loads(done.stdout)


def composing(found: Json) -> list[str]:
    about = (
        f"{found['chats']:,} chats are due in the same minute, with various wishes, and were told of various news"
        f" before: {found['bodies']:,} different messages. Claimed, composed, rendered and stored, in one process:"
    )
    return [
        about,
        "",
        "| | measured | bar |",
        "|---|---|---|",
        f"| on the clock, s | {found['wall_s']:.1f} | within {COMPOSE_BAR_S} |",
        f"| processor time, s | {found['cpu_s']:.1f} | |",
        f"| memory of the process at most, MiB | {found['peak_mb']:.0f} | within {COMPOSE_BAR_MIB} |",
    ]


def sending(rounds: Sequence[tuple[Json, Json, Json]], chats: int, load: float) -> list[str]:
    about = (
        f"With all limits lifted, {chats:,} digests that are composed already, beside what sends the longest of their"
        " texts to as many chats and writes nothing down: python-telegram-bot alone, and httpx alone, each with 6 and"
        f" with 24 senders, of which the better counts. In turn, {len(rounds)} times; medians, with smallest and"
        f" largest ratio in brackets. At the start {load:.1f} other processes wanted the cores."
    )
    lines = [
        about,
        "",
        "| | ours | python-telegram-bot alone | httpx alone | ours : python-telegram-bot | ours : httpx |",
        "|---|---|---|---|---|---|",
    ]
    for name, key, bar in (
        ("messages a second", "per_s", f" (at least {RATIO_BAR})"),
        ("processor time of a message, ms", "processor_ms", ""),
    ):
        cells = " | ".join(f"{median(sides[side][key] for sides in rounds):.1f}" for side in (0, 1, 2))
        library, client = (shares([sides[0][key] / sides[side][key] for sides in rounds]) for side in (1, 2))
        lines.append(f"| {name} | {cells} | {library}{bar} | {client} |")
    return lines


def shares(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def holding(found: Json) -> list[str]:
    waited = found["answers_s"]
    asked = sum(map(len, waited.values()))
    about = (
        f"With Telegram's limits, for {found['minutes']:.2g} minutes, more digests are due than can go out; meanwhile"
        f" somebody asks every second, {asked:,} times in all, /berita and /ringkas (a page seen for the first time) in"
        f" turn. {found['load']:.1f} processes wanted the cores on average."
    )
    return [
        about,
        "",
        "| | measured | bar |",
        "|---|---|---|",
        f"| messages a second, of 30 that Telegram takes | {found['per_s']:.1f} | at least {PACE_BAR} |",
        f"| in the slowest ten seconds | {found['slowest_per_s']:.1f} | |",
        *(answers(kind, times) for kind, times in waited.items()),
        f"| processor time, of one core | {found['processor']:.0%} | |",
        f"| memory at most, MiB | {found['peak_mib']:.0f} | |",
    ]


def answers(kind: str, times: Sequence[float]) -> str:
    middle, most, slowest = (1000 * time_s for time_s in (median(times), within(times, 0.95), max(times)))
    name = f"{kind}, median · 95 of 100 within · slowest, ms"
    return f"| {name} | {middle:.0f} · {most:.0f} · {slowest:.0f} | 95 of 100 within {ANSWER_BAR_MS} |"


def bursting(found: Json) -> list[str]:
    about = (
        f"{found['updates']:,} messages from {found['people']:,} people come at once (the bot stood still while they"
        " wrote), and are answered at Telegram's pace; a fifth as many from others were answered before: what is"
        " loaded once is no trace of them. What stays is how often each person asked and each chat was written to,"
        " which the bot keeps for 4,096 of them at most, a kilobyte each."
        f" At the end {found['load']:.1f} processes wanted the cores."
    )
    memory = f"{found['before_mib']:.0f} · {found['peak_mib']:.0f} · {found['after_mib']:.0f}"
    return [
        about,
        "",
        "| | measured | bar |",
        "|---|---|---|",
        f"| questions without an answer | {found['unanswered']} | 0 |",
        f"| answers in all | {found['messages']:,} | |",
        f"| until the last, s (30 a second would take {found['updates'] / 30:.0f}) | {found['took_s']:.0f} | |",
        f"| memory before · at most · a minute after, MiB | {memory} | back to its level |",
        f"| processor time of an update, ms | {found['processor_ms']:.1f} | |",
        f"| open files before · a minute after | {found['before_files']} · {found['after_files']} | |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=TITLES, default=list(TITLES))
    parser.add_argument("--chats", type=int, default=CHATS, help="due in the same minute")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of sending")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="at Telegram's pace")
    parser.add_argument("--people", type=int, default=PEOPLE, help="in the burst, ten messages each")
    parser.add_argument("--brief", action="store_true", help="in a few minutes")
    parser.add_argument("--smoke", action="store_true", help="over very little, and write nothing")
    parser.add_argument("--data", help="not needed: `make bench` names it for the other parts")
    asked = parser.parse_args()
    chats, sent, rounds, minutes, people = asked.chats, SENT_CHATS, asked.rounds, asked.minutes, asked.people
    if asked.brief:
        rounds, minutes, people = BRIEF_ROUNDS, BRIEF_MINUTES, BRIEF_PEOPLE
    if asked.smoke:
        chats, sent, rounds, minutes, people = 500, 50, 1, 0.1, 3
    load = os.getloadavg()[0]
    measures: dict[str, Callable[[], list[str]]] = {
        "sending": lambda: sending(measured("delivery.sending", "--chats", sent, "--rounds", rounds), sent, load),
        "composing": lambda: composing(measured("delivery.composing", chats)),
        "holding": lambda: holding(measured("load.holding", "--minutes", minutes)),
        "burst": lambda: bursting(measured("load.burst", "--people", people)),
    }
    for name in asked.parts:
        text = "\n".join([machine(*LIBRARIES), *measures[name]()])
        title = TITLES[name] + (", in brief" if asked.brief and name in ("holding", "burst") else "")
        if asked.smoke:
            print(f"{title}\n{text}", flush=True)
        else:
            write_part(title, text)
    if asked.smoke:
        print("the harness works")


if __name__ == "__main__":
    main()
