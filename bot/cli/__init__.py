"""The command line: `ringkas` or `python -m bot`."""

from __future__ import annotations

import sys
from typing import NoReturn

import click

from bot.cli.backups import backup, export, import_state, restore
from bot.cli.digest import digest
from bot.cli.doctor import doctor, health
from bot.cli.exit_codes import run_command
from bot.cli.init import init
from bot.cli.maintenance import deliveries, prune, stats
from bot.cli.publish import publish
from bot.cli.run import run, sandbox, start, web, worker
from bot.cli.serve import mcp, serve
from bot.cli.sources import import_files, refresh, sources
from bot.cli.story import story
from bot.cli.summarize import extract, summarize
from bot.cli.summarize_batch import sentences, stories
from bot.cli.verify import verify
from bot.logs import log_when_needed


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 done · 1 failed · 2 wrong usage or setting · 3 nothing to summarise · 4 not fetched · 5"
        " database unusable. .env.example documents the settings."
    ),
)
@click.version_option(package_name="ringkas", prog_name="ringkas")
def cli() -> None:
    """Ringkas is a Telegram bot that summarises Indonesian news."""


for command in (
    init,
    run,
    web,
    worker,
    sandbox,
    start,
    serve,
    mcp,
    summarize,
    extract,
    verify,
    digest,
    stories,
    story,
    sentences,
    import_files,
    refresh,
    sources,
    deliveries,
    health,
    backup,
    restore,
    stats,
    prune,
    publish,
    export,
    import_state,
    doctor,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    log_when_needed()
    sys.exit(run_command(cli))
