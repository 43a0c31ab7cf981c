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
    return sum(map(pss_mib, tree(pid)))


def pss_mib(pid: int) -> float:
    """Memory of one process, in MiB, with its part of what it shares; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def peak_mib() -> float:
    """The most memory that this process has held, in MiB; `getrusage` tells its parent's, where that was more."""
    (line,) = (row for row in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in row)
    return int(line.split()[1]) / 1024


def processor_s(pid: int) -> float:
    """Processor time of one process so far, in seconds; 0 when it is gone."""
    return _times_s(pid, 11)


def ended_s(pid: int) -> float:
    """Processor time of the processes below it that ended and were waited for, in seconds."""
    return _times_s(pid, 13)


def _times_s(pid: int, at: int) -> float:
    """Of the fields behind the name in /proc/<pid>/stat (proc(5)), two that count clock ticks in all."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[at]) + int(fields[at + 1])) / os.sysconf("SC_CLK_TCK")


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
            self._look()

    def _look(self) -> None:
        for pid in tree(self._pid):
            self._times[pid] = max(self._times.get(pid, 0.0), processor_s(pid))

    @property
    def main_s(self) -> float:
        """Processor time of the process that was started, in seconds."""
        return self._times.get(self._pid, 0.0)

    @property
    def others_s(self) -> float:
        """Processor time of the processes below it."""
        return sum(self._times.values()) - self.main_s
