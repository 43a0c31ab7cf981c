"""How soon a bot that was just started answers, and what it takes of the machine while nobody asks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.ingest.memory import processor_s

if TYPE_CHECKING:
    from benchmarks.load.scene import Scene

READER = 2_000_000
# After the start it loads what it may need later; then it is idle.
SETTLE_S = 20.0


@dataclass(frozen=True, slots=True)
class Start:
    """From the start of the process to the first answer, on the clock and of the processor; Python alone beside it."""

    answered_s: float
    processor_s: float


@dataclass(frozen=True, slots=True)
class Idle:
    """What the bot takes while nobody asks: its memory, and of one core, on average over so many seconds."""

    seconds: float
    mib: float
    processor: float


def start(stage: Scene, number: int) -> Start:
    """A person wrote before the bot was there."""
    event = stage.say(READER + number, "/bantuan")
    began = time.perf_counter()
    stage.start()
    feed = stage.ask("GET", "/sim/feed", chat_id=READER + number, after_event=event, timeout_s=60)
    took_s = time.perf_counter() - began
    if not feed["messages"] or stage.bot is None:
        raise SystemExit("the bot does not answer")
    return Start(took_s, processor_s(stage.bot.pid))


def idle(stage: Scene, seconds: float) -> Idle:
    time.sleep(min(SETTLE_S, seconds))
    before, began = stage.taken(), time.monotonic()
    time.sleep(seconds)
    after, took_s = stage.taken(), time.monotonic() - began
    return Idle(took_s, after.mib, (after.processor_s - before.processor_s) / took_s)


def measure(stage: Scene, starts: int, idle_s: float) -> tuple[list[Start], Idle]:
    """Several starts over the scene's database, and the last bot while nothing happens."""
    stage.make_chats(READER, starts)
    done = []
    for number in range(starts):
        stage.stop()
        done.append(start(stage, number))
    return done, idle(stage, idle_s)
