"""From an address to an article over real connections: guard, robots.txt, redirects, compression, all parts."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pytest

from summaries.errors import NothingToSummarize, PermanentFetchError
from summaries.fetch.articles import fetch_article
from summaries.fetch.client.http import GuardedFetcher
from summaries.fetch.client.robots import RobotsFetcher

if TYPE_CHECKING:
    from tests.summaries.fetch.conftest import LoopbackServer

P = ParamSpec("P")
T = TypeVar("T")

TITLE = "Bendungan Baru di Nganjuk Mulai Mengairi Sawah"
SENTENCES = [
    "Bendungan baru di Kabupaten Nganjuk mulai mengairi seribu hektare sawah sejak Senin pagi.",
    "Petani menyambut air itu dengan lega setelah dua bulan mengandalkan pompa sewaan.",
    "Pemerintah daerah berjanji menyelesaikan saluran tersier sebelum musim tanam berikutnya.",
    "Pengamat pertanian mengingatkan bahwa bendungan harus dirawat agar tidak cepat dangkal.",
]


def make_response(
    body: bytes, *, status: int = 200, content_type: str = "text/html; charset=utf-8", **headers: str
) -> bytes:
    lines = [
        f"HTTP/1.1 {status} x",
        f"Content-Length: {len(body)}",
        "Connection: close",
        f"Content-Type: {content_type}",
    ]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def make_page(sentences: list[str], extra: str = "") -> bytes:
    text = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return f"<title>{TITLE} - Kabar</title><h1>{TITLE}</h1><div>{text}</div>{extra}".encode()


async def offload(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


@pytest.fixture
async def fetcher() -> AsyncIterator[RobotsFetcher]:
    async with aclosing(GuardedFetcher(allow_private_addresses=True)) as guarded:
        yield RobotsFetcher(guarded, product="RingkasBot", clock=lambda: datetime(2026, 11, 24, tzinfo=UTC))


async def test_multi_part_article_behind_a_redirect_is_fetched(server: LoopbackServer, fetcher: RobotsFetcher) -> None:
    path = "/berita/4551234/bendungan-baru-nganjuk"
    server.answers |= {
        "/robots.txt": make_response(b"User-agent: *\nDisallow: /cetak/", content_type="text/plain"),
        "/s/1": make_response(b"", status=302, Location=path),
        path: make_response(
            gzip.compress(make_page(SENTENCES[:2], '<a href="?page=all">Semua</a>')), Content_Encoding="gzip"
        ),
        path + "?page=all": make_response(make_page(SENTENCES)),
    }
    article = await fetch_article(f"{server.url}/s/1", fetcher=fetcher, offload=offload)
    assert article.title == TITLE
    assert article.text == "\n\n".join(SENTENCES)
    assert article.url == server.url + path
    assert [request.split(" ")[1] for request in server.requests] == ["/robots.txt", "/s/1", path, path + "?page=all"]


async def test_page_disallowed_by_robots_txt_is_not_requested(server: LoopbackServer, fetcher: RobotsFetcher) -> None:
    server.answers["/robots.txt"] = make_response(b"User-agent: RingkasBot\nDisallow: /", content_type="text/plain")
    with pytest.raises(PermanentFetchError, match=r"robots\.txt"):
        await fetch_article(f"{server.url}/berita", fetcher=fetcher, offload=offload)
    assert len(server.requests) == 1


async def test_page_without_an_article_is_refused(server: LoopbackServer, fetcher: RobotsFetcher) -> None:
    server.answers["/"] = make_response(make_page([]))
    with pytest.raises(NothingToSummarize):
        await fetch_article(f"{server.url}/", fetcher=fetcher, offload=offload)
