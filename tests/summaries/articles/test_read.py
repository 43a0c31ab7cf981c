"""Articles for a person: fetched once, stored, and answered from the store."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from summaries.articles.read import ReadingService
from summaries.errors import AlreadyShort, NothingToSummarize, PermanentFetchError, TransientFetchError
from summaries.fetch.plain.article import read_plain_text
from summaries.model import LONG, MEDIUM, SHORT, Article, NewsQuery, Origin, Summary
from summaries.storage import Store
from summaries.urls import make_article_key

if TYPE_CHECKING:
    from summaries.ports import Offload
    from tests.summaries.conftest import FakeFetcher

URL = "https://kabar.example/ekonomi/beras-turun"
PARAGRAPHS = [
    "Makassar - Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin pagi.",
    "Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal Oktober karena stok menipis.",
    "Dinas Perdagangan memperkirakan harga akan bertahan hingga akhir bulan karena panen raya masih berlangsung.",
    "Pedagang berharap pemerintah menyerap gabah petani agar harga di tingkat petani tidak jatuh terlalu dalam.",
]
PAGE = (
    "<html lang=id><head><title>Harga Beras Turun di Pasar Sukamakmur</title>"
    '<meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2026-11-02T08:30:00+08:00">'
    "</head><body><article><h1>Harga Beras Turun di Pasar Sukamakmur</h1>"
    + "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    + "</article></body></html>"
)
TEXT = "Harga Beras Turun di Pasar Sukamakmur\n\n" + "\n\n".join(PARAGRAPHS)


class World:
    def __init__(self, store: Store, web: FakeFetcher, offload: Offload) -> None:
        self.store = store
        self.fetcher = web
        self.fetcher.publish(URL, PAGE)
        self.reading = ReadingService(
            articles=store.articles,
            fetcher=self.fetcher,
            offload=offload,
            clock=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        )


@pytest.fixture
def world(store: Store, web: FakeFetcher, offload: Offload) -> World:
    return World(store, web, offload)


async def test_link_is_fetched_once_and_then_read_from_the_store(world: World) -> None:
    first = await world.reading.read_url(URL)
    assert first.stored.article.title == "Harga Beras Turun di Pasar Sukamakmur"
    assert first.summary.text.startswith("Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800")
    assert first.summary.length == MEDIUM
    again = await world.reading.read_url(URL + "?utm_source=x#bawah")
    assert (again.stored, again.summary) == (first.stored, first.summary)
    assert world.fetcher.asked == [URL]


async def test_short_link_resolves_to_the_stored_article(world: World) -> None:
    world.fetcher.moved["https://s.example/a"] = URL
    first = await world.reading.read_url(URL)
    again = await world.reading.read_url("https://s.example/a")
    assert again.stored.id == first.stored.id


async def test_other_length_of_a_stored_article_needs_no_fetch(world: World) -> None:
    first = await world.reading.read_url(URL)
    longer = await world.reading.read_url(URL, length=LONG)
    assert longer.summary.length == LONG
    assert longer.summary.word_count >= first.summary.word_count
    assert await world.store.articles.find_summary(first.stored.id, LONG) == longer.summary
    assert len(world.fetcher.asked) == 1


async def test_summary_by_an_outdated_method_is_recomputed(world: World) -> None:
    first = await world.reading.read_url(URL)
    old = Summary(first.summary.sentences[-1:], "of-last-year", MEDIUM)
    await world.store.articles.put_summary(first.stored.id, old)
    again = await world.reading.read_url(URL)
    assert again.summary == first.summary
    assert await world.store.articles.find_summary(first.stored.id, MEDIUM) == first.summary


async def test_pasted_texts_and_files_are_visible_to_their_chat_only(world: World) -> None:
    first = await world.reading.read_text(TEXT, chat_id=7)
    assert first.stored.origin is Origin.CHAT
    assert first.stored.article.url is None
    again = await world.reading.read_file(("\ufeff" + TEXT).encode("utf-16"), chat_id=7)
    assert again.stored.id == first.stored.id
    other = await world.reading.read_text(TEXT, chat_id=8)
    assert other.stored.id != first.stored.id
    assert other.summary == first.summary
    assert await world.store.articles.find(make_article_key(first.stored.article)) is None
    assert (await world.store.news.list_page(NewsQuery(), length=SHORT, number=0, size=5)).total == 0


async def test_imported_text_is_visible_to_every_chat(
    world: World, summarize_first: Callable[[Article], tuple[Summary, ...]]
) -> None:
    article = read_plain_text(FAKE_TEXT)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    stored = await world.store.articles.put(article, summarize_first(article), origin=Origin.IMPORT, now=now)
    assert (await world.reading.read_text(FAKE_TEXT, chat_id=7)).stored == stored
    # Only articles that the operator imported, because older versions stored readers' articles under the same key.
    other = replace(article, text=article.text + " Habis.")
    await world.store.articles.put(other, summarize_first(other), origin=Origin.CHAT, now=now)
    assert (await world.reading.read_text(f"{FAKE_TEXT} Habis.", chat_id=7)).stored.article.outlet is None


KOMPAS = "https://www.kompas.com/read/2026/11/23/100000/beras"
GENUINE_TITLE = "Harga Beras Turun di Pasar Sukamakmur"
FAKE_TITLE = "Semua Rekening Bank Dibekukan Besok"
CLAIMS = (
    f'<link rel="canonical" href="{KOMPAS}"><meta property="og:url" content="{KOMPAS}">'
    '<meta property="og:site_name" content="Kompas.com"><meta property="og:image" content="https://kompas.com/a.jpg">'
    '<script type="application/ld+json">{"@type": "NewsArticle", "publisher": {"name": "Kompas.com"}}</script>'
)
FAKE_PAGE = PAGE.replace(GENUINE_TITLE, f"{FAKE_TITLE} - Kompas.com").replace("</head>", f"{CLAIMS}</head>")
FAKE_TEXT = "\n\n".join(
    [
        f"{FAKE_TITLE} - Kompas.com\nKompas.com - 23/11/2026, 08:30 WIB",
        f"JAKARTA, KOMPAS.com - {PARAGRAPHS[1]}",
        *PARAGRAPHS[2:],
        PARAGRAPHS[0],
    ]
)


def text_pdf(text: str) -> bytes:
    """A PDF of one page with the text's lines."""
    lines = "".join(f"({line}) Tj T* " for part in text.split("\n") for line in textwrap.wrap(part, 90) or [""])
    stream = f"BT /F1 10 Tf 14 TL 40 800 Td {lines}ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (FAKE_PAGE.encode(), "text/html"),
        (text_pdf(FAKE_TEXT), "application/pdf"),
        (FAKE_TEXT.encode(), "text/plain"),
        (None, "pasted"),
    ],
    ids=["page", "pdf", "text file", "pasted"],
)
async def test_user_content_cannot_claim_an_outlet_or_address(
    world: World, body: bytes | None, media_type: str
) -> None:
    if body is None:
        sent = await world.reading.read_text(FAKE_TEXT, chat_id=7)
    else:
        sent = await world.reading.read_file(body, chat_id=7, media_type=media_type)
    article = sent.stored.article
    assert article.title == FAKE_TITLE
    assert (article.url, article.outlet, article.image_url) == (None, None, None)
    # The genuine link gets the genuine page.
    world.fetcher.publish(KOMPAS, PAGE)
    genuine = await world.reading.read_url(KOMPAS)
    assert (genuine.stored.article.title, genuine.stored.article.outlet) == (GENUINE_TITLE, "Kompas.com")
    assert genuine.stored.id != sent.stored.id


async def test_short_user_content_cannot_claim_an_outlet_or_address(world: World) -> None:
    short = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:2])
    start, end = FAKE_PAGE.index("<p>"), FAKE_PAGE.rindex("</p>") + 4
    body = (FAKE_PAGE[:start] + short + FAKE_PAGE[end:]).encode()
    with pytest.raises(AlreadyShort) as caught:
        await world.reading.read_file(body, chat_id=7, media_type="text/html")
    article = caught.value.article
    assert (article.title, article.url, article.outlet, article.image_url) == (FAKE_TITLE, None, None, None)


async def test_page_cannot_replace_the_article_of_another_page(world: World) -> None:
    written_by_a_reader = "https://www.kompas.com/pembaca/penyerang"
    text = "".join(
        f"<p>Rekening di bank ke-{n} akan dibekukan besok pagi tanpa kecuali, kata pesan itu.</p>" for n in range(9)
    )
    world.fetcher.publish(KOMPAS, PAGE)
    world.fetcher.publish(written_by_a_reader, re.sub(r"<p>.*</p>", text, FAKE_PAGE))
    sent = await world.reading.read_url(written_by_a_reader)
    assert (sent.stored.article.title, sent.stored.article.url) == (FAKE_TITLE, written_by_a_reader)
    assert (await world.reading.read_url(KOMPAS)).stored.article.title == GENUINE_TITLE


async def test_canonical_url_is_fetched_before_it_is_trusted(world: World) -> None:
    moved = PAGE.replace("</head>", f'<link rel="canonical" href="{KOMPAS}"></head>')
    first, second = "https://www.kompas.com/lama/beras", "https://www.kompas.com/lagi/beras"
    world.fetcher.publish(first, moved)
    # It can't be had: the article stays where it is.
    assert (await world.reading.read_url(first)).stored.article.url == first
    world.fetcher.publish(second, moved)
    world.fetcher.publish(KOMPAS, PAGE)
    assert (await world.reading.read_url(second)).stored.article.url == KOMPAS
    assert world.fetcher.asked == [first, KOMPAS, second, KOMPAS]


async def test_amp_cache_is_bypassed(world: World) -> None:
    shown = "https://www.google.com/amp/s/www.kompas.com/read/2026/11/23/100000/beras"
    fake = "https://www-kompas-com.cdn.ampproject.org/c/s/www.kompas.com/read/2026/11/23/200000/palsu"
    world.fetcher.publish(KOMPAS, PAGE)
    for cached in (shown, fake):
        world.fetcher.publish(cached, FAKE_PAGE)
    assert (await world.reading.read_url(shown)).stored.article.title == GENUINE_TITLE
    assert world.fetcher.asked == [KOMPAS]
    # A redirect to a cache leads no further.
    world.fetcher.moved["https://s.example/a"] = fake
    with pytest.raises(TransientFetchError):
        await world.reading.read_url("https://s.example/a")
    # Nor does a page that leads back to one.
    world.fetcher.moved["https://www.kompas.com/read/2026/11/23/200000/palsu"] = fake
    with pytest.raises(PermanentFetchError):
        await world.reading.read_url("https://s.example/a")
    assert await world.store.articles.find("url:kompas.com/read/2026/11/23/200000") is None


async def test_plain_text_behind_a_link_is_read(world: World) -> None:
    url = "https://kabar.example/berita.txt"
    world.fetcher.publish(url, TEXT, media_type="text/plain")
    reading = await world.reading.read_url(url)
    assert reading.stored.article.title == "Harga Beras Turun di Pasar Sukamakmur"
    assert (reading.stored.article.url, reading.stored.article.outlet) == (url, "kabar.example")


@pytest.mark.parametrize(
    ("body", "media_type"), [(FAKE_TEXT.encode(), "text/plain"), (text_pdf(FAKE_TEXT), "application/pdf")]
)
async def test_document_behind_a_link_takes_its_host_as_outlet(world: World, body: bytes, media_type: str) -> None:
    url = "https://penyerang.example/berita"
    world.fetcher.publish(url, body, media_type=media_type)
    article = (await world.reading.read_url(url)).stored.article
    assert (article.title, article.url, article.outlet) == (FAKE_TITLE, url, "penyerang.example")


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"\x00\x01\x02", b"<p>Pendek saja.</p>"])
async def test_a_page_without_an_article_is_refused_and_not_stored(world: World, body: bytes) -> None:
    world.fetcher.publish(URL, body)
    with pytest.raises(NothingToSummarize):
        await world.reading.read_url(URL)
    assert await world.store.articles.find(f"url:{URL}") is None


async def test_short_article_raises_already_short(world: World) -> None:
    short = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:2])
    start, end = PAGE.index("<p>"), PAGE.rindex("</p>") + 4
    world.fetcher.publish(URL, PAGE[:start] + short + PAGE[end:])
    with pytest.raises(AlreadyShort) as caught:
        await world.reading.read_url(URL)
    assert caught.value.article.url == URL
    assert caught.value.article.text.startswith("Harga beras medium")


async def test_failed_page_is_fetched_again_next_time(world: World) -> None:
    page = world.fetcher.pages.pop(URL)
    with pytest.raises(TransientFetchError):
        await world.reading.read_url(URL)
    world.fetcher.pages[URL] = page
    assert (await world.reading.read_url(URL)).summary.text
