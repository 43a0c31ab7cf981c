"""A digest's messages: golden files, and properties that hold for any text from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Translations, load_translations
from bot.sandbox.entities import parse
from bot.telegram_text import MESSAGE_LIMIT, visible_text
from bot.views.digests import render_digest
from bot.views.html import measure
from summaries.model import Coverage, Digest, NewsItem
from summaries.text.characters import strip_hidden

Make = Callable[..., NewsItem]
Golden = Callable[[str, str], None]
JAKARTA = "Asia/Jakarta"
DUE = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def make_coverage(*outlets: str) -> tuple[Coverage, ...]:
    return tuple(Coverage(n, "J", name, f"https://m{n}.example", None, None, DUE) for n, name in enumerate(outlets))


def make_front_page_digest(make_item: Make) -> Digest:
    items = (
        replace(make_item(4, title="Harga Beras <Turun>"), coverage=make_coverage("Kabar Desa", "Antara", "Tempo")),
        replace(make_item(5, outlet=None, url=None), coverage=make_coverage("antara")),
        replace(make_item(6, category="olahraga", is_excerpt=True), coverage=make_coverage("Warta & Kota")),
        make_item(7, category=None),
    )
    failed = ("Kabar <Desa>", "M1", "M2", "M3", "M4")
    return Digest(DUE, JAKARTA, items, more=1203, failed=failed)


@pytest.mark.parametrize("language", ["id", "en"])
def test_front_page_matches_the_golden_file(make_item: Make, golden: Golden, language: str) -> None:
    (part,) = render_digest(load_translations(language), make_front_page_digest(make_item), "ringkas_bot")
    golden(f"digest-{language}.html", part.html)
    assert part.article_ids == (4, 5, 6, 7)


def test_single_topic_has_no_heading(words: Translations, make_item: Make) -> None:
    (part,) = render_digest(words, Digest(DUE, JAKARTA, (make_item(4), make_item(5))))
    assert "Ekonomi" not in visible_text(part.html)
    assert "start=" not in part.html


def test_empty_digest_is_rendered(words: Translations) -> None:
    due = datetime.fromisoformat("2026-11-24T18:30:00+08:00")
    (part,) = render_digest(words, Digest(due, "Asia/Makassar", (), is_late=True))
    assert part.html == (
        "<b>Kabar Malam</b>\nSelasa, 24 November 2026\n"
        "<i>Maaf, kabar ini terlambat. Seharusnya dikirim pukul 18.30 WITA.</i>\n\n"
        "Belum ada berita baru sejak kabar terakhir. Sampai jumpa di kabar berikutnya."
    )
    assert part.article_ids == ()


@pytest.mark.parametrize(
    ("hour", "name"),
    [(0, "Malam"), (3, "Pagi"), (10, "Pagi"), (11, "Siang"), (14, "Siang"), (15, "Sore"), (17, "Sore"), (18, "Malam")],
)
def test_digest_name_follows_the_hour(words: Translations, hour: int, name: str) -> None:
    due = datetime(2026, 11, 24, hour, tzinfo=UTC) - timedelta(hours=7)
    assert render_digest(words, Digest(due, JAKARTA, ()))[0].html.startswith(f"<b>Kabar {name}</b>")


hostile = st.text(min_size=1, max_size=60).filter(str.strip)


@RELAXED
@given(
    titles=st.lists(hostile, min_size=1, max_size=12),
    body=st.text(min_size=1, max_size=3000),
    failed=st.lists(hostile, max_size=5),
)
def test_any_digest_is_rendered_completely_and_validly(
    words: Translations, make_item: Make, titles: list[str], body: str, failed: list[str]
) -> None:
    items = tuple(
        make_item(n, title=title, text=body, category=["ekonomi", "sains", title][n % 3])
        for n, title in enumerate(titles)
    )
    parts = render_digest(words, Digest(DUE, JAKARTA, items, failed=tuple(failed)), "ringkas_bot")
    assert [article_id for part in parts for article_id in part.article_ids] == list(range(len(titles)))
    shown = squeeze("".join(visible_text(part.html) for part in parts))
    assert all(squeeze(title) in shown for title in titles)
    assert shown.count(squeeze(body)) >= len(titles) or not body.strip()
    for part in parts:
        assert measure(part.html) <= MESSAGE_LIMIT
        kinds = {entity.type for entity in parse(part.html, "HTML").entities}
        assert kinds <= {"bold", "italic", "underline", "text_link"}


def squeeze(text: str) -> str:
    """Return the visible text without white space."""
    return "".join(strip_hidden(text).split())
