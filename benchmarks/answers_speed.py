"""Measure how soon the bot answers in the sandbox, and write its part of docs/measurements/benchmarks.md.

    python -m benchmarks.answers_speed [--rounds N] [--smoke]

One bot, one sandbox, one reader on loopback: the time from the moment when the reader sends (or presses) to the moment
when the answer is in the chat, with Telegram's stand-in between, in a database with the sample articles. Every command
is asked, buttons are pressed, pages are slow; and all of that as often while digests go out at Telegram's pace.
`--smoke` does each once and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx

from benchmarks.answers_asked import ANSWERED, BARE, FIRST, KNOWN, TYPING, Asking
from benchmarks.answers_scene import ADMINS, bare_bot, import_news_of_today, site
from benchmarks.answers_stages import page_stages_ms
from benchmarks.load.fan_out import FanOut
from benchmarks.load.holding import within
from benchmarks.load.scene import scene
from benchmarks.page import machine, write_part
from bot.sandbox.sandbox import SANDBOX_TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.answers_asked import Times
    from benchmarks.load.fan_out import Stretch

PART = "Answers"
ROUNDS = 30
# So many rounds alone are followed by as many under a fan-out, in turn.
BLOCK = 4
# Digests that wait when a round begins: they last for eight seconds at least, and a round takes four.
WAITING = 240
FAN_OUT_CHAT = 4_000_000
BARE_BOT = "8"
BARE_TOKEN = f"{BARE_BOT}:{'b' * 35}"
# Milliseconds within which 95 of 100 are to be there; under a fan-out all others, too.
BARS = {KNOWN: 150, TYPING: 300, ANSWERED: 1000}
FAN_OUT_BAR = 500

INTRODUCTION = """\
From the moment when a reader sends or presses to the moment when the answer is in the chat, in the sandbox, with the
sample articles and Telegram's limits; {rounds} times each alone, and as often while digests go out, {block} rounds of
the one and of the other in turn. The bot keeps Telegram's pace (three messages at once in a chat, thirty a second in
all), so that each round has readers of its own. Beside it, in turn, a bot of python-telegram-bot alone that answers
whatever it reads with one word and knows no pace: less no answer takes, and what the machine is busy with meanwhile is
all that its answers wait for.

Digests went out to the last question of each round, {digests:.1f} a second meanwhile ({fewest:.1f} in the slowest
round), of thirty messages a second that Telegram takes. An answer goes before them and finds a turn that they left:
what makes it later is that bot, stand-in and reader have more to do on the same cores.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of each kind of answer, alone and under a fan-out; the digests of each round under it."""

    alone: Times
    meanwhile: Times
    stretches: Sequence[Stretch]


def measure(asking: Asking, fan_out: FanOut, rounds: int, waiting: int = WAITING) -> Measured:
    """So many rounds alone, and as many under the fan-out; `waiting` digests wait when each of these begins."""
    alone: Times = {}
    meanwhile: Times = {}
    stretches: list[Stretch] = []
    asking.warm()
    for begun in range(0, rounds, BLOCK):
        block = range(begun, min(begun + BLOCK, rounds))
        for _ in block:
            asking.round(alone)
        fan_out.fill(waiting)
        fan_out.wait_for_first()
        for _ in block:
            fan_out.fill(waiting)
            fan_out.stretch()
            asking.round(meanwhile)
            stretches.append(fan_out.stretch())
        fan_out.wait_for_last()
    return Measured(alone, meanwhile, stretches)


def check(stretches: Sequence[Stretch]) -> None:
    """Raises SystemExit where the digests did not last as long as the questions."""
    if ended := sum(not stretch.is_whole for stretch in stretches):
        raise SystemExit(f"in {ended} of {len(stretches)} rounds all digests were out before the last answer")


def table(found: Measured) -> str:
    """The table, as Markdown."""
    columns = "alone: median · 95 of 100 within, ms | times the least | while digests go out | times alone | bar, ms"
    lines = [f"| answer | {columns} |", "|---|---|---|---|---|---|"]
    least = median(found.alone[BARE])
    for kind in sorted(found.alone, key=lambda kind: (kind not in BARS, kind.startswith("/"), kind)):
        alone, meanwhile = found.alone[kind], found.meanwhile[kind]
        lines.append(
            f"| {kind} | {median(alone):.0f} · {within(alone, 0.95):.0f} | {median(alone) / least:.1f}"
            f" | {median(meanwhile):.0f} · {within(meanwhile, 0.95):.0f} | {median(meanwhile) / median(alone):.1f}"
            f" | {BARS.get(kind, '')} |"
        )
    return "\n".join(lines)


def verdict(found: Measured) -> str:
    missed = [kind for kind, bar in BARS.items() if within(found.alone[kind], 0.95) > bar]
    missed += [
        f"{kind} while digests go out"
        for kind, times in found.meanwhile.items()
        if within(times, 0.95) > BARS.get(kind, FAN_OUT_BAR)
    ]
    if missed:
        return f"Missed: {'; '.join(missed)}."
    return (
        f"All bars were met, and while digests go out 95 of 100 of each other kind were there within {FAN_OUT_BAR} ms."
    )


def profile(found: Measured, stages: Mapping[str, float]) -> str:
    """Where the time of the answer goes that takes more than twice the least, but for what is slow on purpose."""
    parts = ", ".join(f"{stage} {ms:.1f}" for stage, ms in stages.items())
    return (
        f"{FIRST}: of {median(found.alone[FIRST]):.0f} ms the least answer takes {median(found.alone[BARE]):.0f};"
        f" by themselves, {parts}."
    )


def page_of(found: Measured, stages: Mapping[str, float], rounds: int, load: float) -> str:
    seconds = sum(stretch.seconds for stretch in found.stretches)
    about = INTRODUCTION.format(
        rounds=rounds,
        block=min(BLOCK, rounds),
        digests=sum(stretch.digests for stretch in found.stretches) / seconds,
        fewest=min(stretch.digests / stretch.seconds for stretch in found.stretches),
    )
    began = f"When it began, {load:.1f} processes wanted the cores."
    return f"{about}\n{table(found)}\n\n{profile(found, stages)}\n\n{began} {verdict(found)}"


def bare_client(url: str) -> httpx.Client:
    """For who writes to the bare bot, in the sandbox at the address."""
    return httpx.Client(base_url=url, params={"bot": BARE_BOT}, trust_env=False, timeout=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is asked, alone and under a fan-out")
    parser.add_argument("--smoke", action="store_true", help="once, and write nothing")
    parser.add_argument("--data", help="not needed: `make bench` names it for the other parts")
    asked = parser.parse_args()
    rounds = 1 if asked.smoke else asked.rounds
    load = os.getloadavg()[0]
    tokens, admins = (SANDBOX_TOKEN, BARE_TOKEN), ",".join(map(str, ADMINS))
    with (
        TemporaryDirectory() as folder,
        scene(Path(folder), is_limited=True, tokens=tokens, ADMIN_IDS=admins) as stage,
        site() as url,
        bare_client(stage.url) as bare,
        bare_bot(stage.url, BARE_TOKEN),
    ):
        import_news_of_today(stage)
        stage.start()
        found = measure(Asking(stage.http, bare, url), FanOut(stage, FAN_OUT_CHAT), rounds)
        stages = asyncio.run(page_stages_ms(url, Path(folder) / "stages.db", rounds))
    check(found.stretches)
    text = page_of(found, stages, rounds, load)
    print(text)
    if not asked.smoke:
        write_part(PART, f"{machine('python-telegram-bot', 'httpx', 'SQLite')}\n{text}")


if __name__ == "__main__":
    main()
