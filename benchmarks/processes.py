"""Memory and processor time of processes, read from /proc (Linux), and the environment that hides development tools."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Modules in this folder raise ImportError: sqlite-utils imports pandas if it can, and httpx imports rich and pygments.
# No installation of Ringkas has them, and they would add 33 MiB and a quarter of a second to the figures.
HIDDEN = Path(__file__).with_name("hidden")
BOT = (sys.executable, "-m", "bot")
STOP_S = 20.0


def hide_tools(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a Python that cannot import the packages in `HIDDEN`."""
    others = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": os.pathsep.join([str(HIDDEN), *([others] if others else [])])}


def bot_environment(telegram_url: str, token: str, database_url: str, **settings: str) -> dict[str, str]:
    """Return the environment of a bot on that database that polls no sources."""
    return {
        **hide_tools(os.environ),
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_URL": telegram_url,
        "DATABASE_URL": database_url,
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "REFRESH_MINUTES": "0",
        **settings,
    }


def stop(process: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM, and SIGKILL after 20 seconds."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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


def pss_mib(pid: int) -> float:
    """Return the proportional set size of one process in MiB, or 0 if it has ended; shared memory is split."""
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
