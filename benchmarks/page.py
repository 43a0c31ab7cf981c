"""docs/measurements/benchmarks.md: one part for each benchmark, replaced as a whole when that benchmark runs again."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/measurements/benchmarks.md"
MEASURED = Path(__file__).with_name("measured.json")
CPUINFO = Path("/proc/cpuinfo")
HEAD = """\
# Benchmarks

Written by `make bench`. Machines are noisy: read the ratios, which were measured in the same run, not the times.

What is compared is measured in turn, round by round, within the same minute, and where it works in one process by
processor time. pyperf, which times one thing after the other, each in many processes of its own, would not do: on a
machine that others share the mood changes from one to the next, and a ratio of two moods says nothing.
"""


def write_part(title: str, text: str, page: Path = PAGE) -> None:
    """Put the text under its title, in place of what stood there."""
    before = page.read_text(encoding="utf-8") if page.exists() else HEAD
    part = f"## {title}\n\n{text.strip()}\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    has_part = pattern.search(before) is not None
    after = pattern.sub(lambda _: part + "\n", before) if has_part else f"{before.rstrip()}\n\n{part}"
    page.write_text(after.rstrip() + "\n", encoding="utf-8")


def machine(*libraries: str, **servers: str) -> str:
    """The machine, the versions and the day, in one sentence: of Python, of these libraries, and of servers, whose own
    are told.

    Raises PackageNotFoundError for a library that is not installed.
    """
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    day = datetime.now(UTC).date()
    model = processor()
    parts = [
        platform.machine() + (f" ({model})" if model else ""),
        f"{os.cpu_count()} cores",
        platform.system(),
        f"Python {platform.python_version()}",
        *versions(*libraries),
        *(f"{name} {version}" for name, version in servers.items()),
    ]
    return f"Measured on {day} at {done.stdout.strip() or 'an unknown commit'}: {', '.join(parts)}."


def versions(*libraries: str) -> list[str]:
    """Each library with its version; SQLite's is that of the library behind Python's own module."""
    return [f"{name} {sqlite3.sqlite_version if name == 'SQLite' else version(name)}" for name in libraries]


def processor(path: Path = CPUINFO) -> str | None:
    """The processor's name, where Linux knows one."""
    try:
        found = re.search(r"^model name\s*:[ \t]*(.*\S)", path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None


def record(path: Path = MEASURED, **figures: float) -> None:
    """Keep figures that other parts work with, beside those that are there."""
    known = {**measured(path), **{name: round(figure, 3) for name, figure in figures.items()}}
    path.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def measured(path: Path = MEASURED) -> dict[str, float]:
    """The figures that were kept, by name."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
