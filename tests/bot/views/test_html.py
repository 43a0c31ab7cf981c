"""The visible text of messages, and the properties that hold for any text from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Translations
from bot.telegram_text import visible_text
from bot.views.answers import render_answer, render_full_article
from bot.views.html import MAX_MOMENT_LENGTH, render_age, render_clock, render_published
from summaries.model import (
    SHORT,
    Article,
    NewsItem,
    Summary,
    SummarySentence,
)
from summaries.text.characters import strip_hidden

Make = Callable[..., NewsItem]

JAKARTA = "Asia/Jakarta"
# The examples of a property test share its fixtures, which is safe because they hold no state.
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def render_item(words: Translations, item: NewsItem, zone: str = JAKARTA) -> list[str]:
    return render_answer(words, item.stored.article, item.summary, zone)


def test_answer_of_ringkas_is_rendered(words: Translations) -> None:
    text = "Harga beras turun. " + "Pedagang menurunkan harga sejak Senin pagi di pasar induk. " * 4
    article = Article(
        title="Harga Beras <Turun> & Stok Naik",
        text=text,
        url="https://kabar.example/a?b=1&c=2",
        outlet="Kabar Desa",
        published_at=datetime.fromisoformat("2019-05-15T10:05:00+07:00"),
        place="Jakarta",
    )
    summary = Summary((SummarySentence("Harga beras turun.", 0, 18),), "lead", SHORT)
    (part,) = render_answer(words, article, summary, JAKARTA)
    assert part == (
        "<b>Harga Beras &lt;Turun&gt; &amp; Stok Naik</b>\n"
        'Kabar Desa · <tg-time unix="1557889500" format="Dt">15 Mei 2019, 10.05 WIB</tg-time> · Jakarta\n\n'
        "Harga beras turun.\n\n"
        "<i>92% lebih pendek · waktu baca 5 detik</i>\n"
        '<a href="https://kabar.example/a?b=1&amp;c=2">Baca berita lengkapnya</a>'
    )


def test_missing_fields_are_omitted_and_pasted_text_is_labelled(words: Translations, make_item: Make) -> None:
    item = make_item(outlet=None, published_at=None, url=None, place=None)
    (part,) = render_item(words, item, JAKARTA)
    assert part.splitlines() == [
        "<b>Panen Raya ke-1</b>",
        "Teks kiriman",
        "",
        "Warga desa ke-1 memanen padi lebih awal.",
        "",
        "<i>waktu baca 5 detik</i>",
    ]


@pytest.mark.parametrize(
    ("published", "zone", "expected"),
    [
        ("2026-11-22T18:05:00+08:00", JAKARTA, "22 Nov 2026, 18.05 WITA"),
        ("2026-11-22T18:05:00+09:00", JAKARTA, "22 Nov 2026, 18.05 WIT"),
        ("2026-11-22T18:05:00+00:00", JAKARTA, "23 Nov 2026, 01.05 WIB"),
        ("2026-11-22T18:05:00+00:00", "Asia/Tokyo", "23 Nov 2026, 03.05 Asia/Tokyo"),
        ("2026-11-22T18:05:00+00:00", "Asia/Kuala_Lumpur", "23 Nov 2026, 02.05 GMT+08:00"),
        ("2026-08-22T18:05:00+07:30", JAKARTA, "22 Agu 2026, 17.35 WIB"),
    ],
)
def test_date_uses_the_zone_of_the_outlet_or_chat(
    words: Translations, make_item: Make, published: str, zone: str, expected: str
) -> None:
    item = make_item(published_at=datetime.fromisoformat(published))
    assert f">{expected}</tg-time>\n" in render_item(words, item, zone)[0]
    assert len(expected) <= MAX_MOMENT_LENGTH


def test_short_article_is_rendered_in_full(words: Translations, make_item: Make) -> None:
    (part,) = render_full_article(words, make_item(place="Bone").stored.article, JAKARTA)
    assert visible_text(part) == (
        "Panen Raya ke-1\nKabar Desa · 22 Nov 2026, 18.05 WITA · Bone\n\n"
        "Warga desa ke-1 memanen padi lebih awal.\n\n"
        "Berita ini memang singkat. Ini teks lengkapnya.\nBaca berita lengkapnya"
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "tg://resolve?domain=x", "ftp://a.example/b", "https://", "http://[x"]
)
def test_only_web_addresses_become_links(words: Translations, make_item: Make, url: str) -> None:
    assert "<a " not in render_item(words, make_item(url=url), JAKARTA)[0]


hostile = st.text(min_size=1, max_size=60).filter(str.strip)


@RELAXED
@given(title=hostile)
def test_any_title_is_escaped(words: Translations, make_item: Make, title: str) -> None:
    (part,) = render_item(words, make_item(title=title), JAKARTA)
    bold = re.match(r"<b>(.*?)</b>", part, re.DOTALL)
    assert bold is not None
    assert squeeze(unescape(bold.group(1))) == squeeze(title)


def squeeze(text: str) -> str:
    """Return the visible text without white space."""
    return "".join(strip_hidden(text).split())


@pytest.mark.parametrize(
    ("minutes", "form", "said"),
    [
        (-200, "D", "24 Nov 2026"),
        (0, "r", "baru saja"),
        (59, "r", "59 menit lalu"),
        (60, "r", "1 jam lalu"),
        (125, "r", "2 jam lalu"),
        (60 * 30, "r", "1 hari lalu"),
        (60 * 24 * 7, "D", "17 Nov 2026"),
    ],
)
def test_age_is_rendered(words: Translations, minutes: int, form: str, said: str) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    moment = now - timedelta(minutes=minutes)
    expected = f'<tg-time unix="{moment.timestamp():.0f}" format="{form}">{said}</tg-time>'
    assert render_age(words, moment, now, JAKARTA) == expected


def test_no_time_is_too_long_for_an_entity(words: Translations) -> None:
    moment = datetime(2026, 8, 30, 22, 22, tzinfo=UTC)
    for zone in available_timezones():
        for later in (timedelta(), timedelta(days=3), timedelta(days=300)):
            assert render_clock(words, moment, moment + later, zone).startswith("<tg-time "), zone


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "America/New_York", "Pacific/Kiritimati", JAKARTA])
@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_date_outside_the_range_of_a_zone_is_rendered(words: Translations, zone: str, date: str) -> None:
    value = datetime.fromisoformat(date)
    now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert render_published(words, value, zone)
    assert render_age(words, value, now, zone)
