"""Memory and processor time of processes, and the environment that hides development tools."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
# Modules in this folder raise ImportError: sqlite-utils imports pandas if it can, and httpx imports rich and pygments.
# No installation of Ringkas has them, and they would add 33 MiB and a quarter of a second to the figures.
HIDDEN = Path(__file__).with_name("hidden")
BOT = (sys.executable, "-m", "bot")
STOP_S = 20.0


def hide_tools(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a Python that cannot import the packages in `HIDDEN`, and that keeps compiled bytecode
    as an installation does: compiling on every start would multiply its time."""
    others = environment.get("PYTHONPATH")
    kept = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(HIDDEN), *([others] if others else [])])}


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


def measure(process: psutil.Process) -> tuple[float, int, float]:
    """Return the proportional set size in MiB, the open files and the processor seconds; zeros if it has ended."""
    try:
        return process.memory_full_info().pss / 2**20, process.num_fds(), processor_s(process)
    except psutil.NoSuchProcess:
        return 0.0, 0, 0.0


def processor_s(process: psutil.Process) -> float:
    """Return the processor time of one process so far in seconds, without its children."""
    times = process.cpu_times()
    return float(times.user + times.system)


def peak_mib() -> float:
    """Return this process's largest resident set in MiB. `getrusage` would inherit a larger value from the parent."""
    (line,) = (row for row in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in row)
    return int(line.split()[1]) / 1024
