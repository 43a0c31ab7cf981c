"""Memory and processor time of processes, read from /proc (Linux), and the environment that hides development tools."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[1]
# Modules in this folder raise ImportError: sqlite-utils imports pandas if it can, and httpx imports rich and pygments.
# No installation of Ringkas has them, and they would add 33 MiB and a quarter of a second to the figures.
HIDDEN = Path(__file__).with_name("hidden")
BOT = (sys.executable, "-m", "bot")
SAMPLE_S = 0.5


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


class ProcessSampler:
    """Sample memory and processor time of a process tree every half second while the context is open."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.peak_mib = 0.0
        self._times_s: dict[int, float] = {}

    def __enter__(self) -> ProcessSampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(SAMPLE_S):
            self.peak_mib = max(self.peak_mib, tree_mib(self._pid))
            for pid in process_tree(self._pid):
                self._times_s[pid] = max(self._times_s.get(pid, 0.0), processor_s(pid))

    @property
    def main_s(self) -> float:
        """Processor time of the root process in seconds."""
        return self._times_s.get(self._pid, 0.0)

    @property
    def others_s(self) -> float:
        """Processor time of its descendants in seconds."""
        return sum(self._times_s.values()) - self.main_s
