"""`ringkas publish`: the public site."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import load_settings
from bot.cli.exit_codes import FAILED, say

if TYPE_CHECKING:
    from bot.config import Settings
    from summaries.publishing.publisher import PublishReport


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--all", "is_forced", is_flag=True, help="Render every page again, not only the changed ones.")
def publish(folder: Path | None, *, is_forced: bool) -> int:
    """Write a public site of the news into a folder: pages, feeds and a search that needs no server.

    Only changed files are written. FOLDER is a new or empty folder, or one that this command filled; without it,
    PUBLISH_FOLDER. PUBLISH_URL is the public address, for the links in the feeds.
    """
    settings = load_settings()
    target = folder or settings.publish_folder
    if target is None:
        raise click.UsageError("name a folder: ringkas publish FOLDER, or set PUBLISH_FOLDER")
    start = time.monotonic()
    try:
        report = asyncio.run(write_site(settings, target, is_forced=is_forced))
    except OSError as error:
        say(f"the site could not be written into {target}: {error.strerror}")
        return FAILED
    if report is None:
        say(f"another process is publishing into {target}")
        return FAILED
    took = time.monotonic() - start
    changes = f"{report.written} of {report.files} files written, {report.removed} removed"
    stories = f"{report.stories} {'story' if report.stories == 1 else 'stories'}"
    click.echo(f"{target}: {stories}, {changes}, in {took:.1f} s")
    if settings.publish_url is None:
        say("PUBLISH_URL is not set: the links in the feeds are relative")
    return 0


async def write_site(settings: Settings, folder: Path, *, is_forced: bool) -> PublishReport | None:
    from bot.runtime.clock import utc_now
    from bot.services import find_edition_bot, make_publisher
    from summaries.storage import open_public_store
    from summaries.workers.pools import WorkerPool

    bot_id, pool_size = find_edition_bot(settings), settings.database_pool_size
    store = await open_public_store(settings.database_url, pool_size=pool_size, bot_id=bot_id)
    workers = WorkerPool()
    try:
        publisher = make_publisher(settings, folder, store.news, workers.urgent, utc_now)
        return await publisher.publish(is_forced=is_forced)
    finally:
        await workers.close()
        await store.close()
