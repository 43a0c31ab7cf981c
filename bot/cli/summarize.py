"""`ringkas summarize` and `ringkas extract`: the summary or the text of one article, or of a batch."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.common import load_settings
from bot.cli.exit_codes import exit_code
from bot.cli.summarize_batch import answered, input_lines, summarize_lines
from bot.views.shapes import describe_refusal, describe_summarized
from summaries import errors
from summaries.model import LONG, MEDIUM, SHORT, Article, Length
from summaries.text.characters import dump_json, parse_json

LENGTHS = {"pendek": SHORT, "sedang": MEDIUM, "panjang": LONG}
FILE_TYPES = {".html": "text/html", ".htm": "text/html", ".pdf": "application/pdf"}
METHODS_HELP = "Ranking method; an unknown name lists all methods."


@click.command()
@click.argument("source", metavar="[PATH|URL|-]", required=False)
@click.option("--length", "preset", type=click.Choice(list(LENGTHS)), help="About 35, 60 (default) or 110 words.")
@click.option("--words", type=click.IntRange(1, 10_000), help="Approximate number of words.")
@click.option("--sentences", type=click.IntRange(1, 1_000), help="Number of sentences.")
@click.option("--method", default=None, help=METHODS_HELP)
@click.option("--json", "as_json", is_flag=True, help="Print the article's fields and the summary as JSON.")
@click.option("--jsonl", is_flag=True, help="Batch: read JSON lines on stdin, write JSON lines in the same order.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Batch: number of processes (default 1).")
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Batch: append to this file, and skip the lines that it answers already.",
)
def summarize(
    source: str | None,
    preset: str | None,
    words: int | None,
    sentences: int | None,
    method: str | None,
    *,
    as_json: bool,
    jsonl: bool,
    jobs: int | None,
    into: Path | None,
) -> None:
    """Summarise an article.

    The source is a file, a link, or - for standard input.

    With --jsonl, each line of input is {"id", "title", "text", "source"?, "url"?}, of output {"id", "url", "sentences",
    "spans", "text_hash", "language", "method", "fact_check"} or {"id", "refused"}. "fact_check", with --json too, is
    null or {"verdict": "false" | "misleading" | "true" | "unproven", "claim", "sentence": {"text", "start", "end"} |
    null}.
    """
    length = chosen_length(preset, words, sentences)
    chosen = chosen_method(method)
    if jsonl:
        if source is not None or as_json:
            raise click.UsageError("--jsonl reads standard input and goes with neither a source nor --json.")
        summarize_lines(length, chosen, jobs or 1, into)
        return
    for given, option in ((jobs, "--jobs"), (into, "--into")):
        if given is not None:
            raise click.UsageError(f"{option} goes with --jsonl.")
    if source is None and sys.stdin.isatty():
        raise click.UsageError("Give a file, a link, or - for standard input.")
    article = read_source(source or "-")
    from summaries.fact_checks import mark_fact_check
    from summaries.summarizer import summarize as summarize_article

    article = mark_fact_check(article)
    summary = summarize_article(article, length, method=chosen)
    plain = as_plain_text(article, summary.text, article.place)
    click.echo(dump_json(describe_summarized(article, summary), indent=2) if as_json else plain)


def chosen_length(preset: str | None, words: int | None, sentences: int | None) -> Length:
    if sum(given is not None for given in (preset, words, sentences)) > 1:
        raise click.UsageError("--length, --words and --sentences exclude each other.")
    if words is None and sentences is None:
        return LENGTHS[preset or "sedang"]
    return Length(words=words, sentences=sentences)


def chosen_method(method: str | None) -> str:
    from summaries.summarizer import DEFAULT_METHOD, METHODS

    if method is not None and method not in METHODS:
        raise click.BadParameter(f"choose one of {', '.join(METHODS)}", param_hint="--method")
    return method or DEFAULT_METHOD


def read_source(source: str, *, url: str = "") -> Article:
    """Read the article from a file, a link or standard input; `url` is the address that a file came from. Raise
    NothingToSummarize, FetchError, AddressRefused or OSError if there is no article."""
    if is_link(source):
        import asyncio

        return asyncio.run(fetch(source))
    from summaries.fetch.client.decoding import sniff_media_type
    from summaries.fetch.documents import read_document

    body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    media_type = FILE_TYPES.get(Path(source).suffix.casefold()) or sniff_media_type(body) or "text/plain"
    return read_document(body, url, media_type=media_type, now=datetime.now(UTC))


def is_link(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


async def fetch(url: str) -> Article:
    from bot.services import open_web
    from summaries.fetch.articles import fetch_article
    from summaries.workers.pools import ThreadOffload

    offload = ThreadOffload(threads=1)
    try:
        async with open_web(load_settings()) as web:
            return await fetch_article(url, fetcher=web.pages, offload=offload, now=datetime.now(UTC))
    finally:
        offload.close()


def as_plain_text(article: Article, text: str, source: str | None, url: str | None = None) -> str:
    """Return the text below the article's title, its byline with the `source`, and its address; of a fact-check, below
    the verdict and the claim in place of the title, which may be the hoax."""
    when = article.published_at.strftime("%Y-%m-%d %H:%M %z") if article.published_at else None
    byline = " · ".join(part for part in (article.outlet, when, source) if part)
    checked = article.fact_check
    title = f"fact-check: {checked.verdict}\nclaim: {checked.claim}" if checked else article.title
    return "\n".join(line for line in (title, byline, url) if line) + f"\n\n{text}"


@click.command()
@click.argument("source", metavar="[PATH|URL|-]", required=False)
@click.option("--url", default="", metavar="URL", help="Address of the page in the file.")
@click.option("--json", "as_json", is_flag=True, help="Print the fields, or the reason for a refusal, as JSON.")
@click.option("--jsonl", is_flag=True, help="Batch: read JSON lines on stdin, write JSON lines in the same order.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Batch: number of processes (default 1).")
def extract(source: str | None, url: str, *, as_json: bool, jsonl: bool, jobs: int) -> int:
    """Extract the article from a page, a PDF or a text.

    The source is a file, a link, or - for standard input.

    With --json, a refusal is {"refused", "detail"}. With --jsonl, each line of input is {"path", "url"?,
    "id"?}; output lines have the fields of --json with the id.
    """
    if jsonl:
        if source is not None or as_json or url:
            raise click.UsageError("--jsonl reads standard input and goes with none of a source, --url and --json.")
        for answer in answered(input_lines(), extract_line, jobs):
            click.echo(answer)
        return 0
    if source is None:
        raise click.UsageError("Give a file, a link, or - for standard input.")
    if jobs != 1:
        raise click.UsageError("--jobs goes with --jsonl.")
    if url and is_link(source):
        raise click.UsageError("--url goes with a file.")
    try:
        article = read_source(source, url=url)
    except (errors.InputError, errors.FetchError) as error:
        if not as_json:
            raise
        click.echo(dump_json(describe_refusal(error), indent=2))
        return exit_code(error)
    plain = as_plain_text(article, article.text, ", ".join(article.authors), article.url)
    click.echo(dump_json(article_fields(article), indent=2) if as_json else plain)
    return 0


def extract_line(line: str) -> str:
    """Return the answer to a line: the article's fields, or `{"id", "refused", "detail"}`."""
    given = parse_json(line)
    if not isinstance(given, dict) or not isinstance(given.get("path"), str):
        identity = given.get("id") if isinstance(given, dict) else None
        return dump_json({"id": identity, "refused": "bad-line", "detail": 'not a JSON object with a "path"'})
    path, url = given["path"], given.get("url")
    identity = {"id": given.get("id", path)}
    try:
        # A path that looks like a link must not be fetched.
        article = read_source(f"./{path}" if is_link(path) else path, url=url if isinstance(url, str) else "")
    except errors.InputError as error:
        return dump_json(identity | describe_refusal(error))
    except (OSError, ValueError) as error:  # a path with a NUL or half a surrogate pair is a ValueError
        reason = error.strerror if isinstance(error, OSError) else None
        return dump_json(identity | {"refused": "unreadable", "detail": reason or str(error)})
    return dump_json(identity | article_fields(article))


def article_fields(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "published_at": article.published_at.isoformat(timespec="seconds") if article.published_at else None,
        "author": ", ".join(article.authors) or None,
        "authors": article.authors,
        "outlet": article.outlet,
        "category": article.category,
        "canonical_url": article.url,
        "image_url": article.image_url,
        "place": article.place,
        "initials": article.initials,
        "text": article.text,
    }
