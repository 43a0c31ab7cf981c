"""Let everything fail while digests are sent, and write into docs/reliability.md what was lost and what came twice.

What came is counted in the sandbox's own record of the bot's calls, never by what the bot says of itself.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.chaos import answers, databases, ends
from benchmarks.chaos.results import Refusal, Result, written
from benchmarks.chaos.stage import Stage
from benchmarks.page import machine
from bot.sandbox.server import SandboxServer

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
DELAY_S = 30

Outcome = TypeVar("Outcome", Result, Refusal)


def faults(stage: Stage, kills: int, chance: random.Random) -> list[Callable[[], Result]]:
    """Every fault, ready to be let loose."""
    # A fifth of the chats meets a fault; where each takes long, a tenth.
    some = max(1, len(stage.chat_ids) // 5)
    few = max(1, some // 2)
    times = max(2, kills // 20)
    page = answers.GATEWAY
    return [
        lambda: ends.kills(stage, kills, chance),
        lambda: ends.stops(stage, times * 2, chance),
        lambda: answers.refused(stage, max(2, times // 3), 4.0),
        lambda: answers.struck(stage, "connection reset before the request is handled", some, kind="reset_before"),
        lambda: answers.cut_while_read(stage, few),
        lambda: answers.struck(stage, "connection reset after it was handled", some, may_be_twice=some,
                               kind="reset_after"),
        lambda: answers.struck(stage, f"answers delayed by {DELAY_S} s", few, kind="delay", seconds=DELAY_S),
        lambda: answers.storm(stage, some, 60),
        lambda: answers.struck(stage, "500", some, kind="status", code=500),
        lambda: answers.struck(stage, "502 with a page in HTML", some, kind="status", code=502, body=page),
        lambda: answers.struck(stage, "200 with a page in HTML", some, kind="status", code=200, body=page),
        lambda: answers.outage(stage, "outage: 502 to everything", 45, kind="status", code=502, body=page),
        lambda: databases.busy(stage, times, chance),
        lambda: databases.full(stage, times, chance),
        lambda: databases.two_on_one_database(stage, max(2, times // 2)),
        lambda: databases.two_on_one_token(stage, 2),
        lambda: answers.chats_in_trouble(stage, max(2, some // 10)),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--folder", type=Path, help="keep database and log here")
    arguments = parser.parse_args()
    results: list[Result] = []
    refusals: list[Refusal] = []
    where = f"{machine()} Load at the start: {os.getloadavg()[0]:.1f}; seed {arguments.seed}."
    with TemporaryDirectory() as temporary, SandboxServer() as server:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        stage = Stage(server, folder, arguments.chats)
        chance = random.Random(arguments.seed)
        try:
            for let_loose in faults(stage, arguments.kills, chance):
                results.append(timed(let_loose))
                arguments.page.write_text(written(results, refusals, where), encoding="utf-8")
            for offer in databases.refusals(stage, max(2, arguments.kills // 10), chance):
                refusals.append(timed(offer))
                arguments.page.write_text(written(results, refusals, where), encoding="utf-8")
        finally:
            if stage.bot is not None:
                stage.bot.kill()
            if stage.server is not server:
                stage.server.stop()
    if not all(outcome.is_kept for outcome in (*results, *refusals)):
        raise SystemExit(1)


def timed(let_loose: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    outcome = let_loose()
    print(f"{time.monotonic() - began:5.0f} s  {outcome}{'' if outcome.is_kept else '  PROMISE BROKEN'}", flush=True)
    return outcome


if __name__ == "__main__":
    main()
