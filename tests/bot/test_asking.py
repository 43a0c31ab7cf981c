"""What people mean by what they type."""

from __future__ import annotations

from contextlib import suppress
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking import MOST_TIMES, BadTime, TooManyTimes, find_link, read_query, read_schedule
from summaries.model import NewsQuery


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://kabar.example/a", "https://kabar.example/a"),
        ("  HTTP://Kabar.example/a?b=1#c  ", "HTTP://Kabar.example/a?b=1#c"),
        ("coba baca https://kabar.example/a, menarik!", "https://kabar.example/a"),
        ("(https://kabar.example/a)", "https://kabar.example/a"),
        ("“https://kabar.example/a”", "https://kabar.example/a"),
        ("https://kabar.example/a https://lain.example/b", "https://kabar.example/a"),
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
        # A long text is an article, whatever addresses stand in it.
        ("https://kabar.example/a " + "kata " * 40, None),
        ("https://kabar.example/a " + "kata " * 38, "https://kabar.example/a"),
    ],
)
def test_links(text: str, link: str | None) -> None:
    assert find_link(text) == link


@pytest.mark.parametrize(
    ("text", "times", "zone"),
    [
        ("07:00", "07:00", None),
        ("7", "07:00", None),
        ("7.05", "07:05", None),
        ("07.00 WIB", "07:00", "Asia/Jakarta"),
        ("07:00 18:30 WITA", "07:00 18:30", "Asia/Makassar"),
        ("18:30, 07:00, 07:00", "07:00 18:30", None),
        ("jam 6 dan pukul 18.30 wit", "06:00 18:30", "Asia/Jayapura"),
        ("23:59 Asia/Pontianak", "23:59", "Asia/Pontianak"),
        ("WIB 00:00", "00:00", "Asia/Jakarta"),
        ("1 2 3 4 5 6", "01:00 02:00 03:00 04:00 05:00 06:00", None),
    ],
)
def test_schedules(text: str, times: str, zone: str | None) -> None:
    schedule = read_schedule(text)
    assert schedule.times == tuple(map(time.fromisoformat, times.split()))
    assert schedule.zone == zone


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", ""),
        ("WIB", ""),
        ("jam", ""),
        ("24:00", "24:00"),
        ("7:60", "7:60"),
        ("07:00 pagi", "pagi"),
        ("07:00 WIB WITA", "WITA"),
        ("07:00 EST", "EST"),
        ("07:00 Asia", "Asia"),
        ("07:00 Mars/Olympus", "Mars/Olympus"),
        ("07:00 ../../etc/passwd", "../../etc/passwd"),
        ("٧:٠٠", "٧:٠٠"),
        ("-7", "-7"),
    ],
)
def test_what_is_no_schedule_is_named(text: str, word: str) -> None:
    with pytest.raises(BadTime) as caught:
        read_schedule(text)
    assert caught.value.word == word


def test_too_many_times() -> None:
    with pytest.raises(TooManyTimes):
        read_schedule(" ".join(map(str, range(MOST_TIMES + 1))))


@given(st.text(max_size=80))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    with suppress(BadTime, TooManyTimes):
        schedule = read_schedule(text)
        assert 1 <= len(schedule.times) <= MOST_TIMES
        assert list(schedule.times) == sorted(set(schedule.times))


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
        ("harga\n beras", NewsQuery(words="harga beras")),
        ("x" * 300, NewsQuery(words="x" * 200)),
    ],
)
def test_queries(text: str, query: NewsQuery) -> None:
    assert read_query(text, OUTLETS) == query
