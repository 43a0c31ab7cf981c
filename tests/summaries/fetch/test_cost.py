"""The cost of extracting an article from a page, in calls, because pages come by the thousand."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import partial

import pytest

from benchmarks.news import Item, make_event, make_item, page_html
from summaries.fetch.html.pages import read_page
from tests.counting import count_allocated_blocks, count_calls

pytestmark = pytest.mark.bench

URL = "https://kabar.example/berita/1"
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def make_page(paragraphs: int) -> bytes:
    """A page of an outlet, with menus, lists and a footer of some 190 links around the article."""
    rng = random.Random(7)
    item = make_item(make_event(rng), rng, NOW, 1, 1)
    text = (item.paragraphs * paragraphs)[:paragraphs]
    return page_html("https://kabar.example", Item(item.path, item.title, text, NOW), size=0)


def test_read_page_calls_grow_linearly_with_paragraphs() -> None:
    short, long = (count_calls(partial(read_page, make_page(paragraphs), url=URL)) for paragraphs in (10, 40))
    # 27,500 and 176 when this was written: most of a page is around the article, some 800 elements.
    assert short <= 32_000
    assert (long - short) / 30 <= 240


def test_read_page_keeps_only_the_article_in_memory() -> None:
    body = make_page(10)
    # Its fields; the tree of the whole page has thousands.
    assert count_allocated_blocks(lambda: read_page(body, url=URL)) <= 120
