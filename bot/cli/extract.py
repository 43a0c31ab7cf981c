"""`ringkas extract`: the article on a page, in a PDF or a text, without summarising it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from bot.cli.exit_codes import exit_code
from bot.cli.summarize import is_link, read_source
from bot.cli.summarize_batch import answered, input_lines
from summaries.errors import (
    AddressRefused,
    FetchError,
    InputError,
    NothingToSummarize,
    PermanentFetchError,
    ResourceLimitExceeded,
    TransientFetchError,
)
from summaries.text.characters import dump_json

if TYPE_CHECKING:
    from summaries.model import Article

# The machine-readable reasons of errors other than `NothingToSummarize`, which has its own.
_REASONS = (
    (AddressRefused, "address-refused"),
    (TransientFetchError, "fetch-failed-for-now"),
    (PermanentFetchError, "fetch-failed-for-good"),
    (ResourceLimitExceeded, "too-costly"),
)


@click.command()
@click.argument("source", metavar="[PATH|URL|-]", required=False)
@click.option("--url", default="", metavar="URL", help="Address of the page in the file.")
@click.option("--json", "as_json", is_flag=True, help="Print the fields, or the reason for a refusal, as JSON.")
@click.option("--jsonl", is_flag=True, help="Batch: read JSON lines on stdin, write JSON lines in the same order.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Batch: number of processes (default 1).")
def extract(source: str | None, url: str, *, as_json: bool, jsonl: bool, jobs: int) -> int:
    """Extract the article from a page, a PDF or a text.

    The source is a file, a link, or - for standard input.

    With --json, a refusal is {"refused", "detail"}. With --jsonl, each line of standard input is {"path", "url"?,
    "id"?}, and each line of output has the fields of --json with the id.
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
    read = partial(read_source, source, url=url)
    if not as_json:
        click.echo(as_plain_text(read()))
        return 0
    try:
        article = read()
    except (InputError, FetchError) as error:
        click.echo(dump_json(refusal_fields(error), indent=2))
        return exit_code(error)
    click.echo(dump_json(article_fields(article), indent=2))
    return 0


def extract_line(line: str) -> str:
    """Return the answer to a line: the article's fields, or `{"id", "refused", "detail"}`."""
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("path"), str):
        identity = given.get("id") if isinstance(given, dict) else None
        return dump_json({"id": identity, "refused": "bad-line", "detail": 'not a JSON object with a "path"'})
    path, url = given["path"], given.get("url")
    identity = {"id": given.get("id", path)}
    try:
        # A path that looks like a link must not be fetched.
        article = read_source(f"./{path}" if is_link(path) else path, url=url if isinstance(url, str) else "")
    except InputError as error:
        return dump_json(identity | refusal_fields(error))
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


def refusal_fields(error: InputError | FetchError) -> dict[str, Any]:
    """Return the machine-readable reason ("not-an-article", "fetch-failed-for-now") and the error's message."""
    if isinstance(error, NothingToSummarize):
        reason = error.reason.value
    else:
        reason = next((code for kind, code in _REASONS if isinstance(error, kind)), "input-error")
    return {"refused": reason, "detail": str(error)}


def as_plain_text(article: Article) -> str:
    when = article.published_at.strftime("%Y-%m-%d %H:%M %z") if article.published_at else None
    byline = " · ".join(part for part in (article.outlet, when, ", ".join(article.authors)) if part)
    head = "\n".join(line for line in (article.title, byline, article.url) if line)
    return f"{head}\n\n{article.text}"
