"""Values and stores for tests of the news side."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import psycopg
import pytest

from summaries.articles.prepare import extract_search_terms
from summaries.errors import TransientFetchError
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.study import StudyService
from summaries.model import MEDIUM, SHORT, Article, Length, Summary, SummarySentence
from summaries.ports import Fetched
from summaries.ports.stories import PreparedArticle
from summaries.storage import Store, open_store, sqlite_path
from summaries.stories import make_signature
from summaries.urls import make_article_key
from tests.postgres_server import ReusedDatabase, reused_database

if TYPE_CHECKING:
    from summaries.ports import Offload

P = ParamSpec("P")
T = TypeVar("T")
POOL_SIZE = 4
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

ArticleMaker = Callable[..., Article]
Study = Callable[[Store], Awaitable[int]]


class FakeFetcher:
    """Fulfils ports.Fetcher over pages by address; `moved` leads from one address to another."""

    def __init__(self) -> None:
        self.pages: dict[str, Fetched] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []

    def publish(self, url: str, body: str | bytes, *, media_type: str = "text/html", etag: str | None = None) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.pages[url] = Fetched(url, 200, media_type, "utf-8", content, etag)

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.asked.append(url)
        page = self.pages.get(self.moved.get(url, url))
        if page is None:
            raise TransientFetchError("away")
        if etag is not None and etag == page.etag:
            return Fetched(url, 304)
        return page


@pytest.fixture
def web() -> FakeFetcher:
    return FakeFetcher()


@pytest.fixture
def offload() -> Offload:
    """Work is done on the spot."""

    async def at_once(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    return at_once


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_article() -> ArticleMaker:
    """An article by number: its title, address and text are its own, the rest can be given."""

    def make(number: int = 1, **fields: Any) -> Article:
        text = (
            f"Warga desa ke-{number} memanen padi lebih awal. Hasilnya naik dari tahun lalu.\n\nHarga gabah ikut naik."
        )
        defaults: dict[str, Any] = {
            "title": f"Panen Raya ke-{number}",
            "text": text,
            "url": f"https://kabar.example/panen/{number}",
            "outlet": "Kabar Desa",
            "category": "ekonomi",
            "published_at": NOW,
        }
        return Article(**(defaults | fields))

    return make


@pytest.fixture
def summarize_first() -> Callable[[Article], tuple[Summary, ...]]:
    """Summaries of the usual lengths that hold the article's first sentence."""

    def summaries(article: Article, lengths: tuple[Length, ...] = (SHORT, MEDIUM)) -> tuple[Summary, ...]:
        end = article.text.index(".") + 1
        return tuple(
            Summary((SummarySentence(article.text[:end], 0, end),), method="lead", length=length) for length in lengths
        )

    return summaries


@pytest.fixture(scope="session")
def worker_database(postgres_server: str) -> Iterator[ReusedDatabase]:
    """A PostgreSQL database of this worker's own."""
    with reused_database(postgres_server) as database:
        yield database


@pytest.fixture
def postgres_url(worker_database: ReusedDatabase) -> str:
    """The address of a PostgreSQL database that holds nothing."""
    worker_database.empty()
    return worker_database.url


@pytest.fixture
def database_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """The address of a database of that kind that holds nothing; the same for the whole test."""

    def address(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'ringkas.db'}"
        url: str = request.getfixturevalue("postgres_url")
        return url

    return address


@pytest.fixture
def database_url(database_of: Callable[[str], str]) -> str:
    """The address of the test's database; where the store matters, a `conftest.py` or a module has it of each kind."""
    return database_of("sqlite")


@pytest.fixture
def execute(database_url: str) -> Callable[[str], None]:
    """Runs a statement on the database, behind the store's back."""

    def run(sql: str) -> None:
        if database_url.startswith("sqlite"):
            with closing(sqlite3.connect(sqlite_path(database_url))) as other, other:
                other.execute(sql)
        else:
            with psycopg.connect(database_url) as server:
                server.execute(sql.encode())

    return run


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables; to copy it costs a quarter of making them."""
    path = tmp_path_factory.mktemp("empty") / "ringkas.db"

    async def make() -> None:
        await (await open_store(f"sqlite:///{path}")).close()

    asyncio.run(make())
    return path


@pytest.fixture
def prepared_url(database_url: str, empty_sqlite: Path) -> str:
    """The address of the test's database, which has tables if it is in SQLite."""
    if database_url.startswith("sqlite") and not (path := sqlite_path(database_url)).exists():
        path.write_bytes(empty_sqlite.read_bytes())
    return database_url


@pytest.fixture
async def store(prepared_url: str) -> AsyncIterator[Store]:
    opened = await open_store(prepared_url, pool_size=POOL_SIZE)
    yield opened
    await opened.close()


@pytest.fixture
async def writer(store: Store, offload: Offload, now: datetime) -> AsyncIterator[ArticleWriter]:
    opened = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: now)
    yield opened
    await opened.close()


@pytest.fixture
def study() -> Study:
    """Study the stale stories of a store."""

    async def run(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    return lambda store: StudyService(studies=store.studies, offload=run, clock=lambda: NOW).study()


EVENT = {
    "Kabar Desa": (
        "Bendungan Wairana Jebol, Ratusan Warga Mengungsi",
        (
            "Bendungan Wairana di Kabupaten Sukamakmur jebol pada Senin dini hari setelah hujan deras tiga hari."
            " Ratusan warga Desa Telaga mengungsi ke balai desa.\n\nBupati Sitti Rahma mengatakan tidak ada korban jiwa"
            " dalam bencana itu. Tim penyelamat masih menyisir rumah warga yang terendam air setinggi dua meter.\n\n"
            "Pemerintah"
            " kabupaten membuka dapur umum dan meminta bantuan selimut untuk para pengungsi."
        ),
    ),
    "Warta Kota": (
        "Ratusan Orang Mengungsi setelah Bendungan Wairana Jebol",
        (
            "Hujan deras selama tiga hari membuat Bendungan Wairana jebol, Senin dini hari. Ratusan warga Desa Telaga,"
            " Kabupaten Sukamakmur, mengungsi ke balai desa.\n\nTidak ada korban jiwa, kata Bupati Sitti Rahma. Air"
            " setinggi dua meter merendam rumah warga, dan tim penyelamat masih bekerja."
        ),
    ),
}


@pytest.fixture
def prepare_article(summarize_first: Callable[[Article], tuple[Summary, ...]]) -> Callable[[Article], PreparedArticle]:
    """The article as it goes into the store, with summaries of its first sentence."""

    def prepared(article: Article) -> PreparedArticle:
        signature = make_signature(
            make_article_key(article),
            article.title,
            article.text,
            outlet=article.outlet,
            published_at=article.published_at,
        )
        return PreparedArticle(article, summarize_first(article), signature, extract_search_terms(article))

    return prepared


@pytest.fixture
def make_event(make_article: ArticleMaker) -> ArticleMaker:
    """One event as an outlet reports it: "Kabar Desa" at length, "Warta Kota" in short."""

    def make(outlet: str = "Kabar Desa", **fields: Any) -> Article:
        title, text = EVENT[outlet]
        url = f"https://{outlet.replace(' ', '').lower()}.example/daerah/bendungan"
        return make_article(**({"title": title, "text": text, "url": url, "outlet": outlet} | fields))

    return make
