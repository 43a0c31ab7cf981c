"""The command line: `ringkas` or `python -m bot`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import NoReturn, cast

import click

from bot.cli.exit_codes import run_command
from bot.logs import log_when_needed

# The module below bot.cli and the function of each command.
COMMANDS = {
    "init": "init.init",
    "run": "run.run",
    "web": "run.web",
    "worker": "run.worker",
    "sandbox": "run.sandbox",
    "start": "run.start",
    "serve": "serve.serve",
    "mcp": "serve.mcp",
    "summarize": "summarize.summarize",
    "extract": "summarize.extract",
    "verify": "verify.verify",
    "digest": "digest.digest",
    "stories": "summarize_batch.stories",
    "sentences": "summarize_batch.sentences",
    "story": "story.story",
    "import": "sources.import_files",
    "refresh": "sources.refresh",
    "sources": "sources.sources",
    "deliveries": "maintenance.deliveries",
    "prune": "maintenance.prune",
    "stats": "maintenance.stats",
    "backup": "backups.backup",
    "restore": "backups.restore",
    "export": "backups.export",
    "import-state": "backups.import_state",
    "publish": "publish.publish",
    "doctor": "doctor.doctor",
    "health": "doctor.health",
}


class Commands(Mapping[str, click.Command]):
    """The commands by name. A command's module is imported when the command is looked up: importing all takes longer
    than most commands."""

    def __getitem__(self, name: str) -> click.Command:
        module, function = COMMANDS[name].split(".")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), function)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


@click.group(
    # click reads the commands only.
    commands=cast("MutableMapping[str, click.Command]", Commands()),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 done · 1 failed · 2 wrong usage or setting · 3 nothing to summarise · 4 not fetched · 5"
        " database unusable. .env.example documents the settings."
    ),
)
@click.version_option(package_name="ringkas", prog_name="ringkas")
def cli() -> None:
    """Ringkas is a Telegram bot that summarises Indonesian news."""


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    log_when_needed()
    sys.exit(run_command(cli))
