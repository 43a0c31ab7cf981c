"""The cost of extracting an article from a page, in calls, because pages come by the thousand."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import partial

import pytest

from benchmarks.news import Item, make_event, make_item, page_html
from summaries.fetch.html.pages import read_page
from tests.counting import blocks_of, calls_of

pytestmark = pytest.mark.bench

URL = "https://kabar.example/berita/1"
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def page(paragraphs: int) -> bytes:
    """A page of an outlet, with menus, lists and a footer of some 220 links around the article."""
    rng = random.Random(7)
    item = make_item(make_event(rng), rng, NOW, 1, 1)
    text = (item.paragraphs * paragraphs)[:paragraphs]
    return page_html("https://kabar.example", Item(item.path, item.title, text, NOW), size=0)


def test_a_page_is_read_in_few_calls_a_paragraph() -> None:
    short, long = (calls_of(partial(read_page, page(paragraphs), url=URL)) for paragraphs in (10, 40))
    # 8,900 and 186 when this was written: most of a page is boilerplate around the article, some 400 elements.
    assert short <= 11_000
    assert (long - short) / 30 <= 240


def test_of_a_page_only_the_article_is_kept() -> None:
    body = page(10)
    # Its fields; the tree of the whole page has thousands.
    assert blocks_of(lambda: read_page(body, url=URL)) <= 120
