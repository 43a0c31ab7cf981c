"""`ringkas import` and `ringkas refresh`: store articles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.exit_codes import FAILED, NOTHING_TO_SUMMARIZE, say

if TYPE_CHECKING:
    from summaries.ingest.refresh import RefreshReport
    from summaries.ingest.seed import ImportedFile


@click.command("import")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--topic", help="Topic of the articles. Default: the directory's name, if it is a topic.")
def import_files(paths: tuple[Path, ...], topic: str | None) -> int:
    """Store articles from files.

    Each PATH is a text file, or a directory with .txt files. Files without an article are refused; the others are
    stored. Importing a file twice changes nothing.
    """
    from summaries.ingest.seed import ImportedFile
    from summaries.topic_model.topics import TOPICS, find_topic

    if topic is not None and find_topic(topic) is None:
        raise click.BadParameter(f"choose one of {', '.join(TOPICS)}", param_hint="--topic")
    found = [file for path in paths for file in (text_files(path) if path.is_dir() else [path])]
    results: list[ImportedFile] = []
    readable = []
    for file in found:
        try:
            readable.append((str(file), file.read_bytes(), find_topic(topic or file.absolute().parent.name)))
        except OSError as error:
            results.append(ImportedFile(str(file), refusal=error.strerror))
    results += asyncio.run(import_all(readable))
    for result in results:
        if result.refusal is not None:
            say(f"{result.name}: {result.refusal}")
    stored = sum(result.stored is not None for result in results)
    click.echo(f"{stored} of {len(results)} files stored")
    return 0 if stored == len(results) else NOTHING_TO_SUMMARIZE


def text_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.txt") if file.is_file())


async def import_all(files: list[tuple[str, bytes, str | None]]) -> list[ImportedFile]:
    from bot.config import load_settings
    from bot.services import open_services

    async with open_services(load_settings()) as services:
        return await services.load_files(files)


@click.command()
@click.option("--due", is_flag=True, help="Read only the sources whose next check is due.")
def refresh(*, due: bool) -> int:
    """Read all enabled sources once.

    New articles are fetched, summarised and stored.
    """
    report = asyncio.run(refresh_once(due_only=due))
    for failure in report.failures:
        say(f"{failure.source.key}: {failure.error}")
    click.echo(
        f"{len(report.sources)} sources: {report.added} articles added, {report.refused} entries without an article,"
        f" {len(report.failures)} sources failed"
    )
    return FAILED if report.sources and len(report.failures) == len(report.sources) else 0


async def refresh_once(*, due_only: bool) -> RefreshReport:
    from bot.config import load_settings
    from bot.services import open_services

    async with open_services(load_settings()) as services:
        await services.load_sources()
        return await (services.refresh.refresh_due() if due_only else services.refresh.refresh_all())
