"""Send messages while faults strike, and write the figures of docs/measurements/reliability.md.

    python -m benchmarks.chaos.run [--chats N] [--kills N] [--only FAULT ...] [--smoke]

Messages are counted in the sandbox's record of accepted calls. To add a fault, write a function that returns a `Result`
or a `Refusal` and name it in `all_faults`. `--smoke` runs three faults over a few chats and writes nothing.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chaos import databases, faults, fleets
from benchmarks.chaos.results import OfFleet, Refusal, Result, Share, write_fleets, write_page, write_shares
from benchmarks.chaos.stage import AlertStage, FollowStage, Stage
from benchmarks.report import describe_machine
from bot.sandbox.server import SandboxServer

DELAY_S = 30
SHARES = (2, 5, 10, 20)
SMOKE_FAULTS = ("stops", "alert-reset", "damaged")

Outcome = Result | Refusal
Measure = Callable[[], Outcome | list[OfFleet]]


def all_faults(
    stage: Stage, alerts: AlertStage, follows: FollowStage, kills: int, chance: random.Random
) -> dict[str, Measure]:
    """Return every fault by name."""
    # Chats hit by a fault: a fifth of all, or a tenth if each takes long.
    some = max(1, len(stage.chat_ids) // 5)
    few = max(1, some // 2)
    times = max(2, kills // 20)
    strike = partial(faults.strike_chats, stage)
    page, rounds = faults.GATEWAY, max(1, kills // 40)
    return {
        "kills": lambda: faults.kill_at_random(stage, kills, chance),
        "stops": lambda: faults.stop_at_random(stage, times * 2, chance),
        "refused": lambda: faults.refuse_connections(stage, max(2, times // 3), 4.0),
        "reset-before": lambda: strike("connection reset before the request is handled", some, kind="reset_before"),
        "reset-during": lambda: faults.reset_during(stage, few),
        "reset-after": lambda: strike("connection reset after it was handled", some, uncertain=some,
                                      kind="reset_after"),
        "delays": lambda: strike(f"answers delayed by {DELAY_S} s", few, kind="delay", seconds=DELAY_S),
        "storm": lambda: faults.demand_waits(stage, some, 60),
        "500": lambda: strike("500", some, kind="status", code=500),
        "502": lambda: strike("502 with a page in HTML", some, kind="status", code=502, body=page),
        "200": lambda: strike("200 with a page in HTML", some, kind="status", code=200, body=page),
        **{f"{percent}%": partial(faults.fail_calls, stage, percent, rounds) for percent in SHARES},
        "outage": lambda: faults.outage(stage, "outage: 502 to everything", 45, kind="status", code=502, body=page),
        "alert-kills": lambda: faults.kill_at_random(alerts, times * 4, chance, "alerts: kill -9 at random moments"),
        "alert-stops": lambda: faults.stop_at_random(alerts, times, chance, "alerts: SIGTERM at random moments"),
        "alert-outage": lambda: faults.outage(alerts, "alerts: 502 to everything", 45, kind="status", code=502,
                                               body=page),
        "alert-reset": lambda: faults.strike_chats(alerts, "alerts: connection reset after it was handled", some,
                                              uncertain=some, kind="reset_after"),
        "alert-storm": lambda: faults.demand_waits(alerts, some, 60, "alerts: 429 with 60 s to wait"),
        "follow-kills": lambda: faults.kill_at_random(follows, times * 4, chance, "follows: kill -9 at random moments"),
        "follow-outage": lambda: faults.outage(follows, "follows: 502 to everything", 45, kind="status", code=502,
                                               body=page),
        "follow-reset": lambda: faults.strike_chats(follows, "follows: connection reset after it was handled", some,
                                                    uncertain=some, kind="reset_after"),
        "busy": lambda: databases.lock_database(stage, times, chance),
        "full": lambda: databases.fill_disk(stage, times, chance),
        "one-database": lambda: databases.share_database(stage, max(2, times // 2)),
        "one-token": lambda: databases.share_token(stage, 2),
        "fleet": lambda: fleets.disturb(3 * len(stage.chat_ids), kills, max(1, kills // 40), chance),
        "newer": lambda: databases.offer_newer(stage),
        "damaged": lambda: databases.offer_damaged(stage, times * 2, chance),
        "no-database": lambda: databases.offer_other_files(stage),
        # Last, because some of its chats stay suspended.
        "chats": lambda: faults.change_chats(stage, max(2, some // 10)),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="FAULT",
        help="such as kills or outage; a section of the page needs all of its rows",
    )
    parser.add_argument("--folder", type=Path, help="keep database and log here")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    only, chats, kills = options.only, options.chats, options.kills
    if options.smoke:
        only, chats, kills = SMOKE_FAULTS, 20, 2
    outcomes: list[Outcome] = []
    where = f"{describe_machine()} Seed {options.seed}."
    with TemporaryDirectory() as temporary, SandboxServer() as server:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        stage = Stage(server, folder, chats)
        alerts = AlertStage(server, folder / "alerts", chats)
        follows = FollowStage(server, folder / "follows", chats)
        by_name = all_faults(stage, alerts, follows, kills, random.Random(options.seed))
        try:
            for name in only or by_name:
                began = time.monotonic()
                measured = by_name[name]()
                for outcome in measured if isinstance(measured, list) else [measured]:
                    outcomes.append(outcome)
                    verdict = "" if outcome.is_kept else "  PROMISE BROKEN"
                    print(f"{time.monotonic() - began:5.0f} s  {outcome}{verdict}", flush=True)
        finally:
            for one in (stage, alerts, follows):
                one.stop()
                one.close()
            if stage.server is not server:
                stage.server.stop()
    if not {*by_name} - {*(only or by_name), *(f"{percent}%" for percent in SHARES), "fleet"}:
        write_page(outcomes, where)
    if len(shares := [outcome for outcome in outcomes if isinstance(outcome, Share)]) == len(SHARES):
        write_shares(shares, where)
    if of_fleet := [outcome for outcome in outcomes if isinstance(outcome, OfFleet)]:
        write_fleets(of_fleet, where)
    if not all(outcome.is_kept for outcome in outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
