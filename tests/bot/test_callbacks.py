"""Callback data: short enough, and harmless when forged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.callbacks import ListPage, decode_list_page
from bot.keyboards import list_keyboard
from bot.locale import Words
from summaries.model import NewsPage


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**6 - 1))
def test_what_is_written_can_be_read(query_id: int, number: int) -> None:
    data = ListPage(query_id, number).encode()
    assert len(data.encode()) <= 64
    assert decode_list_page(data) == ListPage(query_id, number)


@pytest.mark.parametrize(
    "data",
    ["", "b:", "b:1", "b:1:", "b:-1:0", "b:1:-1", "b:1:0:0", "b:a:b", "x:1:0", "b:1:0\n", "b:" + "9" * 40 + ":1"],
)
def test_forged_data_is_nothing(data: str) -> None:
    assert decode_list_page(data) is None


@pytest.mark.parametrize(
    ("number", "total", "buttons"),
    [
        (0, 5, []),
        (0, 6, [("Berikutnya ›", "b:9:1")]),
        (1, 12, [("‹ Sebelumnya", "b:9:0"), ("Berikutnya ›", "b:9:2")]),
        (2, 12, [("‹ Sebelumnya", "b:9:1")]),
    ],
)
def test_keyboards_lead_where_there_is_something(
    words: Words, number: int, total: int, buttons: list[tuple[str, str]]
) -> None:
    keyboard = list_keyboard(words, NewsPage((), number, total, 5), 9)
    shown = [(b.text, b.callback_data) for row in keyboard.inline_keyboard for b in row] if keyboard else []
    assert shown == buttons
