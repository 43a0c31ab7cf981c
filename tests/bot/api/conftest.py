"""The API over a database with public news and a private article, and a caller over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from bot.api.guard import Guard
from bot.api.operations import NewsApi
from bot.api.routes import build_app
from bot.config import Listen
from bot.conversation.user_limits import UserRateLimiter
from summaries.articles.read import PublicReadingService
from summaries.model import SHORT, Article, Origin
from summaries.storage import Store, open_public_store, open_store
from summaries.summarizer import summarize_each
from summaries.workers.pools import ThreadOffload
from tests.bot.dam_story import CRACK, START, store_dam_story
from tests.summaries.conftest import FakeFetcher

KEY = "kunci-rahasia-0123456789"
LISTEN = Listen("127.0.0.1", 8070)
NOW = START + timedelta(hours=4)
PRIVATE = CRACK.replace("Sukamaju", "Rahasiajaya").replace("Wahyudi", "Tertutup")
PRIVATE_URL = "https://pribadi.example/catatan"
TOPICS = ("ekonomi", "olahraga", "daerah")
# Title, subject, event and place: enough to make stories of their own.
SUBJECTS = (
    ("Harga Beras di Pasar Genteng Turun", "pedagang beras", "menurunkan harga setelah panen raya", "Surabaya"),
    ("Persebaya Menang di Kandang", "pemain sepak bola", "mencetak dua gol pada babak kedua", "Surabaya"),
    ("Puskesmas Buka Vaksinasi Malam", "perawat puskesmas", "menyuntikkan vaksin campak kepada balita", "Makassar"),
    ("Perajin Batik Tulis Dapat Pesanan Ekspor", "perajin batik", "mewarnai kain dengan getah mangrove", "Pekalongan"),
    ("Kereta Perintis Mulai Beroperasi", "masinis kereta", "mengantar penumpang menuju stasiun baru", "Padang"),
    ("Atlet Panahan Pecahkan Rekor", "atlet panahan", "melepaskan anak panah tepat di sasaran", "Bandung"),
    ("Nelayan Temukan Terumbu Karang Langka", "nelayan teluk", "memotret terumbu karang berwarna jingga", "Ambon"),
)


def make_articles() -> list[Article]:
    """Return news of several topics and outlets."""
    return [
        Article(
            title,
            f"Puluhan {who} di {place} {did} pada pekan ini dan mengajak warga sekitar ikut menyaksikan. Menurut"
            f" ketua kelompok, {who} sudah menunggu kesempatan itu sejak tahun lalu. Wali Kota {place} memuji cara"
            f" mereka {did} tanpa bantuan siapa pun. Acara serupa akan diadakan lagi bulan depan di alun-alun {place}.",
            outlet=("Kompas", "Tempo")[number % 2],
            url=f"https://kabar.example/{number}",
            category=TOPICS[number % 3],
            published_at=START - timedelta(hours=7 * number),
        )
        for number, (title, who, did, place) in enumerate(SUBJECTS)
    ]


@pytest.fixture(scope="session")
def news_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database to copy: public news, and one article that a reader pasted."""
    path = tmp_path_factory.mktemp("news") / "ringkas.db"

    async def fill() -> None:
        url = f"sqlite:///{path}"
        await store_dam_story(url, *make_articles())
        store = await open_store(url)
        private = Article("Catatan Pribadi Rahasiajaya", PRIVATE, url=PRIVATE_URL)
        await store.articles.put(private, summarize_each(private, (SHORT,)), origin=Origin.CHAT, now=NOW)
        await store.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def database_url(news_file: Path, tmp_path: Path) -> str:
    (tmp_path / "ringkas.db").write_bytes(news_file.read_bytes())
    return f"sqlite:///{tmp_path / 'ringkas.db'}"


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """The same database as the bot has it."""
    opened = await open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def web() -> FakeFetcher:
    return FakeFetcher()


@pytest.fixture
async def api(store: Store, database_url: str, web: FakeFetcher) -> AsyncIterator[NewsApi]:
    """The API beside an open bot's store."""
    public, offload = await open_public_store(database_url), ThreadOffload(threads=1)
    yield NewsApi(
        news=public.news,
        reading=PublicReadingService(news=public.news, fetcher=web, offload=offload, clock=lambda: NOW),
        offload=offload,
        clock=lambda: NOW,
        limiter=UserRateLimiter(600, 600, lambda: 0.0),
        zone="Asia/Jakarta",
    )
    offload.close()
    await public.close()


@asynccontextmanager
async def call(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """Return a caller who has the key."""
    transport = httpx.ASGITransport(app=Guard(app, LISTEN, KEY, ["kabar.example.org"]))
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url=LISTEN.url, headers=headers) as client:
        yield client


@pytest.fixture
async def http(api: NewsApi) -> AsyncIterator[httpx.AsyncClient]:
    async with call(build_app(api)) as client:
        yield client
