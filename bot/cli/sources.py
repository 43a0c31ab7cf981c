"""`ringkas sources …`, `ringkas refresh` and `ringkas import`: manage the news sources and store their articles."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from bot.cli.common import choose_topic, print_table, run_with_services
from bot.cli.exit_codes import FAILED, NOT_FETCHED, NOTHING_TO_SUMMARIZE, WRONG_USAGE, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.services import Services
    from summaries.ingest.seed import ImportedFile
    from summaries.ingest.sources import AddedSource, SourceCheck
    from summaries.model import PollState, StoredSource


# More than any list that is accepted, so that a longer one is noticed.
MOST_BYTES_READ = 1024 * 1024
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+", re.IGNORECASE)


@click.group()
def sources() -> None:
    """Manage the news sources.

    KEY is the name of a source in the list, or the address of a feed of it.
    """


@sources.command("list")
def list_sources() -> None:
    """List all sources with the state of their last checks."""

    stored, now = run_with_services(lambda services: services.sourcing.all()), datetime.now(UTC)
    print_table(
        ("KEY", "OUTLET", "TOPIC", "KIND", "FROM", "STATUS", "LAST READ", "NEWEST", "NEXT CHECK"),
        [list_row(source, now) for source in stored],
    )


def list_row(stored: StoredSource, now: datetime) -> tuple[str, ...]:
    source, state = stored.source, stored.state
    next_check = until(state.next_check_at, now) if state.is_active else "-"
    return (
        source.key,
        source.outlet,
        source.category,
        source.kind.value,
        source.origin.value,
        status_of(state),
        age(state.last_success_at, now),
        age(state.newest_entry_at, now),
        next_check,
    )


def status_of(state: PollState) -> str:
    if not state.is_active:
        return f"off after {state.failures_in_a_row} failures" if state.failures_in_a_row else "off"
    if state.failures_in_a_row:
        return f"failed {state.failures_in_a_row}x"
    return "ok" if state.last_success_at else "new"


@sources.command()
@click.argument("address", metavar="URL|KEY")
@click.option("--outlet", help="Name of the outlet; default: from the feed.")
@click.option("--topic", help="Topic of its articles; default: from the feed.")
@click.option("--host", "hosts", multiple=True, help="Another host of the outlet whose entries count; may be repeated.")
@click.option("--all", "is_every", is_flag=True, help="Add every feed that a page names.")
def add(address: str, outlet: str | None, topic: str | None, hosts: tuple[str, ...], *, is_every: bool) -> int:
    """Add a source, or enable it again.

    URL is the address of a feed, a sitemap or a site. Entries on hosts other than those of the feed, the site and
    --host are skipped.
    """
    chosen, category = chosen_hosts(hosts), choose_topic(topic)
    known_as = " ".join(outlet.split()) if outlet else None

    addition = run_with_services(
        lambda services: services.sourcing.add(
            address, outlet=known_as, category=category, hosts=chosen, is_every=is_every
        )
    )
    for found in addition.choices:
        click.echo(f"{found.url}  {found.title}".rstrip())
    if addition.choices:
        say(f"{address} names {len(addition.choices)} feeds: add one by its address, or every one with --all")
        return WRONG_USAGE
    for added in addition.sources:
        click.echo(added_line(added))
    for failed in addition.failures:
        say(f"{failed.url}: {failed.reason}")
    return NOT_FETCHED if addition.failures and not addition.sources else 0


def chosen_hosts(given: Sequence[str]) -> list[str]:
    """Return the host names, also those of addresses."""
    hosts = [host.partition("://")[2].partition("/")[0] if "://" in host else host.strip("/") for host in given]
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise click.BadParameter(f"{host!r} is no host's name, as kabar.example is", param_hint="--host")
    return hosts


def added_line(added: AddedSource) -> str:
    source = added.stored.source
    verb = "added" if added.is_new else "switched on"
    entries = f", {len(added.feed.entries)} entries" if added.feed is not None else ""
    return f"{source.key}: {verb} ({source.outlet}, {source.category}{entries})"


@sources.command()
@click.argument("keys", metavar="KEY…", nargs=-1, required=True)
def remove(keys: tuple[str, ...]) -> int:
    """Remove sources.

    Sources of the catalogue are disabled until they are added again.
    """
    from summaries.model import SourceOrigin

    async def remove_all(services: Services) -> list[tuple[str, StoredSource | None]]:
        return [(name, await services.sourcing.remove(name)) for name in keys]

    is_missing = False
    for name, removed in run_with_services(remove_all):
        if removed is None:
            is_missing = True
            say(f"there is no source {name}; see: ringkas sources list")
        else:
            verb = "switched off" if removed.source.origin is SourceOrigin.CATALOGUE else "removed"
            click.echo(f"{removed.source.key}: {verb}")
    return WRONG_USAGE if is_missing else 0


@sources.command()
@click.argument("keys", metavar="[KEY…]", nargs=-1)
def check(keys: tuple[str, ...]) -> int:
    """Fetch sources now and show the results.

    Without KEY, all enabled sources are checked. ADDRESS is the first address that delivers. Nothing is stored.
    """
    checks, missing = run_with_services(lambda services: check_sources(services, keys))
    for name in missing:
        say(f"there is no source {name}; see: ringkas sources list")
    if checks:
        now = datetime.now(UTC)
        print_table(
            ("KEY", "ENTRIES", "NEWEST", "AGE", "ADDRESS", "STATUS"), [check_row(checked, now) for checked in checks]
        )
    if missing:
        return WRONG_USAGE
    return NOT_FETCHED if any(checked.error for checked in checks) else 0


async def check_sources(services: Services, names: Sequence[str]) -> tuple[tuple[SourceCheck, ...], list[str]]:
    if names:
        found = {name: await services.sourcing.find(name) for name in names}
        wanted = [stored for stored in found.values() if stored is not None]
        missing = [name for name, stored in found.items() if stored is None]
    else:
        wanted, missing = [stored for stored in await services.sourcing.all() if stored.state.is_active], []
    return await services.sourcing.check(wanted), missing


def check_row(checked: SourceCheck, now: datetime) -> tuple[str, ...]:
    newest = checked.newest.strftime("%Y-%m-%d %H:%M %z") if checked.newest else "-"
    entries = "-" if checked.error else str(checked.entries)
    address = "-" if checked.error else checked.url
    return (checked.stored.source.key, entries, newest, age(checked.newest, now), address, checked.error or "ok")


@sources.command("import")
@click.argument("file", metavar="FILE|-", type=click.File("rb"))
def import_opml(file: IO[bytes]) -> int:
    """Add the feeds of an OPML file.

    Private and other refused addresses are listed and skipped.
    """
    body = file.read(MOST_BYTES_READ)
    done = run_with_services(lambda services: services.sourcing.import_opml(body))
    for source in done.sources:
        if source.is_new:
            click.echo(added_line(source))
    for failed in done.failures:
        say(f"{failed.url}: refused: {failed.reason}")
    count, new = len(done.sources) + len(done.failures), sum(source.is_new for source in done.sources)
    refused = f", {len(done.failures)} refused" if done.failures else ""
    click.echo(f"{new} of {count} feeds added, {len(done.sources) - new} were known and are switched on{refused}")
    return 0 if done.sources else WRONG_USAGE


@sources.command()
@click.argument("file", metavar="[FILE|-]", type=click.File("wb", lazy=False), default="-")
def export(file: IO[bytes]) -> None:
    """Write the enabled sources as OPML, each with the feed in use."""
    file.write(run_with_services(lambda services: services.sourcing.export_opml()))


def age(moment: datetime | None, now: datetime) -> str:
    return "-" if moment is None else span(now - moment) + " ago"


def until(moment: datetime | None, now: datetime) -> str:
    return "now" if moment is None or moment <= now else "in " + span(moment - now)


def span(length: timedelta) -> str:
    """Return a duration in its largest unit: "40 min", "5 h", "12 d"."""
    minutes = max(0, round(length / timedelta(minutes=1)))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


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
    report = run_with_services(
        lambda services: services.refresh.refresh_due() if due else services.refresh.refresh_all()
    )
    for failure in report.failures:
        say(f"{failure.source.key}: {failure.error}")
    for one in report.sources:
        if one.moved_to is not None:
            say(f"{one.source.key}: now read from {one.moved_to}")
    click.echo(
        f"{len(report.sources)} sources: {report.added} articles added, {report.refused} entries without an article,"
        f" {len(report.failures)} sources failed"
    )
    return FAILED if report.sources and len(report.failures) == len(report.sources) else 0
