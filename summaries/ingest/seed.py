"""Load the data that ships with the project, and article files. Loading is idempotent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import seeds
from summaries.articles.prepare import prepare
from summaries.errors import NothingToSummarize
from summaries.fetch.plain.article import decode_text, read_plain_text
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import Article, Origin, Source, StoredArticle
from summaries.ports import Offload
from summaries.ports.stories import PreparedArticle

MAX_CONCURRENT_FILES = 32


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The outcome for one file: the stored article, or why it was refused."""

    name: str
    stored: StoredArticle | None = None
    refusal: str | None = None


def read_catalogue() -> tuple[Source, ...]:
    """Return the sources of seeds/sources.toml, in its order. The tests check that the file is sound."""
    return tuple(map(_read_source, seeds.read_table("sources")["source"]))


def _read_source(table: Mapping[str, Any]) -> Source:
    urls = [address["url"] for address in table["addresses"]]
    index_url = urls[-1] if table["addresses"][-1].get("index") else None
    if index_url and len(urls) > 1:
        urls.pop()
    return Source(
        table["key"], table["outlet"], table["category"], urls[0], alternatives=tuple(urls[1:]), index_url=index_url
    )


async def load_samples(articles: Iterable[Article], writer: ArticleWriter, offload: Offload) -> list[StoredArticle]:
    """Store sample articles as public news."""

    async def load(article: Article) -> StoredArticle:
        return await writer.add(await offload(prepare, article), origin=Origin.IMPORT)

    return list(await asyncio.gather(*map(load, articles)))


async def load_files(
    files: Iterable[tuple[str, bytes, str | None]], writer: ArticleWriter, offload: Offload
) -> list[ImportedFile]:
    """Store articles from plain-text files (name, bytes, category); report files without an article as refused."""
    slots = asyncio.Semaphore(MAX_CONCURRENT_FILES)

    async def load(name: str, body: bytes, category: str | None) -> ImportedFile:
        async with slots:
            try:
                article = await offload(read_file, body, category)
            except NothingToSummarize as refusal:
                return ImportedFile(name, refusal=str(refusal))
            return ImportedFile(name, await writer.add(article, origin=Origin.IMPORT))

    return list(await asyncio.gather(*(load(*file) for file in files)))


def read_file(body: bytes, category: str | None) -> PreparedArticle:
    """Read the article in a plain-text file. Runs in a worker. Raises NothingToSummarize if it contains none."""
    return prepare(read_plain_text(decode_text(body), category=category))
