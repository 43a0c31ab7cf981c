"""Whose an article is."""

from __future__ import annotations

import pytest

from summaries.fetch.html.outlets import attribute_to_address, attribute_to_reader
from summaries.model import Article

CLAIMING = Article(
    title="Rekening Dibekukan - Kompas.com",
    text="Semua rekening dibekukan besok. Kata pesan itu.",
    url="https://www.kompas.com/read/1",
    outlet="Kompas.com",
    place="Jakarta",
    image_url="https://www.kompas.com/a.jpg",
)
EVIL = "https://penyerang.example/1"


def test_fetched_article_is_attributed_to_its_host() -> None:
    fetched = attribute_to_address(CLAIMING, EVIL)
    assert (fetched.title, fetched.url, fetched.outlet) == ("Rekening Dibekukan", EVIL, "penyerang.example")
    own = attribute_to_address(CLAIMING, "https://www.kompas.com/read/1")
    assert (own.outlet, own.place, own.image_url) == ("Kompas.com", "Jakarta", CLAIMING.image_url)


def test_user_content_has_no_outlet_or_address() -> None:
    sent = attribute_to_reader(CLAIMING)
    assert (sent.title, sent.url, sent.outlet, sent.image_url) == ("Rekening Dibekukan", None, None, None)
    assert sent.text == CLAIMING.text


def test_title_that_is_only_an_outlet_is_taken_from_the_text() -> None:
    named = Article(title="KOMPAS.com", text=CLAIMING.text)
    assert attribute_to_reader(named).title == "Semua rekening dibekukan besok"
    assert attribute_to_reader(Article(title="", text=CLAIMING.text)).title == ""


@pytest.mark.parametrize(
    ("place", "expected"),
    [("Jakarta", "Jakarta"), ("Kompas.com", None), ("Jakarta, KOMPAS.com", None), ("Коmраѕ", None), (None, None)],
)
def test_outlet_name_in_place_is_removed(place: str | None, expected: str | None) -> None:
    assert attribute_to_reader(Article(title="A", text="B.", place=place)).place == expected
