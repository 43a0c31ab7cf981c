"""`ringkas export` and `ringkas import-state`: everything to another machine, or to another bot."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from bot.cli.backups import told
from bot.cli.exit_codes import say


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def export(path: Path) -> None:
    """Write everything into a file that moves.

    The bot may run meanwhile. Chats, settings, schedules, watches, what is saved, sources, news, what was told and the
    ledger are in it; the token is not. PATH is a file, or a folder that gets a file named for the moment.
    """
    from bot.background.backups import STAMP, database_file
    from bot.config import load_settings
    from bot.runtime.clock import utc_now
    from summaries.storage.sqlite.moving import export_state

    settings, now = load_settings(), utc_now()
    target = path / f"ringkas-state-{now:{STAMP}}.zip" if path.is_dir() else path
    rows = export_state(database_file(settings), target, now=now, bot_id=settings.bot_id)
    click.echo(f"{target}: {sum(rows.values())} rows in {len(rows)} tables, read through and sound")


@click.command("import-state")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--new-bot", is_flag=True, help="The token is another bot's than the one that wrote the file.")
def import_state(path: Path, *, new_bot: bool) -> None:
    """Make the database from an export.

    The bot must not be running, and the database must be new: nothing is overwritten. All of the file is checked
    before anything is changed. For another bot, as its token tells or --new-bot says, the ids of messages that the
    first one sent are left out: they mean nothing to it.
    """
    from bot.background.backups import database_file
    from bot.config import load_settings
    from bot.runtime.clock import utc_now
    from summaries.fetch.client.address_policy import explain_refusal
    from summaries.storage.sqlite.moving import import_state as take_in

    settings = load_settings()
    database = database_file(settings)
    refusal = partial(explain_refusal, allow_private=settings.allow_private_addresses)
    done = take_in(path, database, now=utc_now(), bot_id=settings.bot_id, is_other_bot=new_bot, refusal_of=refusal)
    click.echo(f"{database}: {told(done.contents)}, from {path}")
    for address, reason in done.closed:
        say(f"source {address} is switched off: {reason}")
    if done.is_other_bot:
        click.echo("another bot wrote it: the ids of its messages are left out, and people have to start the new one")
    if done.replaced is not None:
        click.echo(f"the empty database that was there is {done.replaced}")
