"""`ringkas verify`: find which sentences of published summaries are still in their articles."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import click

from bot.cli.common import load_settings
from bot.cli.exit_codes import FAILED, NOT_FETCHED, WRONG_USAGE, say
from summaries.text.characters import clean_line, dump_json

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterator

    from bot.config import Settings
    from summaries.articles.verify import Finding, PublishedSummary, SummaryVerifier, Verification
    from summaries.model import Article

    Result = tuple[PublishedSummary | None, Verification]

# A page may have 5 MiB, but its article is far shorter.
MAX_RECORD_BYTES = 4 * 1024 * 1024
# Summaries that are verified at the same time. The fetcher sends at most two requests at a time to a host.
CONCURRENT_SUMMARIES = 8
# Pages that are kept for further summaries of the same article.
PAGES_KEPT = 16


@click.command()
@click.argument("file", metavar="FILE|-", type=click.File("rb"))
@click.option("--fetch", is_flag=True, help="Fetch each page again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per summary.")
def verify(file: BinaryIO, *, fetch: bool, as_json: bool) -> int:
    """Check that the sentences of summaries are still in their articles, word for word.

    FILE has the output of summarize --json or --jsonl, or export --summaries. The article is the one with the "url"
    in the database, else the line's "text" or "paragraphs", else the one with the "id" in the database.

    Offsets count code points of the article's text: its paragraphs joined by one blank line. "text_hash" is "sha256:"
    and the hexadecimal SHA-256 of that text in UTF-8.

    The exit code is 1 if a sentence changed (not if it moved), 2 if a line is invalid, 4 if an article is unreachable
    or unknown.
    """
    return asyncio.run(verify_file(file, is_fetching=fetch, as_json=as_json))


async def verify_file(file: BinaryIO, *, is_fetching: bool, as_json: bool) -> int:
    """Print the result for each summary in the file, in its order, and return the exit code."""
    from summaries.articles.verify import Finding

    findings: Counter[Finding] = Counter()
    async with (
        open_verifier(load_settings(), is_fetching=is_fetching) as verifier,
        aclosing(verify_records(read_records(file), verifier)) as results,
    ):
        async for number, (summary, result) in results:
            findings[result.finding] += 1
            if as_json:
                click.echo(dump_json(result_fields(number, summary, result)))
            elif result.finding is Finding.INVALID:
                say(f"line {number}: {result.detail}")
            else:
                click.echo(result_line(number, summary, result))
    if not as_json:
        counts = ", ".join(f"{count} {finding}" for finding, count in findings.items())
        summaries = "summary" if findings.total() == 1 else "summaries"
        say(f"{findings.total()} {summaries}: {counts}" if findings else "the file has no summaries")
    return choose_exit_code(findings)


def choose_exit_code(findings: Collection[Finding]) -> int:
    """Return the exit code for the findings of all summaries; a changed sentence weighs most."""
    from summaries.articles.verify import Finding

    if Finding.CHANGED in findings:
        return FAILED
    if Finding.INVALID in findings:
        return WRONG_USAGE
    return NOT_FETCHED if Finding.UNREACHABLE in findings or Finding.UNKNOWN in findings else 0


def read_records(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield each record with the number of its first line; None is one that is too long.

    A record is a line, or an object over several lines as `summarize --json` prints it. Blank lines are skipped.
    """
    first, block = 0, bytearray()
    for number, line in enumerate(read_lines(file), 1):
        if block and line is not None and line[:1] in b" }" and len(block) + len(line) <= MAX_RECORD_BYTES:
            block += line
            if line.startswith(b"}"):
                yield first, bytes(block)
                block.clear()
            continue
        if block:
            yield first, bytes(block)
            block.clear()
        if line is not None and line.rstrip() == b"{":
            first, block = number, bytearray(line)
        elif line is None or line.strip():
            yield number, line
    if block:
        yield first, bytes(block)


def read_lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line; None in place of one that is longer than `MAX_RECORD_BYTES`."""
    while line := file.readline(MAX_RECORD_BYTES):
        is_whole = line.endswith(b"\n") or len(line) < MAX_RECORD_BYTES
        rest = line
        while not is_whole and rest and not rest.endswith(b"\n"):
            rest = file.readline(MAX_RECORD_BYTES)
        yield line if is_whole else None


async def verify_records(
    records: Iterator[tuple[int, bytes | None]], verifier: SummaryVerifier
) -> AsyncGenerator[tuple[int, Result]]:
    """Yield the results in the order of the records, a few of which are verified at the same time."""
    waiting: deque[tuple[int, asyncio.Task[Result | None]]] = deque()
    try:
        for number, record in records:
            waiting.append((number, asyncio.create_task(verify_record(record, verifier))))
            while len(waiting) >= CONCURRENT_SUMMARIES:
                first, task = waiting.popleft()
                if result := await task:
                    yield first, result
        for first, task in waiting:
            if result := await task:
                yield first, result
    finally:
        for _, task in waiting:
            task.cancel()


async def verify_record(record: bytes | None, verifier: SummaryVerifier) -> Result | None:
    from summaries.articles.verify import Finding, Verification

    if record is None:
        return None, Verification(Finding.INVALID, detail=f"longer than {MAX_RECORD_BYTES // 1024**2} MiB")
    return await verifier.verify(record)


@asynccontextmanager
async def open_verifier(settings: Settings, *, is_fetching: bool) -> AsyncIterator[SummaryVerifier]:
    """Open the database, unless it is a file that does not exist, and the fetcher if it is needed."""
    from bot.background.backups import database_file, is_file
    from summaries.articles.verify import SummaryVerifier
    from summaries.storage import open_store

    async with AsyncExitStack() as stack:
        articles = None
        if not is_file(settings) or database_file(settings).exists():
            store = await open_store(settings.database_url, pool_size=settings.database_pool_size)
            stack.push_async_callback(store.close)
            articles = store.articles
        fetch = await stack.enter_async_context(open_pages(settings)) if is_fetching else None
        yield SummaryVerifier(articles=articles, fetch=fetch)


@asynccontextmanager
async def open_pages(settings: Settings) -> AsyncIterator[Callable[[str], Awaitable[Article]]]:
    """Yield a function that fetches the article at an address; the last few are kept."""
    from bot.runtime.clock import utc_now
    from bot.services import open_web
    from summaries.fetch.articles import fetch_article
    from summaries.urls import make_url_key
    from summaries.workers.pools import WorkerPool

    pages: dict[str, asyncio.Task[Article]] = {}
    workers = WorkerPool()
    try:
        async with open_web(settings) as web:
            read = partial(fetch_article, fetcher=web.feed_pages, offload=workers.urgent, now=utc_now())

            def fetch(url: str) -> Awaitable[Article]:
                key = make_url_key(url)
                page = pages.pop(key, None) or asyncio.create_task(read(url))
                pages[key] = page
                while len(pages) > PAGES_KEPT:
                    del pages[next(iter(pages))]
                return page

            yield fetch
    finally:
        await workers.close()


def result_fields(number: int, summary: PublishedSummary | None, result: Verification) -> dict[str, object]:
    """Return the result as JSON. The offsets are those in the article now."""
    then = summary.text_hash if summary else None
    return {
        "line": number,
        "id": summary.id if summary else None,
        "url": summary.url if summary else None,
        "result": result.finding,
        "source": result.source,
        "text_hash": result.text_hash,
        "text_changed": result.text_hash != then if result.text_hash and then else None,
        "sentences": [
            {
                "text": one.text,
                "result": one.finding,
                "start": one.start,
                "end": None if one.start is None else one.start + len(one.text),
            }
            for one in result.sentences
        ],
        "detail": result.detail or None,
    }


def result_line(number: int, summary: PublishedSummary | None, result: Verification) -> str:
    """Return the result as one line: which sentences changed or moved, and the article's address or id."""
    parts = [result.detail] if result.detail else []
    counted = len(result.sentences)
    if counted:
        parts.append(f"{counted} sentence{'s' * (counted > 1)}")
    for finding in dict.fromkeys(one.finding for one in result.sentences):
        if finding != "same":
            numbers = [str(at) for at, one in enumerate(result.sentences, 1) if one.finding is finding]
            parts.append(f"{finding}: {', '.join(numbers)}")
    name = (summary.url or (f"article {summary.id}" if summary.id else "")) if summary else ""
    return clean_line(" · ".join((f"{number}: {result.finding}", *parts, name)).removesuffix(" · "))
