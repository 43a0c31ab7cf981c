"""The benchmarks run; what they measure is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("part", ["corpus", "ingest", "peers", "scaling", "store"])
def test_the_harness_works(part: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{part}_speed", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the harness works\n")
