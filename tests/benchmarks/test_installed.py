"""Processes of the product are measured as they are installed."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.installed import HIDDEN, as_installed


def test_what_is_for_training_alone_is_not_found() -> None:
    code = "import pandas"
    done = subprocess.run([sys.executable, "-c", code], env=as_installed(os.environ), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"ImportError: pandas is here for training alone" in done.stderr


def test_other_places_to_look_in_are_kept() -> None:
    assert as_installed({"PYTHONPATH": "/lain", "LANG": "C"}) == {
        "PYTHONPATH": f"{HIDDEN}{os.pathsep}/lain",
        "LANG": "C",
    }
    assert as_installed({"LANG": "C"})["PYTHONPATH"] == str(HIDDEN)
