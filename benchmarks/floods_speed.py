"""Flood the bot and measure another reader's answers meanwhile; write its part of docs/measurements/benchmarks.md.

    python -m benchmarks.floods_speed [--floods NAME ...] [--scale N] [--smoke]

Once for one process on SQLite and once for two receivers and two workers on PostgreSQL: about 20 minutes. `--smoke`
runs a tenth of the first flood in one process and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmarks.load.floods import FLOODS, fleet, measure, one_process
from benchmarks.page import machine, write_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load.floods import Flood

PART = "Floods"
BAR_S = 0.5
KINDS = {"one process": one_process, "fleet": fleet}
INTRODUCTION = """\
Each flood is sent to a bot that has just started, as fast as the sandbox accepts messages, with Telegram's limits on.
Meanwhile a bystander in chats of their own asks for /berita four times a second until the flooders get nothing more, or
for two minutes. A fleet has two receivers and two workers on PostgreSQL. When the last flood ended, {load:.1f}
processes wanted the machine's cores. The bar for the 95th percentile is {bar:g} s.

| flood | bot | updates | messages to the flooders | /berita of the bystander | median · p95 · worst, s |
|---|---|---|---|---|---|
"""


def page_of(found: Sequence[tuple[str, Flood]], load: float) -> str:
    """Return the part as Markdown."""
    rows = [
        f"| {one.name} | {kind} | {one.updates} | {one.messages_to_flooders} | {one.asked}, {one.unanswered} unanswered"
        f" | {one.median_s:.2f} · {one.p95_s:.2f} · {one.worst_s:.2f} |"
        for kind, one in found
    ]
    missed = [f"{one.name} ({kind})" for kind, one in found if one.p95_s > BAR_S or one.unanswered]
    verdict = f"Above the bar: {', '.join(missed)}." if missed else "All floods are below the bar."
    return INTRODUCTION.format(load=load, bar=BAR_S) + "\n".join(rows) + f"\n\n{verdict}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--floods", nargs="*", choices=list(FLOODS), default=list(FLOODS))
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--smoke", action="store_true", help="a little of it, and write nothing")
    parser.add_argument("--data", help="not needed: `make bench` names it for the other parts")
    asked = parser.parse_args()
    kinds, names, scale = asked.kinds, asked.floods, asked.scale
    if asked.smoke:
        kinds, names, scale = kinds[:1], names[:1], 0.1
    found = []
    for kind in kinds:
        for one in measure(names, scale, KINDS[kind]):
            print(kind, json.dumps(asdict(one)), flush=True)
            found.append((kind, one))
    text = page_of(found, os.getloadavg()[0])
    if asked.smoke:
        print(text)
        print("the harness works")
    elif names == list(FLOODS) and scale == 1.0:
        write_part(PART, f"{machine('python-telegram-bot', 'httpx', 'SQLite')}\n{text}")


if __name__ == "__main__":
    main()
