"""`ringkas run --wait-if-invalid`, as in a container that restarts after every exit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.cli.exit_codes import WRONG_USAGE
from tests.command_line import run_ringkas


def test_invalid_setting_is_reported_once_and_awaits_a_signal(tmp_path: Path) -> None:
    environment = {**os.environ, "TELEGRAM_BOT_TOKEN": "", "DEFAULT_TIMEZONE": "Asia/Jakarta"}
    command = [sys.executable, "-m", "bot", "run", "--wait-if-invalid"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as bot:
        assert bot.stderr is not None
        lines = [bot.stderr.readline(), bot.stderr.readline()]
        assert lines[0].startswith("ringkas: TELEGRAM_BOT_TOKEN is missing")
        assert lines[1].startswith("ringkas: waiting until it is stopped")
        assert bot.poll() is None
        bot.terminate()
        assert bot.stderr.read() == ""
    # A signal that comes before the wait ends the process too.
    assert bot.returncode in {WRONG_USAGE, -15}


def test_invalid_setting_ends_other_processes_at_once(tmp_path: Path) -> None:
    for command in ("run", "web", "worker"):
        done = run_ringkas(command, folder=tmp_path, TELEGRAM_BOT_TOKEN="", DEFAULT_TIMEZONE="Mars")
        assert done.returncode == WRONG_USAGE
        assert done.stderr.count("\n") == 1
