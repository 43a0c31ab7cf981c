# ruff: noqa: E501 - lines of HTML read better unbroken
"""Pages that hold no article, or hold it back; and articles that look a little like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html.pages import read_page

TITLE, *PARAGRAPHS = (
    (Path(__file__).parents[1] / "outlet_pages" / "article.txt").read_text(encoding="utf-8").strip().split("\n\n")
)
URL = "https://www.kabar.example/daerah/1234567/jembatan-gantung-baru"
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def make_page(body: str, *, title: str = TITLE, kind: str = "article") -> str:
    return f'<html><head><title>{title}</title><meta property="og:title" content="{title}"><meta property="og:type" content="{kind}"></head><body>{body}</body></html>'


TEASERS = "".join(
    f'<div><a href="/read/{n}/judul-berita-nomor-{n}"><img></a><h3><a href="/read/{n}/judul-berita-nomor-{n}">Judul Berita Nomor {n} yang Panjang</a></h3>'
    f"<p>{PARAGRAPHS[n % 5]}</p><span>Rabu, 06 Mar 2024 {n}:15 WIB</span></div>"
    for n in range(1, 21)
)
ABOUT_GARUT = "<p>Kumpulan berita garut terbaru dan terlengkap hari ini, dari peristiwa, wisata, hingga ekonomi daerah di Jawa Barat.</p>"

NONE = {
    "front page that calls itself an article": ("https://www.kabar.example/", make_page(f"<h1>Kabar</h1>{TEASERS}", title="Kabar - Berita Terkini")),
    "tag": ("https://www.kabar.example/tag/garut", make_page(f"<h1>GARUT</h1>{ABOUT_GARUT}{TEASERS}", title="Berita Garut Hari Ini", kind="website")),
    "tag without its address": ("", make_page(f"<h1>GARUT</h1>{ABOUT_GARUT}{TEASERS}", title="Berita Garut Hari Ini", kind="website")),
    "topic with a slug": ("https://www.kabar.example/topik/jembatan-gantung-baru-garut", make_page(f"<h1>Jembatan Gantung Garut</h1>{TEASERS}", title="Jembatan Gantung Garut")),
    "search": ("https://www.kabar.example/search?q=garut", make_page(f"<h1>Hasil pencarian</h1>{TEASERS}", title="Hasil pencarian garut", kind="website")),
    "about the outlet": ("https://www.kabar.example/tentang-kami", make_page(f"<h1>Tentang Kami</h1>{TEXT}", title="Tentang Kami", kind="website")),
    "index by its title": ("https://www.kabar.example/2016/1234567/indeks-berita-hari-ini", make_page(f"<h1>Indeks Berita</h1><div>{TEXT}</div>", title="Indeks Berita", kind="website")),
    "front page with an article's address": ("", make_page(f'<link rel="canonical" href="https://kabar.example/"><h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p>', kind="website")),
    "verses": ("", make_page("<h1>Lirik Lagu Jembatan</h1><div>" + "<br>".join(f"Di jembatan nomor {n} aku menunggu" for n in range(14)) + "</div>", title="Lirik Lagu Jembatan", kind="website")),
    "consent": (
        "https://consent.kabar.example/m?continue=x",
        make_page(
            "<h1>Sebelum Anda melanjutkan</h1><p>Kami menggunakan cookie dan data untuk memberikan layanan, melacak gangguan, serta mencegah spam dan penipuan.</p>"
            '<p>Jika Anda memilih "Terima semua", kami juga menggunakan cookie untuk mengembangkan layanan baru dan menampilkan iklan yang sesuai.</p>',
            title="Sebelum Anda melanjutkan",
            kind="website",
        ),
    ),
    "login": (
        "https://akun.kabar.example/login",
        make_page(
            "<h1>Masuk dengan akun Kabar</h1><form><input type=password></form><p>Belum punya akun? Daftar sekarang dan nikmati berbagai konten pilihan dari redaksi kami setiap hari.</p>",
            title="Login | Kabar",
            kind="website",
        ),
    ),
    "advertisements are blocked": (URL, make_page("<h1>Pemblokir iklan</h1><p>Kami mendeteksi bahwa Anda menggunakan pemblokir iklan. Mohon nonaktifkan agar dapat melanjutkan membaca berita di situs kami.</p>")),
    "maintenance": (URL, make_page("<h1>Kami segera kembali</h1><p>Situs kami sedang dalam pemeliharaan. Mohon maaf atas ketidaknyamanan ini, tim kami sedang bekerja untuk meningkatkan layanan bagi Anda.</p>", title="Kabar")),
    "scripts are needed": (URL, make_page("<p>Mohon aktifkan JavaScript pada peramban Anda agar halaman berita ini dapat ditampilkan dengan semestinya kepada Anda.</p>", title="Kabar")),
}  # fmt: skip


@pytest.mark.parametrize(("url", "body"), NONE.values(), ids=NONE.keys())
def test_page_without_an_article_is_refused(url: str, body: str) -> None:
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(body.encode(), url=url)
    assert refusal.value.reason is RefusalReason.NOT_AN_ARTICLE


ITEMS = {
    "a date below each headline": '<article><a href="/b/{n}"><h2>{headline}</h2></a><div>Rabu, 6 Maret 2024 | 1{n}:15 WIB</div><div>{text}</div></article>',
    "a pointer below each text": '<div><div>{headline}</div><div>{text}</div><a href="/b/{n}">Selengkapnya</a></div>',
    "an image between": '<li><a href="/b/{n}"><img></a><h4><a href="/b/{n}">{headline}</a></h4><span>1{n} Maret 2024, 08:00</span><p>{text}</p></li>',
    "definitions": '<dt><a href="/b/{n}">{headline}</a></dt><dd>{text}</dd>',
    "a cell for each": '<table><tr><td><a href="/b/{n}">{headline}</a><br>{text}</td></tr></table>',
}


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS.keys())
@pytest.mark.parametrize("path", ["", "daerah", "topik/jembatan-gantung-baru-garut", "daerah/2024/03/06"])
def test_a_list_of_articles_is_refused(item: str, path: str) -> None:
    items = (item.format(n=n, headline=f"Judul Berita Nomor {n}", text=PARAGRAPHS[n % 5]) for n in range(9))
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(
            make_page(f"<h1>Jembatan</h1><div>{''.join(items)}</div>", title="Jembatan").encode(),
            url=f"https://www.kabar.example/{path}",
        )
    assert refusal.value.reason is RefusalReason.NOT_AN_ARTICLE


def test_an_article_beside_lists_is_read() -> None:
    """It may have a schedule, and a linked headline between any two paragraphs."""
    times = "".join(f"<p>0{n}.30 WIB: Jembatan dibuka untuk warga</p>" for n in range(6))
    text = "".join(
        f"<p>{one}</p><p>Baca: <a href=/{n}>Judul Berita Nomor {n}</a></p>" for n, one in enumerate(PARAGRAPHS)
    )
    assert read_page(make_page(f"<h1>{TITLE}</h1><div>{text}{times}</div>").encode(), url=URL).paragraphs[:5] == tuple(
        PARAGRAPHS
    )


CAPTIONS = f"<p>{PARAGRAPHS[0]}</p><p>Warga melintasi jembatan gantung itu, Rabu pagi.</p>"
SHORT_TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS[:4])
GALLERIES = {
    "pictures": (URL, f"FOTO: {TITLE}"),
    "pictures in a gallery": (URL, f"Galeri Foto | {TITLE}"),
    "clip with few words": (URL, f"VIDEO: {TITLE}"),
    "clip": ("https://www.kabar.example/video/daerah/video-jembatan-gantung-baru.html", f"VIDEO : {TITLE}"),
}


@pytest.mark.parametrize(("url", "title"), GALLERIES.values(), ids=GALLERIES.keys())
def test_a_gallery(url: str, title: str) -> None:
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(make_page(f"<h1>{title}</h1>{CAPTIONS}", title=title).encode(), url=url)
    assert refusal.value.reason is RefusalReason.GALLERY


@pytest.mark.parametrize(
    ("url", "title", "text"),
    [
        (URL, f"FOTO: {TITLE}", TEXT),
        (URL, f"VIDEO: {TITLE}", SHORT_TEXT),
        (URL, "Foto Viral Jembatan Gantung", CAPTIONS),
    ],
)
def test_no_gallery(url: str, title: str, text: str) -> None:
    assert read_page(make_page(f"<h1>{title}</h1>{text}", title=title).encode(), url=url).text


WALLS = [
    "Berlangganan sekarang untuk membaca artikel ini selengkapnya.",
    "Silakan masuk atau berlangganan untuk menikmati konten premium.",
    "Agar bisa lanjut membaca sampai tuntas artikel ini, Anda wajib berlangganan.",
    "Untuk membaca selanjutnya, silakan berlangganan mulai Rp50.000 per bulan.",
    "Daftar gratis untuk membaca artikel lengkap",
    "Anda telah membaca 2 artikel gratis bulan ini",
    "Artikel ini khusus untuk pelanggan.",
    "to Read Full Story",
    "Subscribe to continue reading",
]


@pytest.mark.parametrize("wall", WALLS)
def test_paywalled_article_is_refused(wall: str) -> None:
    body = make_page(
        f"<h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><div><p>{wall}</p><button>Lanjut</button></div>"
    )
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(body.encode(), url=URL)
    assert refusal.value.reason is RefusalReason.PAYWALL


ALL_THE_SAME = {
    "a banner about cookies": f'<div id="onetrust-banner-sdk"><p>Kami menggunakan cookie. Dengan melanjutkan, Anda setuju.</p></div><h1>{TITLE}</h1><div>{TEXT}</div>',
    "a login on every page": f"<form><input type=password></form><h1>{TITLE}</h1><div>{TEXT}</div>",
    "a newsletter": f"<h1>{TITLE}</h1><div>{TEXT}</div><footer><p>Daftar untuk menerima berita pilihan setiap pagi.</p></footer>",
}


@pytest.mark.parametrize("body", ALL_THE_SAME.values(), ids=ALL_THE_SAME.keys())
def test_article_resembling_a_refused_page_is_read(body: str) -> None:
    assert read_page(make_page(body).encode(), url=URL).paragraphs == tuple(PARAGRAPHS)
