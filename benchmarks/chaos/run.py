"""Let everything fail while messages are sent, and write into reliability.md what was lost and what came twice.

What came is counted in the sandbox's own record of the bot's calls, never by what the bot says of itself.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos import answers, databases, ends
from benchmarks.chaos.alerts import AlertStage
from benchmarks.chaos.results import Refusal, Result, written
from benchmarks.chaos.stage import Stage
from benchmarks.page import machine
from bot.sandbox.server import SandboxServer

PAGE = Path(__file__).parents[2] / "docs/measurements/reliability.md"
DELAY_S = 30

Outcome = Result | Refusal


def faults(stage: Stage, alerts: AlertStage, kills: int, chance: random.Random) -> dict[str, Callable[[], Outcome]]:
    """Every fault, ready to be let loose."""
    # A fifth of the chats meets a fault; where each takes long, a tenth.
    some = max(1, len(stage.chat_ids) // 5)
    few = max(1, some // 2)
    times = max(2, kills // 20)
    struck = partial(answers.struck, stage)
    page = answers.GATEWAY
    return {
        "kills": lambda: ends.kills(stage, kills, chance),
        "stops": lambda: ends.stops(stage, times * 2, chance),
        "refused": lambda: answers.refused(stage, max(2, times // 3), 4.0),
        "reset-before": lambda: struck("connection reset before the request is handled", some, kind="reset_before"),
        "reset-during": lambda: answers.cut_while_read(stage, few),
        "reset-after": lambda: struck("connection reset after it was handled", some, may_be_twice=some,
                                      kind="reset_after"),
        "delays": lambda: struck(f"answers delayed by {DELAY_S} s", few, kind="delay", seconds=DELAY_S),
        "storm": lambda: answers.storm(stage, some, 60),
        "500": lambda: struck("500", some, kind="status", code=500),
        "502": lambda: struck("502 with a page in HTML", some, kind="status", code=502, body=page),
        "200": lambda: struck("200 with a page in HTML", some, kind="status", code=200, body=page),
        "outage": lambda: answers.outage(stage, "outage: 502 to everything", 45, kind="status", code=502, body=page),
        "alert-kills": lambda: ends.kills(alerts, times * 4, chance, "alerts: kill -9 at random moments"),
        "alert-stops": lambda: ends.stops(alerts, times, chance, "alerts: SIGTERM at random moments"),
        "alert-outage": lambda: answers.outage(alerts, "alerts: 502 to everything", 45, kind="status", code=502,
                                               body=page),
        "alert-reset": lambda: answers.struck(alerts, "alerts: connection reset after it was handled", some,
                                              may_be_twice=some, kind="reset_after"),
        "alert-storm": lambda: answers.storm(alerts, some, 60, "alerts: 429 with 60 s to wait"),
        "busy": lambda: databases.busy(stage, times, chance),
        "full": lambda: databases.full(stage, times, chance),
        "one-database": lambda: databases.two_on_one_database(stage, max(2, times // 2)),
        "one-token": lambda: databases.two_on_one_token(stage, 2),
        "newer": lambda: databases.newer(stage),
        "damaged": lambda: databases.damaged(stage, times * 2, chance),
        "no-database": lambda: databases.no_database(stage),
        # The last: some of its chats stay quiet.
        "chats": lambda: answers.chats_in_trouble(stage, max(2, some // 10)),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--only", nargs="+", metavar="FAULT", help="such as kills or outage; the page needs them all")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--folder", type=Path, help="keep database and log here")
    arguments = parser.parse_args()
    outcomes: list[Outcome] = []
    where = f"{machine()} Load at the start: {os.getloadavg()[0]:.1f}; seed {arguments.seed}."
    with TemporaryDirectory() as temporary, SandboxServer() as server:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        stage = Stage(server, folder, arguments.chats)
        alerts = AlertStage(server, folder / "alerts", arguments.chats)
        let_loose = faults(stage, alerts, arguments.kills, random.Random(arguments.seed))
        try:
            outcomes.extend(timed(let_loose[name]) for name in arguments.only or let_loose)
        finally:
            for bot in (stage.bot, alerts.bot):
                if bot is not None:
                    bot.kill()
            if stage.server is not server:
                stage.server.stop()
    if not arguments.only:
        arguments.page.write_text(written(outcomes, where), encoding="utf-8")
    if not all(outcome.is_kept for outcome in outcomes):
        raise SystemExit(1)


def timed(let_loose: Callable[[], Outcome]) -> Outcome:
    began = time.monotonic()
    outcome = let_loose()
    print(f"{time.monotonic() - began:5.0f} s  {outcome}{'' if outcome.is_kept else '  PROMISE BROKEN'}", flush=True)
    return outcome


if __name__ == "__main__":
    main()
