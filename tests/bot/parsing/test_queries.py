"""The meaning of typed queries."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.parsing.queries import find_links, find_news_request, is_thanks, read_query, read_search
from summaries.model import NewsQuery


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://kabar.example/a", "https://kabar.example/a"),
        ("  HTTP://Kabar.example/a?b=1#c  ", "HTTP://Kabar.example/a?b=1#c"),
        ("coba baca https://kabar.example/a, menarik!", "https://kabar.example/a"),
        ("(https://kabar.example/a)", "https://kabar.example/a"),
        ("“https://kabar.example/a”", "https://kabar.example/a"),
        (
            "https://kabar.example/a https://lain.example/b https://kabar.example/a",
            "https://kabar.example/a https://lain.example/b",
        ),
        ("kabar.example/berita/123", "https://kabar.example/berita/123"),
        ("www.kabar.co.id", "https://www.kabar.co.id"),
        # Not the whole message, so more likely a slip between two sentences.
        ("Harga turun.Warga senang", None),
        ("halo semua", None),
        ("", None),
        ("ftp://kabar.example/a", "ftp://kabar.example/a"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("catatan:penting", None),
        # A long text is an article, even if it contains addresses.
        ("https://kabar.example/a " + "kata " * 40, None),
        ("https://kabar.example/a " + "kata " * 38, "https://kabar.example/a"),
    ],
)
def test_links_are_found(text: str, links: str | None) -> None:
    assert find_links(text) == (links or "").split()


OUTLETS = ("ANTARA", "CNN Indonesia", "Kompas.com", "detikcom")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", NewsQuery()),
        ("terkini", NewsQuery()),
        ("ekonomi", NewsQuery(category="ekonomi")),
        ("Bola", NewsQuery(category="olahraga")),
        ("gaya hidup", NewsQuery(category="gaya-hidup")),
        ("antara", NewsQuery(outlet="ANTARA")),
        ("cnnindonesia", NewsQuery(outlet="CNN Indonesia")),
        ("kompas", NewsQuery(outlet="Kompas.com")),
        ("kompas.com", NewsQuery(outlet="Kompas.com")),
        ("detik", NewsQuery(outlet="detikcom")),
        ("cnn", NewsQuery(outlet="CNN Indonesia")),
        ("CNBC", NewsQuery(words="CNBC")),
        ("jatim", NewsQuery(region="35")),
        ("Kota Malang", NewsQuery(region="35.73")),
        ("jawa timur", NewsQuery(region="35")),
        ("banjir jatim", NewsQuery(words="banjir jatim")),
        (
            "jatim kemarin",
            NewsQuery(
                region="35",
                since=datetime(2026, 11, 22, 17, 0, tzinfo=UTC),
                until=datetime(2026, 11, 23, 17, 0, tzinfo=UTC),
            ),
        ),
        ("olah raga", NewsQuery(category="olahraga")),
        ("bulu tangkis", NewsQuery(category="olahraga")),
        ("hari ini", NewsQuery()),
        ("harga\n beras", NewsQuery(words="harga beras")),
        ("x" * 300, NewsQuery(words="x" * 200)),
    ],
)
def test_query_is_read(text: str, query: NewsQuery) -> None:
    assert read_query(text, OUTLETS, today=date(2026, 11, 24), zone="Asia/Jakarta") == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("banjir", NewsQuery(words="banjir")),
        ("ekonomi", NewsQuery(words="ekonomi")),
        (
            "banjir 3-5 Mei",
            NewsQuery(
                words="banjir",
                since=datetime(2026, 5, 2, 17, 0, tzinfo=UTC),
                until=datetime(2026, 5, 5, 17, 0, tzinfo=UTC),
            ),
        ),
        ("sejak kemarin", NewsQuery(since=datetime(2026, 11, 22, 17, 0, tzinfo=UTC))),
        ("sampai 31/12/9999", NewsQuery(words="sampai 31/12/9999")),
        ("banjir 0001-01-01", NewsQuery(words="banjir 0001-01-01")),
        ("banjir 9999-12-31", NewsQuery(words="banjir 9999-12-31")),
    ],
)
def test_search_period_follows_the_zone(text: str, query: NewsQuery) -> None:
    assert read_search(text, today=date(2026, 11, 24), zone="Asia/Jakarta") == query


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("berita hari ini", "hari ini"),
        ("Berita", ""),
        ("kabar baik", None),
        ("news economy", "economy"),
        ("Berita duka datang dari keluarga besar kami", None),
        ("hari ini", None),
        ("", None),
    ],
)
def test_request_for_news_is_recognised(text: str, asked: str | None) -> None:
    assert find_news_request(text) == asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("terima kasih", True),
        ("Terimakasih banyak ya!", True),
        ("makasih 🙏", True),
        ("Thank you so much", True),
        ("trims, kak", True),
        ("terima kasih, tapi ringkasannya salah", False),
        ("tidak terima kasih", False),
        ("", False),
    ],
)
def test_thanks_are_recognised(text: str, *, expected: bool) -> None:
    assert is_thanks(text) is expected
