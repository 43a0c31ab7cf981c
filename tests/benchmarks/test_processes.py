from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.processes import HIDDEN, hide_tools


def test_hide_tools_prevents_the_import_of_pandas() -> None:
    command = [sys.executable, "-c", "import pandas"]
    done = subprocess.run(command, env=hide_tools(os.environ), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"ImportError: hidden by benchmarks.processes" in done.stderr


def test_hide_tools_keeps_other_paths() -> None:
    assert hide_tools({"PYTHONPATH": "/lain", "LANG": "C"}) == {
        "PYTHONPATH": f"{HIDDEN}{os.pathsep}/lain",
        "LANG": "C",
    }
    assert hide_tools({"LANG": "C"})["PYTHONPATH"] == str(HIDDEN)
