"""Every benchmark runs in its smoke form; the figures are not judged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = (
    *("aged", "answers", "delivery", "floods", "ingest", "publish", "soak", "store", "summaries"),
    *("chaos.run", "hostile.run"),
)


@pytest.mark.bench
@pytest.mark.timeout(600)
@pytest.mark.parametrize("module", MODULES)
def test_harness_runs_in_its_smoke_form(module: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{module}", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
