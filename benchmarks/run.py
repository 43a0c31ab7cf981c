"""Run the benchmarks one after the other; each writes its own part of benchmarks.md, or docs/measurements/scaling.md.

python -m benchmarks.run [PART ...] [--data DIR]

Without a PART those of benchmarks.md run, in their brief forms: a quarter of an hour on two cores. A PART that is
named takes its time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.installed import as_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

# In the order of the page.
PARTS = ("summaries", "peers", "ingest", "store", "answers", "delivery", "start")
# On request alone: floods, and in the order of docs/measurements/scaling.md PostgreSQL and many processes.
OF_FLEETS = ("floods", "scaling", "fleet", "corpus", "pace")
# What keeps all of them within a quarter of an hour.
BRIEFLY = {
    "ingest": ("--entries", "25", "--rounds", "1"),
    "answers": ("--rounds", "12"),
    "delivery": ("--brief",),
    "start": ("--starts", "5", "--idle", "30"),
}
# They fill the same archives, which takes longer than to measure over them.
OVER_ARCHIVES = ("ingest", "store")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument(
        "parts",
        nargs="*",
        choices=[*PARTS, *OF_FLEETS, []],
        metavar="PART",
        help=f"{', '.join(PARTS)}; all of these, where none is named. On request alone: {', '.join(OF_FLEETS)}",
    )
    parser.add_argument("--data", type=Path, required=True, help="IndoSum's folder, for the parts on summaries")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="ringkas-") as archives:
        return run_all(options.parts or PARTS, options.data, archives, is_brief=not options.parts)


def run_all(parts: Sequence[str], data: Path, archives: str, *, is_brief: bool) -> int:
    failed = []
    began = time.monotonic()
    for part in parts:
        started = time.monotonic()
        print(f"{part} ...", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{part}_speed", "--data", str(data)]
        if is_brief:
            command += BRIEFLY.get(part, ())
        if part in OVER_ARCHIVES:
            command += ["--archives", archives]
        if subprocess.run(command, env=as_installed(os.environ), check=False).returncode:
            failed.append(part)
        print(f"{part}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"all: {(time.monotonic() - began) / 60:.1f} minutes")
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
