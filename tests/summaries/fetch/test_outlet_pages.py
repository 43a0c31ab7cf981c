"""Pages in the manner of the large outlets, with all their boilerplate.

The article is made up and the same everywhere; the page around it is built like each outlet's pages.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from summaries.fetch.html.pages import read_page
from summaries.model import Article

PAGES = Path(__file__).parent / "outlet_pages"
TITLE, *PARAGRAPHS = (PAGES / "article.txt").read_text(encoding="utf-8").strip().split("\n\n")
SLUG = "jembatan-gantung-baru-pangkas-perjalanan-warga-ke-pasar"
LINKS = "".join(
    f'<article class="item"><h3><a href="/b/{number}">{headline}</a></h3><span>{number} jam yang lalu</span></article>'
    for number, headline in enumerate(
        (
            "Harga Cabai Turun Menjelang Ramadan",
            "Pendaki Hilang di Gunung Cikuray Ditemukan Selamat",
            "Sekolah Terapung Menerima Murid Baru Pekan Ini",
            "Panen Kentang Melimpah, Petani Minta Gudang Dingin",
        ),
        start=1,
    )
)
AT = "2024-03-06T09:15:27+07:00"
ON_THE_MINUTE = "2024-03-06T09:15:00+07:00"
IN_2016 = "2016-02-16T09:15:00+07:00"


class Expected(NamedTuple):
    """The expected text; `heading` is inside the text, before the last paragraph."""

    outlet: str
    authors: tuple[str, ...] = ("Raka Pratama",)
    published_at: str = AT
    heading: tuple[str, ...] = ()


OUTLETS = {
    "antara": Expected("ANTARA"),
    "beritasatu2016": Expected("BeritaSatu", published_at=IN_2016),
    "bisnis": Expected("Bisnis.com"),
    "bisnis2016": Expected("Bisnis.com", published_at=IN_2016),
    "cnnindonesia": Expected("CNN Indonesia", authors=()),
    "cnnindonesia2016": Expected("CNN Indonesia", published_at=IN_2016),
    "detik": Expected("detikcom"),
    "jpnn": Expected("JPNN", published_at=ON_THE_MINUTE),
    "jpnn2016": Expected("JPNN", authors=(), published_at=IN_2016),
    "kompas": Expected("Kompas.com", heading=("Dibangun sejak tahun lalu",)),
    "kontan": Expected("Kontan", published_at=ON_THE_MINUTE),
    "kumparan": Expected("kumparan", authors=()),
    "liputan6": Expected("Liputan6.com"),
    "merdeka": Expected("merdeka.com", published_at=ON_THE_MINUTE),
    "metrotvnews2016": Expected("Metro TV", authors=(), published_at=IN_2016),
    "okezone": Expected("Okezone", published_at=ON_THE_MINUTE),
    "republika": Expected("Republika", published_at=ON_THE_MINUTE),
    "sindonews": Expected("SINDOnews"),
    "suara": Expected("Suara.com"),
    "tempo": Expected("Tempo"),
    "tempo2016": Expected("Tempo", authors=(), published_at=IN_2016),
    "tirto": Expected("Tirto.id"),
    "tribunnews": Expected("Tribunnews"),
    "tribun2016": Expected("Tribunnews", published_at=IN_2016),
    "viva": Expected("VIVA"),
}


def read_outlet_page(outlet: str) -> Article:
    page = (PAGES / f"{outlet}.html").read_text(encoding="utf-8")
    fillings = {"title": TITLE, "slug": SLUG, "links": LINKS} | {
        f"p{number}": paragraph for number, paragraph in enumerate(PARAGRAPHS, start=1)
    }
    for name, filling in fillings.items():
        page = page.replace(f"{{{name}}}", filling)
    address = re.search(r'<link[^>]*rel="?canonical[^>]*href="([^"]+)"|property="og:url" content="([^"]+)"', page)
    assert address is not None
    return read_page(page.encode(), url=address[1] or address[2])


def test_every_page_file_has_an_expectation() -> None:
    assert {path.stem for path in PAGES.glob("*.html")} == set(OUTLETS)


@pytest.mark.parametrize(("outlet", "expected"), OUTLETS.items(), ids=OUTLETS.keys())
def test_outlet_page_is_read(outlet: str, expected: Expected) -> None:
    article = read_outlet_page(outlet)
    assert article.paragraphs == (*PARAGRAPHS[:-1], *expected.heading, PARAGRAPHS[-1])
    assert article.title == TITLE
    assert article.outlet == expected.outlet
    assert article.published_at == datetime.fromisoformat(expected.published_at)
    assert article.authors == expected.authors
