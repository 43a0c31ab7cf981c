"""Load the data that ships with the project, and article files. Loading is idempotent."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import seeds
from summaries.articles.prepare import prepare
from summaries.errors import InvalidSettings, NothingToSummarize
from summaries.fetch.plain.article import decode_text, read_plain_text
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import Origin, Source, StoredArticle
from summaries.ports import Offload, SourceStore
from summaries.ports.stories import PreparedArticle
from summaries.topic_model.topics import TOPICS

MAX_CONCURRENT_FILES = 32


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The outcome for one file: the stored article, or why it was refused."""

    name: str
    stored: StoredArticle | None = None
    refusal: str | None = None


async def load_sources(store: SourceStore, *, now: datetime) -> int:
    """Synchronise the store's sources with the catalogue; return the number of sources in the catalogue."""
    sources = read_catalogue(seeds.sources_file().read_text(encoding="utf-8"))
    await store.sync(sources, now=now)
    return len(sources)


async def load_samples(writer: ArticleWriter, offload: Offload) -> list[ImportedFile]:
    """Store the sample articles."""
    files = [(sample.name, sample.text.encode(), sample.category) for sample in seeds.sample_articles()]
    return await load_files(files, writer, offload)


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


_FIELDS: Final = ("key", "outlet", "category", "url")
_KEY: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MAX_KEY_CHARS: Final = 40
# Query parameters that grant access: an address with one must not be shared.
_SECRET: Final = re.compile(
    r"(?:^|[_-])(?:api_?key|key|token|secret|auth|authorization|password|passwd|pwd|sig|signature|session|sid|jwt)(?:$|[_-])",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def read_catalogue(text: str) -> tuple[Source, ...]:
    """Return the sources of a catalogue, in its order.

    It is a TOML document of tables, each with exactly these four fields:

    [[source]]
        key = "antara-politik"
        outlet = "ANTARA"
        category = "politik"
        url = "https://www.antaranews.com/rss/politik.xml"

    Raises:
        InvalidSettings: the document is not TOML or has faults; each one is listed, by the source's key or number.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings((f"the catalogue is not TOML: {error}",)) from error
    tables = document.get("source")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidSettings(("the catalogue needs a list of [[source]] tables",))
    faults = [f"unknown entry {name!r} beside the sources" for name in document if name != "source"]
    for number, table in enumerate(tables, start=1):
        name = repr(table["key"]) if isinstance(table.get("key"), str) and table["key"] else f"number {number}"
        faults.extend(f"source {name}: {fault}" for fault in _find_faults(table))
    for field in ("key", "url"):
        counts = Counter(value for table in tables if isinstance(value := table.get(field), str))
        faults.extend(f"{field} {value!r} occurs {times} times" for value, times in counts.items() if times > 1)
    if faults:
        raise InvalidSettings(tuple(faults))
    return tuple(Source(**{field: table[field] for field in _FIELDS}) for table in tables)


def _find_faults(table: Mapping[str, object]) -> Iterator[str]:
    yield from (f"unknown field {name!r}" for name in table if name not in _FIELDS)
    for field in _FIELDS:
        value = table.get(field)
        if not isinstance(value, str) or not value.strip():
            yield f"{field} is missing" if value is None else f"{field} must be text that is not empty"
        elif field == "key" and not (_KEY.fullmatch(value) and len(value) <= _MAX_KEY_CHARS):
            yield f"key must be at most {_MAX_KEY_CHARS} small letters and digits, joined by hyphens"
        elif field == "category" and value not in TOPICS:
            yield f"unknown category {value!r}; known are {', '.join(TOPICS)}"
        elif field == "url":
            yield from _find_url_faults(value)


def _find_url_faults(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError as error:
        yield f"url can't be read: {error}"
        return
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in url):
        yield "url must be an http or https address"
    if parts.username is not None or parts.password is not None:
        yield "url must not hold a user name or password"
    yield from (f"url must not hold a key: {name!r}" for name, _ in query if _SECRET.search(_CAMEL.sub("_", name)))
