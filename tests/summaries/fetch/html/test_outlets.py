"""Names of outlets by their hosts and by their pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seeds
from summaries.fetch.html.outlets import (
    find_known_outlet,
    find_outlet_domains,
    get_registrable_domain,
    is_outlet_name,
    name_outlet,
    remove_outlet_names,
    resembles_outlet,
)
from summaries.ingest.seed import read_catalogue

EVIL = "https://www.penyerang.example/berita/1"


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://regional.kompas.com/read/1", "kompas.com"),
        ("https://www.republika.co.id/", "republika.co.id"),
        ("https://nasional.republika.co.id/", "republika.co.id"),
        ("https://inews.id/", "inews.id"),
        ("https://satu.blogspot.com/2026/10/a.html", "satu.blogspot.com"),
        ("https://www.desaku.desa.id/a", "desaku.desa.id"),
        ("https://KOMPAS.com./a", "kompas.com"),
        ("http://127.0.0.1:8000/a", "127.0.0.1"),
        ("http://localhost/a", "localhost"),
        ("", ""),
        ("http://[::1", ""),
    ],
)
def test_registrable_domain_is_found(url: str, domain: str) -> None:
    assert get_registrable_domain(url) == domain


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.cnnindonesia.com/nasional/1", "CNN Indonesia"),
        ("https://finance.detik.com/1", "detikcom"),
        ("https://megapolitan.kompas.com/1", "Kompas.com"),
        ("https://kalsel.antaranews.com/berita/1", "ANTARA"),
        ("https://kabartimur.example/1", None),
        ("https://notkompas.com/1", None),
    ],
)
def test_known_outlet_is_found_by_host(url: str, name: str | None) -> None:
    assert find_known_outlet(url) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Kabar Timur", True),
        ("KabarTimur.example", True),
        ("Ekonomi Kabar Timur", True),
        ("Tekno Liputan6.com", True),
        ("Republika Online", True),
        ("detikNews", True),
        ("TribunJabar.id", True),
        ("Fajar", True),
        ("Fajar Nugroho", False),
        ("Tempo Doeloe", False),
        ("Petani Kediri Mulai Panen", False),
        ("Ekonomi", False),
        ("", False),
        ("Harga Beras di Kabar Timur " * 5, False),
    ],
)
def test_outlet_name_is_recognized(name: str, expected: bool) -> None:
    assert is_outlet_name(name, url="https://www.kabartimur.example/1", site_name="Kabar Timur") is expected


@pytest.mark.parametrize(
    ("url", "domains"),
    [
        ("https://rss.detik.com/rss", {"detik.com"}),
        ("https://feeds.bbci.co.uk/indonesia/rss.xml", {"bbc.com", "bbc.co.uk", "bbci.co.uk"}),
        ("https://satu.blogspot.com/feeds", {"satu.blogspot.com"}),
        ("https://kabar.example/rss", {"kabar.example"}),
        ("https://news.google.com/rss/search?q=cabai", set()),
        ("https://feeds.feedburner.com/kabar", set()),
        ("", set()),
    ],
)
def test_outlet_domains_are_found(url: str, domains: set[str]) -> None:
    assert find_outlet_domains(url) == domains


# Names with which a page could pose as a known outlet.
IMPOSTORS = [
    "Kompas.com",
    "KOMPAS",
    "kompas",
    "Kompas . com",
    "K o m p a s",
    "Kompas TV",
    "Kompas.com Official",
    "Berita Kompas.com Terbaru",
    "Info Kompas",
    "KompasUpdate",
    "Ko\u200bmpas.com",
    "\u202eKompas.com",
    "Ko\u0301mpas",
    "Ｋｏｍｐａｓ．ｃｏｍ",
    "𝐊𝐨𝐦𝐩𝐚𝐬",
    "ⓚⓞⓜⓟⓐⓢ",
    "ᴋᴏᴍᴘᴀs",
    "Кompas.com",
    "Коmраѕ",
    "Κοmpas",
    "K0mpas",
    "Kornpas.com",
    "Kompa$",
    "Kømpas",
    "detikNews",
    "detik.com",
    "DetikFinance",
    "cletik.com",
    "Tribun Jabar",
    "Iiputan6.com",
    "Liputan 6",
    "CNN lndonesia",
    "BBCIndonesia",
    "ANTARA",
    "Antara News",
    "TEMPO.CO",
    "Tempo Online",
    "Suara.com",
    "Republika",
    "Media Indonesia",
    "Jawa Pos",
]


@pytest.mark.parametrize("name", IMPOSTORS)
def test_page_cannot_take_the_name_of_a_known_outlet(name: str) -> None:
    assert name_outlet(EVIL, [name]) == "penyerang.example"
    assert name_outlet(EVIL, [name, "Kabar Penyerang"]) == "Kabar Penyerang"


def test_page_cannot_take_the_name_of_a_catalogue_outlet() -> None:
    for source in read_catalogue(seeds.sources_file().read_text(encoding="utf-8")):
        assert name_outlet(EVIL, [source.outlet]) == "penyerang.example"
        # Its own feed may be called so.
        assert name_outlet(source.url, ["Penyerang"]) != "Penyerang"


@pytest.mark.parametrize(
    "name",
    [
        "Kabar Timur",
        "Kabar & Timur",
        "penyerang.example",
        "Suara Surabaya",
        "Fajar Sumatera",
        "Radar Bisnis",
        "Médiapart",
        "Berita 7",
        "Kabar Desa Online",
    ],
)
def test_page_takes_its_own_name_otherwise(name: str) -> None:
    assert name_outlet(EVIL, [name]) == name


@pytest.mark.parametrize("name", ["", " ", "\u200b", "!!!", "bank.example", "www.polri.go.id", "国际日报", "Вести"])
def test_invalid_name_or_foreign_address_is_replaced_by_the_host(name: str) -> None:
    assert name_outlet(EVIL, [name]) == "penyerang.example"


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://www.\u043aompas.com/1", "xn--ompas-txe.com"), (f"https://{'a' * 70}.example/1", None)],
)
def test_lookalike_host_is_shown_in_punycode(url: str, expected: str | None) -> None:
    assert name_outlet(url) == expected


def test_missing_host_gives_no_outlet() -> None:
    assert name_outlet("", ["Kabar Timur"]) is None


@pytest.mark.parametrize(
    "title",
    [
        "Rekening Dibekukan - Kompas.com",
        "Rekening Dibekukan | Kompas . com",
        "Rekening Dibekukan – K0mpas TV - Kompas.com",
        "Rekening Dibekukan — Tribunnews.com · KOMPAS",
        "Rekening Dibekukan (detikNews)",
        "Rekening Dibekukan - Antara News",
        "Rekening Dibekukan - Кompas.com",
        "Rekening Dibekukan -\u200b Kompas.com",
        "Kompas.com: Rekening Dibekukan",
        "KOMPAS.com – Rekening Dibekukan",
        "[Kompas.com] Rekening Dibekukan",
        "Liputan6.com // Rekening Dibekukan",
    ],
)
def test_outlet_names_are_removed_from_title(title: str) -> None:
    assert remove_outlet_names(title) == "Rekening Dibekukan"


@pytest.mark.parametrize(
    "title",
    [
        "Detik-detik Proklamasi Dikenang",
        "Gempa Cianjur: Detik-detik Bangunan Roboh",
        "Antara Cinta dan Benci: Kisah Nyata",
        "Bola: Persib Menang",
        "Bisnis Online: Cara Memulai",
        "Warga Diminta - Waspada",
        'Arti "Kompas" dalam Navigasi',
        "Konser BTS - 방탄소년단",
        "Promo Kompas 50% - Beli Sekarang",
        "Tanya Jawab: Apa Itu Tempo?",
        "Menurut Kompas.com, Harga Turun",
        "Rp 1.000 - Rp 2.000 per Kilogram",
        "Вести",
        "-",
        "",
    ],
)
def test_title_resembling_an_outlet_is_kept(title: str) -> None:
    assert remove_outlet_names(title) == title


@pytest.mark.parametrize(("title", "left"), [("Kompas.com", ""), ("Kompas.com - detikNews", ""), ("Tempo", "Tempo")])
def test_title_that_is_only_an_outlet_becomes_empty(title: str, left: str) -> None:
    assert remove_outlet_names(title) == left


@pytest.mark.parametrize(
    ("words", "expected"), [("Kompas.com", True), ("Jakarta", False), ("Коmраѕ", True), ("Jakarta, Kompas.com", False)]
)
def test_text_resembling_an_outlet_is_detected(words: str, expected: bool) -> None:
    assert resembles_outlet(words) is expected


@given(st.text(max_size=80))
def test_any_text_is_handled_as_name_and_title(text: str) -> None:
    assert name_outlet(EVIL, [text])
    once = remove_outlet_names(text)
    assert remove_outlet_names(once) == once
