"""Run `ringkas` commands in the test's own process."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager
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


@contextmanager
def restore_logging() -> Iterator[None]:
    """Restore the logging of the test run after the block."""
    root = logging.getLogger()
    before = root.level, root.handlers[:], sys.excepthook, sys.unraisablehook, threading.excepthook
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        root.setLevel(before[0])
        root.handlers[:] = before[1]
        sys.excepthook, sys.unraisablehook, threading.excepthook = before[2:]


def run_ringkas(*arguments: str, folder: Path, stdin: str | None = None, **settings: str) -> Finished:
    """Run `ringkas` with the arguments in `folder`, with `settings` in the environment, and return its output.

    Only for commands that end: a bot needs a process, because it installs signal handlers.
    """
    with restore_logging(), CliRunner().isolation(stdin, env=settings) as (out, err, _), chdir(folder):
        try:
            code = run_command(cli, arguments)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
        return Finished(code, out.getvalue().decode(), err.getvalue().decode())
