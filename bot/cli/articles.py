"""`ringkas import` and `ringkas refresh`: store articles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.common import choose_topic, run_with_services
from bot.cli.exit_codes import FAILED, NOTHING_TO_SUMMARIZE, say

if TYPE_CHECKING:
    from bot.services import Services
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
    from summaries.topic_model.topics import find_topic

    choose_topic(topic)
    found: list[Path] = []
    for path in paths:
        found += sorted(filter(Path.is_file, path.rglob("*.txt"))) if path.is_dir() else [path]
    results: list[ImportedFile] = []
    readable = []
    for file in found:
        try:
            readable.append((str(file), file.read_bytes(), find_topic(topic or file.absolute().parent.name)))
        except OSError as error:
            results.append(ImportedFile(str(file), refusal=error.strerror))
    results += run_with_services(lambda services: services.load_files(readable), has_sources=False)
    for result in results:
        if result.refusal is not None:
            say(f"{result.name}: {result.refusal}")
    stored = sum(result.stored is not None for result in results)
    click.echo(f"{stored} of {len(results)} files stored")
    return 0 if stored == len(results) else NOTHING_TO_SUMMARIZE


@click.command()
@click.option("--due", is_flag=True, help="Read only the sources whose next check is due.")
def refresh(*, due: bool) -> int:
    """Read all enabled sources once.

    New articles are fetched, summarised and stored.
    """

    async def refresh_once(services: Services) -> RefreshReport:
        return await (services.refresh.refresh_due() if due else services.refresh.refresh_all())

    report = run_with_services(refresh_once)
    for failure in report.failures:
        say(f"{failure.source.key}: {failure.error}")
    click.echo(
        f"{len(report.sources)} sources: {report.added} articles added, {report.refused} entries without an article,"
        f" {len(report.failures)} sources failed"
    )
    return FAILED if report.sources and len(report.failures) == len(report.sources) else 0
