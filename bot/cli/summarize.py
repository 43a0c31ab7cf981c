"""`ringkas summarize`: summarise one article, or a batch."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.summarize_batch import summarize_lines
from summaries.model import LONG, MEDIUM, SHORT, Article, Length, Summary
from summaries.text.characters import dump_json

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
    help="Batch: append to this file and skip the lines that it already contains. Resumes an interrupted run.",
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

    With --jsonl, each line of standard input is {"id", "title", "text", "source"?}; each line of output is {"id",
    "sentences", "language", "method"} or {"id", "refused"}.
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
    from summaries.summarizer import summarize as summarize_article

    summary = summarize_article(article, length, method=chosen)
    click.echo(as_json_text(article, summary) if as_json else as_plain_text(article, summary))


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
        return asyncio.run(fetch(source))
    from summaries.fetch.client.decoding import sniff_media_type
    from summaries.fetch.documents import read_document

    body = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    media_type = FILE_TYPES.get(Path(source).suffix.casefold()) or sniff_media_type(body) or "text/plain"
    return read_document(body, url, media_type=media_type, now=datetime.now(UTC))


def is_link(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


async def fetch(url: str) -> Article:
    from bot.config import load_settings
    from bot.services import open_web
    from summaries.fetch.articles import fetch_article
    from summaries.workers.pools import ThreadOffload

    offload = ThreadOffload(threads=1)
    try:
        async with open_web(load_settings()) as web:
            return await fetch_article(url, fetcher=web.pages, offload=offload, now=datetime.now(UTC))
    finally:
        offload.close()


def as_json_text(article: Article, summary: Summary) -> str:
    from summaries.text.sentences import split_sentences

    fields: dict[str, Any] = {
        "title": article.title,
        "outlet": article.outlet,
        "published_at": article.published_at.isoformat(timespec="minutes") if article.published_at else None,
        "place": article.place,
        "initials": article.initials,
        "authors": article.authors,
        "url": article.url,
        "category": article.category,
        "paragraph_count": len(article.paragraphs),
        "sentence_count": sum(len(split_sentences(paragraph, summary.language)) for paragraph in article.paragraphs),
        "paragraphs": article.paragraphs,
        "language": summary.language,
        "method": summary.method,
        "summary": summary.text,
        "words": summary.word_count,
        "sentences": [
            {"text": sentence.text, "start": sentence.start, "end": sentence.end} for sentence in summary.sentences
        ],
    }
    return dump_json(fields, indent=2)


def as_plain_text(article: Article, summary: Summary) -> str:
    when = article.published_at.strftime("%Y-%m-%d %H:%M %z") if article.published_at else None
    byline = " · ".join(part for part in (article.outlet, when, article.place) if part)
    return "\n".join(line for line in (article.title, byline) if line) + f"\n\n{summary.text}"
