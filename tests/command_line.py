"""Run `ringkas` commands in the test's own process."""

from __future__ import annotations

import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from bot.cli import cli
from bot.cli.exit_codes import run_command


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended, with the attributes of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def run_ringkas(*arguments: str, folder: Path, stdin: str | None = None, **settings: str) -> Finished:
    """Run `ringkas` with the arguments in `folder`, with `settings` in the environment, and return its output.

    Only for commands that end: a bot needs a process, because it installs signal handlers and its own logging.
    """
    with CliRunner().isolation(stdin, env=settings) as (out, err, _), chdir(folder):
        try:
            code = run_command(cli, arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
        return Finished(code, out.getvalue().decode(), err.getvalue().decode())
