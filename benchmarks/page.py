"""docs/benchmarks.md: one part for each benchmark, replaced as a whole when that benchmark runs again."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MEASURED = Path(__file__).with_name("measured.json")
HEAD = """\
# Benchmarks

Written by `make bench`. Machines are noisy: read the ratios, which were measured in the same run, not the times.
"""


def write_part(title: str, text: str, page: Path = PAGE) -> None:
    """Put the text under its title, in place of what stood there."""
    before = page.read_text(encoding="utf-8") if page.exists() else HEAD
    part = f"## {title}\n\n{text.strip()}\n"
    pattern = re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    has_part = pattern.search(before) is not None
    after = pattern.sub(lambda _: part + "\n", before) if has_part else f"{before.rstrip()}\n\n{part}"
    page.write_text(after.rstrip() + "\n", encoding="utf-8")


def machine() -> str:
    """The machine, the versions and the day, in one sentence."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    day = datetime.now(UTC).date()
    return (
        f"Measured on {day} at {done.stdout.strip() or 'an unknown commit'}:"
        f" {platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."
    )


def record(path: Path = MEASURED, **figures: float) -> None:
    """Keep figures that other parts work with, beside those that are there."""
    known = {**measured(path), **{name: round(figure, 3) for name, figure in figures.items()}}
    path.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def measured(path: Path = MEASURED) -> dict[str, float]:
    """The figures that were kept, by name."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
