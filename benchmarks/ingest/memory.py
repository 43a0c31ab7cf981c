"""What a process and its children take together: memory and processor time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

SAMPLE_S = 0.5


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for here in found:
        try:
            for task in Path(f"/proc/{here}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
        except OSError:
            continue
    return found


def held_mib(pid: int) -> float:
    """Memory of the process and those below it, in MiB; what they share counts once (proportional set size)."""
    total = 0
    for one in tree(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def processor_s(pid: int) -> dict[int, float]:
    """Processor time so far of the process and those below it, in seconds, by their ids."""
    times = {}
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            continue
        times[one] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return times


class Watch:
    """Looks every half second while it is open."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.peak_mib = 0.0
        self._times: dict[int, float] = {}

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_S):
            self.peak_mib = max(self.peak_mib, held_mib(self._pid))
            self._times |= processor_s(self._pid)

    @property
    def processor_s(self) -> float:
        return sum(self._times.values())
