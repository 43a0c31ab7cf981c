"""The visible text of messages, and the properties that hold for any text from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Translations
from bot.telegram_text import visible_text
from bot.views.answers import render_answer, render_full_article
from bot.views.html import render_age, render_published
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
        "Kabar Desa · 15 Mei 2019, 10.05 WIB · Jakarta\n\n"
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
        ("2026-08-22T18:05:00+07:30", JAKARTA, "22 Agu 2026, 17.35 WIB"),
    ],
)
def test_date_uses_the_zone_of_the_outlet_or_chat(
    words: Translations, make_item: Make, published: str, zone: str, expected: str
) -> None:
    item = make_item(published_at=datetime.fromisoformat(published))
    assert f"Kabar Desa · {expected}\n" in render_item(words, item, zone)[0]


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
    ("minutes", "said"),
    [
        (-200, "24 Nov 2026"),
        (0, "baru saja"),
        (59, "59 menit lalu"),
        (60, "1 jam lalu"),
        (125, "2 jam lalu"),
        (60 * 30, "1 hari lalu"),
        (60 * 24 * 7, "17 Nov 2026"),
    ],
)
def test_age_is_rendered(words: Translations, minutes: int, said: str) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert render_age(words, now - timedelta(minutes=minutes), now, JAKARTA) == said


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "America/New_York", "Pacific/Kiritimati", JAKARTA])
@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_date_outside_the_range_of_a_zone_is_rendered(words: Translations, zone: str, date: str) -> None:
    value = datetime.fromisoformat(date)
    now = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert render_published(words, value, zone)
    assert render_age(words, value, now, zone)
