"""Sections of the pages with figures. Each benchmark replaces its own section when it runs again."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "measurements"
PAGE = DOCS / "benchmarks.md"
# Further sections, of which `PAGE` has the figures that matter most.
DETAILS = DOCS / "benchmark-details.md"
CPUINFO = Path("/proc/cpuinfo")
HEAD = """\
# Benchmarks

Written by `make bench` in some ten minutes; [more figures](benchmark-details.md). Machines are noisy: read the ratios,
which were measured in the same run, not the times. Alternatives run in turn, within the same minute, and are compared
by processor time if they run in one process.
"""
DETAILS_HEAD = """\
# Benchmarks in detail

`make bench` writes some of these sections, the others are measured by name: `make bench PART=floods`.
"""
HEADS = {PAGE: HEAD, DETAILS: DETAILS_HEAD}


def write_section(title: str, text: str, page: Path = PAGE) -> None:
    """Replace the section with this title, or append it."""
    before = page.read_text(encoding="utf-8") if page.exists() else HEADS.get(page, HEAD)
    section = f"## {title}\n\n{text.strip()}\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    has_section = pattern.search(before) is not None
    after = pattern.sub(lambda _: section + "\n", before) if has_section else f"{before.rstrip()}\n\n{section}"
    page.write_text(after.rstrip() + "\n", encoding="utf-8")


def publish(title: str, text: str, *, is_trial: bool, page: Path = PAGE) -> None:
    """Print the section, and write it unless it comes from a trial run."""
    print(text, flush=True)
    if not is_trial:
        write_section(title, text, page)


def table(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    head, *lines = (f"| {' | '.join(map(str, cells))} |" for cells in (list(heads), *rows))
    return "\n".join([head, f"|{'---|' * (head.count(' | ') + 1)}", *lines])


def describe_machine(*libraries: str) -> str:
    """Return one sentence with the date, commit, machine and versions of Python and the libraries.

    "SQLite" is the library behind Python's sqlite3.

    Raises:
        PackageNotFoundError: a library is not installed.
    """
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    model = processor_name()
    parts = [
        platform.machine() + (f" ({model})" if model else ""),
        f"{os.cpu_count()} cores",
        platform.system(),
        f"Python {platform.python_version()}",
        *(f"{name} {sqlite3.sqlite_version if name == 'SQLite' else version(name)}" for name in libraries),
    ]
    load = f"load {os.getloadavg()[0]:.1f}"
    return f"Measured on {datetime.now(UTC).date()} at {commit or 'an unknown commit'}: {', '.join(parts)}, {load}."


def processor_name(path: Path = CPUINFO) -> str | None:
    """Return the processor's model name if Linux reports one."""
    try:
        found = re.search(r"^model name\s*:[ \t]*(.*\S)", path.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found[1] if found else None
