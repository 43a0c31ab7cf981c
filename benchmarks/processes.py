"""Memory and processor time of processes, read from /proc (Linux), and the environment that hides development tools."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Modules in this folder raise ImportError: sqlite-utils imports pandas if it can, and httpx imports rich and pygments.
# No installation of Ringkas has them, and they would add 33 MiB and a quarter of a second to the figures.
HIDDEN = Path(__file__).with_name("hidden")
BOT = (sys.executable, "-m", "bot")


def hide_tools(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a Python that cannot import the packages in `HIDDEN`."""
    others = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": os.pathsep.join([str(HIDDEN), *([others] if others else [])])}


def process_tree(pid: int) -> list[int]:
    """Return the ids of the process and of all its descendants."""
    found = [pid]
    for here in found:
        try:
            for task in Path(f"/proc/{here}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def tree_mib(pid: int) -> float:
    """Return the memory of the process and its descendants in MiB; shared memory counts once."""
    return sum(map(pss_mib, process_tree(pid)))


def pss_mib(pid: int) -> float:
    """Return the proportional set size of one process in MiB, or 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def peak_mib() -> float:
    """Return this process's largest resident set in MiB. `getrusage` would inherit a larger value from the parent."""
    (line,) = (row for row in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in row)
    return int(line.split()[1]) / 1024


def processor_s(pid: int) -> float:
    """Return the processor time of one process so far in seconds, or 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime and stime of proc(5), counted from the field after the name.
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count_open_files(pid: int) -> int:
    try:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except OSError:
        return 0
