"""Trends of a day: the caption, the picture, the buttons."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.locale import Translations
from bot.sandbox.entities import parse
from bot.views.chart import (
    DARK,
    LIGHT,
    WIDTH,
    Bar,
    Group,
    draw_chart,
    fit_label,
    load_font,
    replace_undrawable,
)
from bot.views.html import measure
from bot.views.trends import (
    CAPTION_LIMIT,
    Span,
    Survey,
    TrendsView,
    build_chart_groups,
    build_trends_keyboard,
    decode_trends_view,
    render_caption,
    render_change,
)
from summaries.model import StoryWithCoverage
from summaries.stories.trends import TrendingName

Golden = Callable[[str, str], None]
AT = datetime.fromisoformat("2026-11-24T12:00:00+07:00")
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)


def make_survey(span: Span = Span.DAY, titles: tuple[str, ...] = ("Bendungan <Jebol>", "Harga & Beras")) -> Survey:
    stories = [
        StoryWithCoverage(n, t, f"https://m{n}.example/a", "Media", 7 - n, "Teks.") for n, t in enumerate(titles)
    ]
    return Survey(span, AT, stories, [TrendingName("Sitti Rahma", 4, 9), TrendingName("<b>", 2, 3)])


@pytest.mark.parametrize("span", Span)
def test_caption_matches_the_golden_file(words: Translations, golden: Golden, span: Span) -> None:
    golden(f"trends-{span.name.lower()}.html", render_caption(words, make_survey(span), "Asia/Jakarta"))


@RELAXED
@given(titles=st.lists(st.text(min_size=1, max_size=600).filter(str.strip), min_size=1, max_size=9))
def test_any_caption_fits_the_limit(words: Translations, titles: list[str]) -> None:
    text = render_caption(words, make_survey(titles=tuple(titles)), "Asia/Jakarta")
    assert measure(text) <= CAPTION_LIMIT
    parse(text, "HTML")
    if len(titles) < 6 and max(map(len, titles)) < 22:
        assert all(f"{n}. " in text for n in range(1, len(titles) + 1))


@pytest.mark.parametrize(("theme", "background"), [(LIGHT, (255, 255, 255)), (DARK, (23, 33, 43))])
def test_bars_are_drawn_to_scale(words: Translations, theme: object, background: tuple[int, int, int]) -> None:
    groups = (Group("Berita", (Bar("Satu", 4, "4 media"), Bar("Dua", 2, "2 media"))),)
    assert theme in (LIGHT, DARK)
    shown = LIGHT if theme is LIGHT else DARK
    picture = Image.open(io.BytesIO(draw_chart("Ramai", "24 November", groups, shown))).convert("RGB")
    assert picture.width == WIDTH
    assert picture.getpixel((2, 2)) == background
    colour = tuple(int(shown.bar[n : n + 2], 16) for n in (1, 3, 5))
    rows = [sum(picture.getpixel((x, y)) == colour for x in range(0, WIDTH, 4)) for y in range(picture.height)]
    # Where a bar is rounded its rows are shorter: most have its whole width.
    (whole, _), (half, _) = Counter(filter(None, rows)).most_common(2)
    assert min(whole, half) / max(whole, half) == pytest.approx(0.5, abs=0.02)


@RELAXED
@given(text=st.text(max_size=300), width=st.integers(100, 900))
def test_labels_fit_their_width(text: str, width: int) -> None:
    label = fit_label(text, 36, width)
    assert load_font(36).getlength(label) <= width
    assert all(" " <= c <= "~" or c in "‘’“”" for c in label)


def test_picture_is_wide_enough_for_a_phone(words: Translations) -> None:
    stories = [StoryWithCoverage(n, "Judul " * 30, None, "Media", 120, "Teks.", 3) for n in range(9)]
    names = [TrendingName("Nama " * 4, 100, 100)] * 9
    groups = build_chart_groups(words, Survey(Span.DAY, AT, stories, names))
    picture = Image.open(io.BytesIO(draw_chart("Ramai", "24 November", groups, LIGHT)))
    # Apps show a higher picture less wide than a message.
    assert picture.width == WIDTH
    assert picture.height <= 1.3 * WIDTH


@pytest.mark.parametrize(("now", "earlier", "change"), [(5, 2, "+3"), (2, 5, "−3"), (4, 4, ""), (4, 0, "baru")])
def test_change_is_shown_with_its_sign(words: Translations, now: int, earlier: int, change: str) -> None:
    assert render_change(words, now, earlier) == change


def test_bars_show_the_change_since_the_span_before(words: Translations) -> None:
    stories = [
        StoryWithCoverage(n, f"Judul {n}", None, "Media", 4, "Teks.", earlier) for n, earlier in enumerate([0, 1, 4, 6])
    ]
    names = [TrendingName("Sitti Rahma", 4, 9), TrendingName("Ambon", 2, 2)]
    groups = build_chart_groups(words, Survey(Span.DAY, AT, stories, names, {"Sitti Rahma": 6}))
    assert [[bar.change for bar in group.bars] for group in groups] == [["baru", "+3", "", ""], ["−2", "baru"]]


def test_characters_missing_in_the_font_are_replaced() -> None:
    assert replace_undrawable("Café – “Naïve” 🎉 Пекин…") == "Cafe - “Naive” ..."


def test_empty_groups_are_omitted(words: Translations) -> None:
    empty = Survey(Span.DAY, AT, make_survey().stories, [])
    assert [group.heading for group in build_chart_groups(words, empty)] == ["Berita yang paling banyak diliput"]


@given(st.sampled_from(Span), st.booleans())
def test_every_button_leads_to_another_view(span: Span, is_dark: bool) -> None:
    from bot.locale import load_translations

    view = TrendsView(span, is_dark)
    assert decode_trends_view(view.encode()) == view
    (row,) = build_trends_keyboard(load_translations("id"), view).inline_keyboard
    assert view.encode() not in {button.callback_data for button in row}


@pytest.mark.parametrize("data", ["", "n1:", "n1:x", "n1:dx", "n1:dl ", "n2:dl"])
def test_forged_data_is_refused(data: str) -> None:
    assert decode_trends_view(data) is None
