"""A feed's own text as an article."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.feeds.feed_entries import FeedEntry, read_excerpt

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FIRST = "Warga desa memanen padi lebih awal."
SECOND = "Hasilnya naik dari tahun lalu."


def read_excerpt_text(text: str) -> str:
    return read_excerpt(FeedEntry("https://desa.example/1", "Panen Raya", AT, text)).text


def test_excerpt_keeps_the_fields_of_the_entry() -> None:
    entry = FeedEntry(
        url="https://desa.example/1",
        title="Panen Raya",
        published_at=AT,
        summary_text=f"Makassar - {FIRST}",
        image_url="https://desa.example/1.jpg",
    )
    article = read_excerpt(entry)
    assert (article.title, article.url, article.published_at) == (entry.title, entry.url, AT)
    assert (article.image_url, article.place, article.text) == (entry.image_url, "Makassar", FIRST)
    assert article.is_excerpt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (f"{FIRST} {SECOND}", f"{FIRST} {SECOND}"),
        # Cut off: the sentence that is not whole goes.
        (f"{FIRST} {SECOND} Harga gabah ikut", f"{FIRST} {SECOND}"),
        (f"{FIRST} {SECOND} Harga gabah ikut...", f"{FIRST} {SECOND}"),
        (f"{FIRST} {SECOND} Harga gabah ikut […]", f"{FIRST} {SECOND}"),
        (f"{FIRST} {SECOND} Harga gabah ikut [...] Baca selengkapnya", f"{FIRST} {SECOND}"),
        (f"{FIRST} Harga gabah ikut … Continue reading Panen Raya", FIRST),
        ("Harga gabah ikut...", ""),
        # A quote ends a sentence too.
        (f"{FIRST} “{SECOND}”", f"{FIRST} “{SECOND}”"),
        # The paragraphs before are whole.
        (f"{FIRST}\n\n{SECOND} Harga", f"{FIRST}\n\n{SECOND}"),
        (f"{FIRST}\n\nHarga gabah", FIRST),
        (f"{FIRST}\n\nThe post Panen Raya appeared first on Kabar Desa.", FIRST),
        (f"{FIRST}\n\nArtikel Panen Raya pertama kali tampil pada Kabar Desa.", FIRST),
    ],
)
def test_excerpt_keeps_only_whole_sentences(text: str, expected: str) -> None:
    assert read_excerpt_text(text) == expected


@given(st.text(max_size=300))
def test_excerpt_adds_no_characters(text: str) -> None:
    # Characters without width are removed, so words may join; no character is new.
    assert set(read_excerpt_text(text)) <= set(text) | {" ", "\n"}


@pytest.mark.parametrize("text", ["." * 20_000, "… " * 10_000, "... baca " * 2_000, "the post " * 2_000, "a " * 10_000])
def test_hostile_text_takes_bounded_time(text: str) -> None:
    began = time.thread_time()
    read_excerpt_text(text)
    assert time.thread_time() - began < 2
