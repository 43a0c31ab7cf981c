"""Callback data: short enough, and harmless when forged."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.digest import SCHEDULE_PATTERN
from bot.locale import Translations
from bot.panel.changes import PANEL_PATTERN
from bot.views.alerts import WATCH_PATTERN
from bot.views.answers import ANSWER_PATTERN
from bot.views.callbacks import (
    BROADCAST_PATTERN,
    FORGET_PATTERN,
    LANGUAGE_PATTERN,
    LIST_PATTERN,
    SAVED_PATTERN,
    TOPIC_PATTERN,
    ListPage,
    SavedList,
    decode_broadcast,
    decode_language,
    decode_list_page,
    decode_saved_list,
    decode_topic,
    encode_broadcast,
    encode_language,
    encode_topic,
)
from bot.views.digest_buttons import DIGEST_PATTERN
from bot.views.lists import build_list_keyboard, build_topic_rows
from bot.views.trends import TRENDS_PATTERN
from summaries.model import NewsPage, NewsQuery, Order
from summaries.topic_model.topics import TOPICS


@given(st.integers(0, 10**15 - 1), st.integers(0, 10**6 - 1), st.sampled_from(Order))
def test_callback_data_round_trip(query_id: int, number: int, order: Order) -> None:
    data = ListPage(query_id, number, order).encode()
    assert len(data.encode()) <= 64
    assert decode_list_page(data) == ListPage(query_id, number, order)
    saved = SavedList(query_id, number, query_id)
    assert len(saved.encode().encode()) <= 64
    assert decode_saved_list(saved.encode()) == saved


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_data_round_trip(topic: str) -> None:
    assert decode_topic(encode_topic(topic)) == NewsQuery(category=topic)


@pytest.mark.parametrize("region", ["35", "35.78"])
def test_region_data_round_trip(region: str) -> None:
    assert decode_topic(encode_topic(region)) == NewsQuery(region=region)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "b1:",
        "b1:1",
        "b1:1:0",
        "b1:-1:0:n",
        "b1:1:-1:n",
        "b1:1:0:0",
        "b1:a:b:n",
        "x:1:0",
        "b1:1:0:n\n",
        "b1:" + "9" * 40 + ":1:n",
        "b1:1:0:x",
        "s1:1",
        "s1:a:0:0",
        "t1:x",
        "t1:99",
        "t1:35.00",
        "t1:35.78.1",
        "t1:",
    ],
)
def test_forged_data_is_refused(data: str) -> None:
    assert decode_list_page(data) is None
    assert decode_saved_list(data) is None
    assert decode_topic(data) is None


@pytest.mark.parametrize(
    ("number", "total", "buttons"),
    [
        (0, 1, []),
        (0, 5, [("Paling banyak diliput", "b1:9:0:c")]),
        (0, 6, [("Berikutnya ›", "b1:9:1:n"), ("Paling banyak diliput", "b1:9:0:c")]),
        (
            1,
            12,
            [("‹ Sebelumnya", "b1:9:0:n"), ("Berikutnya ›", "b1:9:2:n"), ("Paling banyak diliput", "b1:9:0:c")],
        ),
        (2, 12, [("‹ Sebelumnya", "b1:9:1:n"), ("Paling banyak diliput", "b1:9:0:c")]),
    ],
)
def test_list_keyboard_offers_existing_pages_only(
    words: Translations, number: int, total: int, buttons: list[tuple[str, str]]
) -> None:
    keyboard = build_list_keyboard(words, NewsPage((), number, total, 5), 9)
    shown = [(b.text, b.callback_data) for row in keyboard.inline_keyboard for b in row] if keyboard else []
    assert shown == buttons


def test_most_covered_order_has_a_button_back(words: Translations) -> None:
    keyboard = build_list_keyboard(words, NewsPage((), 0, 12, 5), 9, Order.MOST_COVERED)
    assert keyboard is not None
    shown = [(b.text, b.callback_data) for row in keyboard.inline_keyboard for b in row]
    assert shown == [("Berikutnya ›", "b1:9:1:c"), ("Terbaru dulu", "b1:9:0:n")]


def test_topic_buttons_are_three_per_row_in_fixed_order(words: Translations) -> None:
    rows = build_topic_rows(words, ["sains", "nasional", "hukum", "ekonomi", "bukan-topik"])
    assert [[b.text for b in row] for row in rows] == [["Nasional", "Hukum", "Ekonomi"], ["Sains"]]


def test_callback_patterns_are_disjoint() -> None:
    patterns = {
        "answers": (ANSWER_PATTERN, "a1:1:tm"),
        "lists": (LIST_PATTERN, "b1:1:0:n"),
        "topics": (TOPIC_PATTERN, "t1:ekonomi"),
        "saved": (SAVED_PATTERN, "k1:1:0:0"),
        "languages": (LANGUAGE_PATTERN, "l1:id"),
        "panel": (PANEL_PATTERN, "s1::v:main"),
        "trends": (TRENDS_PATTERN, "n1:dl"),
        "watches": (WATCH_PATTERN, "w1:1:x"),
        "schedules": (SCHEDULE_PATTERN, "j1:j0700_0_UTC"),
        "data": (FORGET_PATTERN, "h1:y"),
        "broadcasts": (BROADCAST_PATTERN, "bc1:1:y"),
        "digests": (DIGEST_PATTERN, "d1:1:vs"),
    }
    for data in (example for _, example in patterns.values()):
        assert sum(re.match(pattern, data) is not None for pattern, _ in patterns.values()) == 1


@pytest.mark.parametrize("number", [1, 10**14])
@pytest.mark.parametrize("is_go", [True, False])
def test_broadcast_data_round_trips(number: int, is_go: bool) -> None:
    data = encode_broadcast(number, is_go=is_go)
    assert len(data.encode()) <= 64
    assert decode_broadcast(data) == (number, is_go)


@pytest.mark.parametrize(
    "data", ["", "bc1:", "bc1:x:y", "bc1:1:z", "bc1:1:y ", "bc2:1:y", "bc1:-1:y", f"bc1:{10**15}:y"]
)
def test_other_data_is_not_a_broadcast(data: str) -> None:
    assert decode_broadcast(data) is None


@pytest.mark.parametrize(
    ("data", "language"),
    [("l1:en", "en"), ("l1:id", "id"), ("l1:xx", None), ("l1:", None), ("l1:en\n", None), ("l2:en", None)],
)
def test_language_data_round_trip(data: str, language: str | None) -> None:
    assert decode_language(data) == language
    assert language is None or encode_language(language) == data
