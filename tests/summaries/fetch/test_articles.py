"""An article from its address, through fakes of the network and the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

import pytest

from summaries.errors import NothingToSummarize, PermanentFetchError, RefusalReason, RingkasError, TransientFetchError
from summaries.fetch.articles import fetch_and_transform, fetch_article
from summaries.fetch.documents import read_document
from summaries.fetch.html.discovery import MAX_PARTS
from summaries.model import Article
from summaries.ports import Fetched

P = ParamSpec("P")
T = TypeVar("T")

URL = "https://kabartimur.example/berita/4551234/panen-raya-kediri"
TITLE = "Panen Raya di Kediri Naik Delapan Persen"
SENTENCES = (
    "Petani di Kabupaten Kediri mulai memanen padi pada awal pekan ini, kata Dinas Pertanian.",
    "Hasilnya lebih baik daripada musim lalu karena air cukup dan hama sedikit sepanjang musim.",
    "Pemerintah daerah meminta Bulog segera menyerap hasil panen agar harga tidak jatuh.",
    "Harga gabah kering panen bertahan pada kisaran enam ribu rupiah untuk setiap kilogram.",
)


def make_page(count: int, extra: str = "") -> bytes:
    text = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES[:count])
    return f"<head><title>{TITLE}</title>{extra}</head><body><h1>{TITLE}</h1><div>{text}</div></body>".encode()


ALL = '<a href="?page=all">Semua halaman</a>'
AMP = '<link rel="amphtml" href="/amp/berita/4551234/panen">'
AMP_URL = "https://kabartimur.example/amp/berita/4551234/panen"


@dataclass
class FakeFetcher:
    answers: dict[str, bytes | RingkasError]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.asked.append(url)
        answer = self.answers.get(url, PermanentFetchError("none", status=404))
        if isinstance(answer, RingkasError):
            raise answer
        return Fetched(url, 200, "text/html", body=answer)


async def offload(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    return work(*args, **kwargs)


async def test_page_without_variants_is_fetched_once() -> None:
    fetcher = FakeFetcher({URL: make_page(3)})
    article = await fetch_article(URL, fetcher=fetcher, offload=offload)
    assert (article.title, len(article.paragraphs)) == (TITLE, 3)
    assert fetcher.asked == [URL]


async def test_whole_article_is_used_and_keeps_its_address() -> None:
    fetcher = FakeFetcher({URL: make_page(2, ALL), URL + "?page=all": make_page(4, ALL)})
    article = await fetch_article(URL, fetcher=fetcher, offload=offload)
    assert (len(article.paragraphs), article.url) == (4, URL)
    assert fetcher.asked == [URL, URL + "?page=all"]


@pytest.mark.parametrize(
    "whole",
    [TransientFetchError("busy"), PermanentFetchError("none"), make_page(0), make_page(1)],
    ids=["busy", "none", "empty", "less"],
)
async def test_failed_whole_article_is_ignored(whole: bytes | RingkasError) -> None:
    fetcher = FakeFetcher({URL: make_page(2, ALL), URL + "?page=all": whole})
    assert len((await fetch_article(URL, fetcher=fetcher, offload=offload)).paragraphs) == 2


def make_part(number: int, *links: int) -> bytes:
    """Page `number` of an article of four pages, with one sentence of its own below the two that all of them have."""
    own = f"Pada hari ke-{number} panen raya, hujan turun sejak pagi sehingga gabah dijemur di balai desa setempat."
    text = "".join(f"<p>{sentence}</p>" for sentence in (*SENTENCES[:2], own))
    pages = "".join(f'<a href="{URL}?page={link}">{link}</a>' for link in links)
    return (
        f"<head><title>{TITLE}</title></head><body><h1>{TITLE}</h1><div>{text}</div><nav>{pages}</nav></body>".encode()
    )


async def test_parts_of_an_article_are_joined_in_order() -> None:
    answers = {URL: make_part(1, 2), URL + "?page=2": make_part(2, 1, 3), URL + "?page=3": make_part(3, 2, 4)}
    fetcher = FakeFetcher({**answers, URL + "?page=4": make_part(4, 3)})
    article = await fetch_article(URL, fetcher=fetcher, offload=offload)
    assert [line.split(" panen")[0] for line in article.paragraphs[2:]] == [f"Pada hari ke-{n}" for n in (1, 2, 3, 4)]
    assert (article.url, article.title) == (URL, TITLE)
    assert fetcher.asked == [URL, *(f"{URL}?page={n}" for n in (2, 3, 4))]


async def test_other_parts_are_found_from_any_part() -> None:
    fetcher = FakeFetcher({URL: make_part(1, 2), URL + "?page=1": make_part(1, 2), URL + "?page=2": make_part(2, 1)})
    article = await fetch_article(URL + "?page=2", fetcher=fetcher, offload=offload)
    assert [line[:15] for line in article.paragraphs[2:]] == ["Pada hari ke-1 ", "Pada hari ke-2 "]


async def test_failed_part_ends_the_reading() -> None:
    fetcher = FakeFetcher({URL: make_part(1, 2, 3), URL + "?page=3": make_part(3)})
    assert len((await fetch_article(URL, fetcher=fetcher, offload=offload)).paragraphs) == 3
    assert fetcher.asked == [URL, URL + "?page=2"]


async def test_number_of_parts_is_limited() -> None:
    def answer(number: int) -> bytes:
        return make_part(number, *range(1, 100))

    answers: dict[str, bytes | RingkasError] = {f"{URL}?page={n}": answer(n) for n in range(1, 100)}
    fetcher = FakeFetcher({URL: answer(1), **answers})
    await fetch_article(URL, fetcher=fetcher, offload=offload)
    assert len(fetcher.asked) == MAX_PARTS


async def test_unreadable_page_falls_back_to_its_plain_variant() -> None:
    fetcher = FakeFetcher({URL: make_page(0, AMP), AMP_URL: make_page(3)})
    assert len((await fetch_article(URL, fetcher=fetcher, offload=offload)).paragraphs) == 3


async def test_page_unreadable_in_every_variant_is_refused() -> None:
    fetcher = FakeFetcher({URL: make_page(0, AMP), AMP_URL: make_page(0)})
    with pytest.raises(NothingToSummarize):
        await fetch_article(URL, fetcher=fetcher, offload=offload)


async def test_paywall_is_not_bypassed() -> None:
    locked = AMP + '<meta property="article:content_tier" content="locked">'
    fetcher = FakeFetcher({URL: make_page(1, locked), AMP_URL: make_page(4)})
    with pytest.raises(NothingToSummarize) as refusal:
        await fetch_article(URL, fetcher=fetcher, offload=offload)
    assert refusal.value.reason is RefusalReason.PAYWALL
    assert fetcher.asked == [URL]


async def test_fetch_error_is_passed_on() -> None:
    with pytest.raises(PermanentFetchError):
        await fetch_article(URL, fetcher=FakeFetcher({}), offload=offload)


OTHER = "https://kabartimur.example/lama/panen-raya-kediri"


def canonical_link(address: str) -> str:
    return f'<link rel="canonical" href="{address}">'


async def test_canonical_page_is_fetched_and_used() -> None:
    fetcher = FakeFetcher(
        {
            OTHER: make_page(2, canonical_link(URL)),
            URL: make_page(3, canonical_link(URL) + ALL),
            URL + "?page=all": make_page(4),
        }
    )
    article = await fetch_article(OTHER, fetcher=fetcher, offload=offload)
    assert (article.url, len(article.paragraphs)) == (URL, 4)
    assert fetcher.asked == [OTHER, URL, URL + "?page=all"]


@pytest.mark.parametrize(
    "answer",
    [
        TransientFetchError("busy"),
        PermanentFetchError("none"),
        make_page(0),
        make_page(3).replace(TITLE.encode(), b"Gempa Mengguncang Ambon").replace(b"a", b"o"),
    ],
    ids=["busy", "none", "no article", "another article"],
)
async def test_canonical_page_with_another_article_is_ignored(answer: bytes | RingkasError) -> None:
    fetcher = FakeFetcher({OTHER: make_page(3, canonical_link(URL)), URL: answer})
    article = await fetch_article(OTHER, fetcher=fetcher, offload=offload)
    assert (article.url, article.title) == (OTHER, TITLE)


async def test_canonical_of_a_canonical_page_is_ignored() -> None:
    third = "https://kabartimur.example/berita/4559999/lain"
    fetcher = FakeFetcher(
        {OTHER: make_page(3, canonical_link(URL)), URL: make_page(3, canonical_link(third)), third: make_page(3)}
    )
    assert (await fetch_article(OTHER, fetcher=fetcher, offload=offload)).url == URL
    assert fetcher.asked == [OTHER, URL]


async def test_canonical_page_with_an_edited_headline_is_used() -> None:
    edited = make_page(3).replace(TITLE.encode(), b"Hasil Panen Kediri Naik")
    fetcher = FakeFetcher({OTHER: make_page(3, canonical_link(URL)), URL: edited})
    assert (await fetch_article(OTHER, fetcher=fetcher, offload=offload)).url == URL


async def test_plain_variant_keeps_its_canonical_address() -> None:
    plain = "https://kabartimur.example/cetak/4551234"
    link = f'<link rel="amphtml" href="{plain}">'
    fetcher = FakeFetcher({URL: make_page(0, link), plain: make_page(3, canonical_link(URL))})
    assert (await fetch_article(URL, fetcher=fetcher, offload=offload)).url == URL
    # A front page links to a print form of something else.
    fetcher = FakeFetcher({URL: make_page(0, link), plain: make_page(3)})
    assert (await fetch_article(URL, fetcher=fetcher, offload=offload)).url == plain


async def test_whole_article_from_another_site_is_ignored() -> None:
    class Moving(FakeFetcher):
        async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
            document = await super().fetch(url)
            return document if url == URL else replace(document, url=OTHER)

    fetcher = Moving({URL: make_page(2, ALL), URL + "?page=all": make_page(4)})
    assert len((await fetch_article(URL, fetcher=fetcher, offload=offload)).paragraphs) == 2
    parts: dict[str, bytes | RingkasError] = {URL: make_part(1, 2), URL + "?page=2": make_part(2, 1)}

    class Leaving(Moving):
        async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
            document = await super().fetch(url)
            return document if url == URL else replace(document, url="https://penyerang.example/2")

    assert len((await fetch_article(URL, fetcher=Leaving(parts), offload=offload)).paragraphs) == 3


def test_document_is_read_by_its_media_type() -> None:
    text = f"{TITLE}\n\n" + "\n\n".join(SENTENCES)
    assert read_document(text.encode(), URL, media_type="text/plain").url == URL
    assert read_document(make_page(4), URL, media_type="text/html").title == TITLE
    with pytest.raises(NothingToSummarize, match="longer than any article"):
        read_document(text.encode() * 4000, URL, media_type="text/plain")
    with pytest.raises(NothingToSummarize, match="PDF"):
        read_document(b"%PDF-1.7\nrusak", URL, media_type="application/pdf")


def count_paragraphs(article: Article) -> int:
    return len(article.paragraphs)


@pytest.mark.parametrize(
    ("answers", "made", "pieces"),
    [
        ({URL: make_page(3)}, 3, 1),
        ({URL: make_page(2, ALL), URL + "?page=all": make_page(4, ALL)}, 4, 3),
        ({URL: make_page(0, AMP), AMP_URL: make_page(3)}, 3, 3),
    ],
    ids=["one page", "all parts elsewhere", "plain form"],
)
async def test_single_page_article_is_transformed_in_the_reading_worker(
    answers: dict[str, bytes | RingkasError], made: int, pieces: int
) -> None:
    done: list[str] = []

    async def counting(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        done.append(repr(work))
        return work(*args, **kwargs)

    found = await fetch_and_transform(URL, fetcher=FakeFetcher(answers), offload=counting, transform=count_paragraphs)
    assert (found, len(done)) == (made, pieces)


async def test_transform_error_is_raised() -> None:
    def refuse(_: Article) -> int:
        raise NothingToSummarize(RefusalReason.TOO_SHORT)

    with pytest.raises(NothingToSummarize):
        await fetch_and_transform(URL, fetcher=FakeFetcher({URL: make_page(3)}), offload=offload, transform=refuse)


CHECK_URL = "https://kabartimur.example/cek-fakta/read/4551234/cek-fakta-bantuan-perahu"
CHECK_TITLE = "Cek Fakta: Bantuan Perahu untuk Semua Nelayan"
QUESTION = "Lalu benarkah unggahan tentang bantuan perahu untuk semua nelayan itu?"
VERDICT = "Hasil penelusuran menunjukkan klaim bantuan perahu untuk semua nelayan adalah hoaks."


def make_check_page(*paragraphs: str) -> bytes:
    story = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"<head><title>{CHECK_TITLE}</title></head><body><h1>{CHECK_TITLE}</h1><div>{story}</div></body>".encode()


REPORT = (
    "Beredar unggahan di Facebook tentang bantuan perahu untuk semua nelayan di Kabupaten Kediri pada pekan lalu.",
    "Unggahan itu telah dibagikan ribuan kali oleh warganet dan memuat tautan ke sebuah formulir pendaftaran palsu.",
    QUESTION,
)


async def test_second_page_of_a_fact_check_is_read_for_its_verdict() -> None:
    second = make_check_page(VERDICT, "Kementerian itu tidak pernah membuka pendaftaran lewat formulir, kata pejabat.")
    fetcher = FakeFetcher({CHECK_URL: make_check_page(*REPORT), f"{CHECK_URL}?page=2": second})
    article = await fetch_article(CHECK_URL, fetcher=fetcher, offload=offload)
    assert VERDICT in article.text
    assert article.url == CHECK_URL
    assert fetcher.asked == [CHECK_URL, f"{CHECK_URL}?page=2"]


async def test_fact_check_without_a_second_page_is_read_as_it_is() -> None:
    fetcher = FakeFetcher({CHECK_URL: make_check_page(*REPORT)})
    article = await fetch_article(CHECK_URL, fetcher=fetcher, offload=offload)
    assert article.text.endswith(QUESTION)


async def test_fact_check_with_its_verdict_is_fetched_once() -> None:
    fetcher = FakeFetcher({CHECK_URL: make_check_page(*REPORT, VERDICT)})
    await fetch_article(CHECK_URL, fetcher=fetcher, offload=offload)
    assert fetcher.asked == [CHECK_URL]
