"""The bot's process ends while digests are sent: killed, or told to."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from benchmarks.chaos.results import Count, Result

if TYPE_CHECKING:
    import random

    from benchmarks.chaos.stage import Stage

# As long as Telegram takes: some messages are on their way whenever the process ends.
LATENCY_S = 0.15
# A kill comes at any moment of the start, or while messages go out: mostly soon, so that many are killed, and sometimes
# when what the last kill cut is sent again.
LATEST_IN_START_S, LATEST_IN_SENDING_S, LATE_S, LATEST_S = 4.0, 1.5, 8.0, 40.0
LONGEST_STOP_S = 5.0


def kills(stage: Stage, tries: int, chance: random.Random, name: str = "kill -9 at random moments") -> Result:
    """kill -9 at random moments; a new round begins whenever all went out."""
    total, cut, rounds = Count(), 0, 1
    # Some wait for several starts until they are sent again.
    on_their_way: set[tuple[int, ...]] = set()
    stage.fault(kind="delay", method="sendMessage", seconds=LATENCY_S, count=10**9)
    stage.make_due()
    for number in range(tries):
        if stage.is_drained():
            total += stage.tally()
            cut += len(on_their_way)
            on_their_way.clear()
            rounds += 1
            stage.make_due()
        stage.start()
        if number % 2:
            stage.wait_for_messages()
            latest_s = LATEST_S if number % 25 == 1 else LATE_S if number % 4 == 1 else LATEST_IN_SENDING_S
            time.sleep(chance.uniform(0, latest_s))
        else:
            time.sleep(chance.uniform(0, LATEST_IN_START_S))
        on_their_way |= stage.kill()
    stage.finish()
    stage.end_faults()
    cut += len(on_their_way)
    chats = len(stage.chat_ids)
    note = f"{cut:,} messages were on their way at the kills; {rounds} rounds of {chats:,} chats"
    return Result(name, tries, chats, total + stage.tally(), cut, note)


def stops(stage: Stage, tries: int, chance: random.Random, name: str = "SIGTERM at random moments") -> Result:
    """SIGTERM at random moments."""
    longest_s = 0.0
    stage.fault(kind="delay", method="sendMessage", seconds=LATENCY_S, count=10**9)
    stage.make_due()
    for _ in range(tries):
        stage.start()
        stage.wait_for_messages()
        time.sleep(chance.uniform(0, LATEST_IN_SENDING_S))
        longest_s = max(longest_s, stage.stop())
    stage.finish()
    stage.end_faults()
    note = f"the slowest stop took {longest_s:.1f} s, until the process was gone"
    if longest_s > LONGEST_STOP_S:
        # The bot's own clock starts with the signal: a machine that gives it no turn is not its doing.
        note += f" (on a machine with a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores)"
    return Result(name, tries, len(stage.chat_ids), stage.tally(), note=note)
