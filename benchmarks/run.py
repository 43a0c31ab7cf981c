"""Run benchmarks one after the other; each writes its section of docs/measurements/benchmarks.md.

    python -m benchmarks.run [PART ...] [--data DIR] [--smoke]

Without a PART, those of `BRIEF` run in their brief forms: less than ten minutes on two idle cores. A named PART runs in
full. The processor time of each part shows how long it would take on an idle machine.
With --smoke, every part runs over very little and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import hide_tools

# With the arguments that keep all of them within ten minutes on a machine of usual speed.
BRIEF = {
    "aged": (),
    "answers": ("--rounds", "4"),
    "delivery": ("--parts", "sending", "composing", "--rounds", "2"),
    "ingest": ("--feeds", "40", "--entries", "10", "--rounds", "1", "--stored", "10000"),
    "store": ("--sizes", "10000", "300000"),
    "summaries": ("--rounds", "2", "--articles", "400"),
}
LONG = ("publish", "floods", "soak")
# These fill the same archives of articles, which takes longer than measuring them.
WITH_ARCHIVES = ("aged", "ingest", "store")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join((*BRIEF, *LONG)))
    parser.add_argument("--data", type=Path, help="the folder of IndoSum, for the part on summaries")
    parser.add_argument("--smoke", action="store_true", help="run every part over very little, and write nothing")
    options = parser.parse_args()
    if unknown := set(options.parts) - {*BRIEF, *LONG}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    failed = []
    with TemporaryDirectory(prefix="ringkas-") as archives:
        for part in options.parts or ((*BRIEF, *LONG) if options.smoke else BRIEF):
            command = [sys.executable, "-m", f"benchmarks.{part}"]
            if options.smoke:
                command.append("--smoke")
            elif not options.parts:
                command += BRIEF[part]
            if part == "summaries" and options.data:
                command += ["--data", str(options.data)]
            if part in WITH_ARCHIVES:
                command += ["--archives", archives]
            print(f"{part} ...", flush=True)
            began, before_s = time.monotonic(), processor_time()
            if subprocess.run(command, env=hide_tools(os.environ), check=False).returncode:
                failed.append(part)
            took_s, spent_s = time.monotonic() - began, processor_time() - before_s
            print(f"{part}: {took_s:.0f} s, {spent_s:.0f} s of processor time", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def processor_time() -> float:
    """Return the processor time in seconds of the parts that have ended, with the processes that they waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
