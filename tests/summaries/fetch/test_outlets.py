"""Names of outlets by their hosts and by what their pages say."""

from __future__ import annotations

import pytest

from summaries.fetch.outlets import is_outlet_name, outlet_of, registrable_domain


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
def test_registrable_domain(url: str, domain: str) -> None:
    assert registrable_domain(url) == domain


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
def test_outlet_of(url: str, name: str | None) -> None:
    assert outlet_of(url) == name


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
def test_is_outlet_name(name: str, expected: bool) -> None:
    assert is_outlet_name(name, url="https://www.kabartimur.example/1", site_name="Kabar Timur") is expected
