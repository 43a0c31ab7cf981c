"""Headlines without the site's name, section and slogan."""

from __future__ import annotations

import pytest

from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.titles import choose_title, remove_site_name

URL = "https://www.kabartimur.example/ekonomi/panen"
HEADLINE = "Petani Kediri Mulai Panen Raya"


@pytest.mark.parametrize(
    "title",
    [
        HEADLINE,
        f"{HEADLINE} - Kabar Timur",
        f"{HEADLINE} | kabartimur.example",
        f"{HEADLINE} – KabarTimur",
        f"{HEADLINE} - Ekonomi :: Kabar Timur",
        f"{HEADLINE} - Kabar Timur Ekonomi",
        f"Kabar Timur: {HEADLINE}",
        f"Kabar Timur | {HEADLINE}",
        f"{HEADLINE} - Kompas.com",
        f"{HEADLINE} | Republika Online",
        f"{HEADLINE} : Kabar Timur",
    ],
)
def test_site_name_is_removed_from_title(title: str) -> None:
    assert remove_site_name(title, url=URL, site_name="Kabar Timur") == HEADLINE


@pytest.mark.parametrize(
    "title",
    [
        "Persib vs Persija - Siapa yang Menang?",
        "FOTO: Suasana Panen di Kediri",
        "Rp 1.000 - Rp 2.000 per Kilogram, Harga Cabai Turun",
        "Harga Emas 5/10: Turun Rp5.000",
        "Pro-Kontra Pajak Baru | Kata Pengusaha",
    ],
)
def test_text_belonging_to_the_headline_is_kept(title: str) -> None:
    assert remove_site_name(title, url=URL, site_name="Kabar Timur") == title


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<title>{HEADLINE} - K</title><h1>Ekonomi</h1><h1> Petani  Kediri Mulai Panen Raya </h1>", HEADLINE),
        (f"<title>{HEADLINE} | Situs Entah</title><b>{HEADLINE}</b>", HEADLINE),
        (f"<title>{HEADLINE} | Kabar Timur</title><p>Isi</p>", HEADLINE),
        (f"<title>{HEADLINE} Halaman all - Kabar Timur</title><p>Isi</p>", HEADLINE),
        (f"<title>{HEADLINE} - Page 2 | Kabar Timur</title><h1>{HEADLINE} (Halaman 2)</h1>", HEADLINE),
        ("<title>Buku 300 Halaman Habis dalam Sehari</title>", "Buku 300 Halaman Habis dalam Sehari"),
        (f"<title>Kabar Timur</title><h1><a href='/'>Kabar Timur</a></h1><h2>{HEADLINE}</h2>", "Kabar Timur"),
        (
            f"<title>{HEADLINE} dan Blitar - K</title><h2>Petani Kediri</h2><h1>{HEADLINE} dan Blitar</h1>",
            f"{HEADLINE} dan Blitar",
        ),
        (
            f"<title>{HEADLINE} di Lahan ...</title><h1>{HEADLINE} di Lahan Baru Bendungan</h1>",
            f"{HEADLINE} di Lahan Baru Bendungan",
        ),
        (
            f"<title>Piala Dunia 2026: {HEADLINE} | K</title><h1>Piala Dunia 2026</h1>",
            f"Piala Dunia 2026: {HEADLINE} | K",
        ),
        (f"<title>Petani Panen Raya di Kediri Pekan Ini | K</title><h1>{HEADLINE}</h1>", HEADLINE),
        (f"<title>{HEADLINE} | K</title><h1>Kumpulan Berita Ekonomi Terkini</h1>", f"{HEADLINE} | K"),
        (f"<title>Petani Panen Raya di Kediri</title><h1>{HEADLINE}</h1><h1>Lain</h1>", "Petani Panen Raya di Kediri"),
        (f"<title>kabartimur.example - {HEADLINE}</title><p>kabartimur.example</p>", HEADLINE),
        ("<p>Isi</p>", ""),
        ("<title>Foto</title>", "Foto"),
    ],
)
def test_headline_of_a_page_is_chosen(html: str, expected: str) -> None:
    assert choose_title(parse_page(html), {}, {}, url=URL, site_name="Kabar Timur") == expected


def test_stated_title_is_used_without_a_heading() -> None:
    tree = parse_page("<title>x</title><p>Isi</p>")
    assert choose_title(tree, {"og:title": f"{HEADLINE} - Kabar Timur"}, {}, url=URL, site_name=None) == HEADLINE
    assert (
        choose_title(tree, {}, {"headline": f"{HEADLINE} &amp; Tanam"}, url=URL, site_name=None)
        == f"{HEADLINE} & Tanam"
    )
