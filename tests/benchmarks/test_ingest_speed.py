"""The benchmark of the ingest runs; what it measures is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_harness_works() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.ingest_speed", "--smoke"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the harness works\n")
