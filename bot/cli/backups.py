"""Copies of the database: `ringkas backup`, `restore`, `export` and `import-state`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import load_settings, run_with_store
from bot.cli.exit_codes import say
from summaries.text.characters import dump_json

if TYPE_CHECKING:
    from summaries.storage import Store
    from summaries.storage.backup import Contents

SUMMARIES_A_PAGE = 500
STANDARD_OUTPUT = Path("-")


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
def backup(path: Path | None) -> None:
    """Write the contents of the database into a new file.

    The file is verified before it gets its name. PATH is a new file, or a directory for a file named after the current
    time. If its name ends in .db, it is a plain copy of the database, which is about four times as large but restored
    faster. Without PATH the file joins the automatic backups, of which BACKUP_KEEP are kept.
    """
    from bot.background.backups import backups_of, database_file, name_of
    from summaries.storage.backup import back_up

    settings = load_settings()
    database = database_file(settings)
    if path is None:
        made, contents = asyncio.run(backups_of(settings, partial(datetime.now, UTC)).make())
    else:
        now = datetime.now(UTC)
        made = path / name_of(database, now) if path.is_dir() else path
        contents = back_up(database, made, now=now)
    click.echo(f"{made}: {describe_contents(contents)}, read through and sound")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def restore(path: Path) -> None:
    """Replace the database with a backup.

    Stop the bot first. PATH is a backup, an export, or a plain copy of a database; it is verified. The previous
    database is kept beside the new one.
    """
    from bot.background.backups import database_file
    from summaries.storage.backup import restore as put_back

    database = database_file(load_settings())
    restored = put_back(path, database, now=datetime.now(UTC))
    click.echo(f"{database}: {describe_contents(restored.contents)}, from {path}")
    if restored.replaced is not None:
        click.echo(f"the database that was there is {restored.replaced}")


def describe_contents(contents: Contents) -> str:
    """Return version, rows and tables as text."""
    rows = sum(contents.rows.values())
    return f"version {contents.version}, {rows} rows in {len(contents.rows)} tables"


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--summaries",
    "is_summaries",
    is_flag=True,
    help="Write the summaries of public articles as JSON lines; - is standard output.",
)
def export(path: Path, *, is_summaries: bool) -> None:
    """Write the whole database into one file.

    The file contains chats, settings, schedules, watches, saved articles, sources, news and deliveries, but not the
    token. PATH is a new file, or a directory for a file named after the current time. If several bots share a
    PostgreSQL database, the file contains the news and the chats of TELEGRAM_BOT_TOKEN.
    """
    from bot.background.backups import STAMP
    from summaries.storage.state import export_state

    settings, now = load_settings(), datetime.now(UTC)
    kind, ending = ("summaries", "jsonl") if is_summaries else ("state", "zip")
    target = path / f"ringkas-{kind}-{now:{STAMP}}.{ending}" if path.is_dir() else path
    if is_summaries:
        count = run_with_store(settings, partial(write_summaries, target=target))
        click.echo(f"{target}: {count} summaries", err=target == STANDARD_OUTPUT)
        return
    url, pool_size = settings.database_url, settings.database_pool_size
    rows = export_state(url, target, now=now, bot_id=settings.bot_id, pool_size=pool_size)
    click.echo(f"{target}: {sum(rows.values())} rows in {len(rows)} tables, read through and sound")


async def write_summaries(store: Store, target: Path) -> int:
    """Write each summary of a public article as a line of the new file, or to standard output; return their number."""
    from summaries.articles.verify import describe_stored

    count = after = 0
    with click.open_file(str(target), "w" if target == STANDARD_OUTPUT else "x", encoding="utf-8") as file:
        while found := await store.articles.list_summaries(after=after, limit=SUMMARIES_A_PAGE):
            file.writelines(f"{dump_json(describe_stored(stored, summary))}\n" for _, stored, summary in found)
            count, after = count + len(found), found[-1][0]
    return count


@click.command("import-state")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--new-bot", is_flag=True, help="The token belongs to another bot than the exported one.")
def import_state(path: Path, *, new_bot: bool) -> None:
    """Fill the database of DATABASE_URL from an export.

    Stop the bot first. The database must be empty. The whole file is verified before anything changes; in PostgreSQL
    each row is also compared with the file. An interrupted import changes nothing. If the token belongs to another bot,
    the ids of messages that the old bot sent are left out.
    """
    from summaries.fetch.client.address_policy import explain_refusal
    from summaries.storage import shown_address
    from summaries.storage.state import import_state as take_in

    def report(table: str, copied: int, total: int) -> None:
        say(f"{table}: {copied} of {total} rows")

    settings = load_settings()
    done = take_in(
        path,
        settings.database_url,
        now=datetime.now(UTC),
        bot_id=settings.bot_id,
        is_other_bot=new_bot,
        refusal_of=partial(explain_refusal, allow_private=settings.allow_private_addresses),
        report=report,
        pool_size=settings.database_pool_size,
    )
    shown, count = shown_address(settings.database_url), sum(done.rows.values())
    click.echo(f"{shown}: version {done.version}, {count} rows in {len(done.rows)} tables, from {path}")
    for address, reason in done.closed:
        say(f"source {address} is switched off: {reason}")
    if done.is_other_bot:
        click.echo("another bot wrote it: the ids of its messages are left out, and people have to start the new one")
    if done.replaced is not None:
        click.echo(f"the empty database that was there is {done.replaced}")
