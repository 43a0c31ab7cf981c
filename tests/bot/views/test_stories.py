"""The view of a story: golden files, and properties that hold for any story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import CopyTextButton, InlineKeyboardButton

from bot.locale import Translations, load_translations
from bot.sandbox.entities import parse, with_found
from bot.telegram_text import MESSAGE_LIMIT, visible_text
from bot.views.answers import AnswerFormat, AnswerView
from bot.views.callbacks import build_button
from bot.views.follows import build_follow_button
from bot.views.html import MAX_ENTITIES, measure
from bot.views.stories import build_story_keyboard, find_words, render_story_view
from summaries.articles.story import StoryView
from summaries.model import (
    MEDIUM,
    Addition,
    Article,
    Coverage,
    FactCheck,
    Origin,
    StoredArticle,
    Summary,
    SummarySentence,
    Verdict,
)
from summaries.stories.disagreements import Disagreement, Statement
from summaries.stories.figures import Kind
from summaries.topic_model.topics import FACT_CHECKS

Golden = Callable[[str, str], None]
JAKARTA = "Asia/Jakarta"
START = datetime.fromisoformat("2025-07-03T18:37:00+07:00")
TEXT = "KMP Tunu Pratama Jaya tenggelam di Selat Bali pada Rabu malam. Enam orang ditemukan tewas dan 30 orang selamat."


def make_report(number: int, outlet: str | None, at: datetime, **fields: object) -> Coverage:
    title, url = f"KMP Tunu <Tenggelam> & Dicari {number}", f"https://m{number}.example/?a&b"
    return replace(Coverage(number, title, outlet, url, None, at, at), **fields)  # type: ignore[arg-type]


def make_statement(report: Coverage, sentence: str, number: str, *, is_later: bool = False) -> Statement:
    at = sentence.index(number)
    span = (100, 100 + len(sentence), 100 + at, 100 + at + len(number))
    source = report.article_id, report.outlet, report.reported_at
    return Statement(*source, sentence, *span, Decimal(1), is_later=is_later)


def make_sentence(text: str) -> SummarySentence:
    return SummarySentence(text, 0, len(text))


def make_view(coverage: tuple[Coverage, ...], **fields: object) -> StoryView:
    """A view whose article is that of the first report."""
    first = coverage[0]
    article = Article(
        "KMP Tunu Tenggelam di Selat Bali", TEXT, url=first.url, outlet=first.outlet, published_at=first.published_at
    )
    stored = StoredArticle(first.article_id, "k", article, Origin.FEED, first.added_at)
    plain = {"additions": (), "disagreements": (), "chain": coverage[:1]} | fields
    return StoryView(stored, Summary((make_sentence(TEXT),), "ringkas", MEDIUM), coverage, **plain)  # type: ignore[arg-type]


OUTLETS = ("CNN Indonesia", "Kompas.com", "Antara <Kota>", "Tempo", "Detik")
COVERAGE = tuple(make_report(n, name, START + timedelta(minutes=28 * n)) for n, name in enumerate(OUTLETS, 1))
ADDED = "Tim SAR mengerahkan <tiga> kapal & dua helikopter dari Banyuwangi."
MANY = make_view(
    COVERAGE,
    additions=tuple(Addition(r.article_id, r.outlet, r.reported_at, make_sentence(ADDED)) for r in COVERAGE[2:4]),
    disagreements=(
        Disagreement(
            Kind.DEATHS,
            (
                make_statement(COVERAGE[0], "Enam orang ditemukan tewas dan 30 orang selamat.", "Enam"),
                make_statement(COVERAGE[1], "Korban tewas menjadi 5 orang, kata kepala kantor SAR Surabaya.", "5"),
            ),
        ),
        Disagreement(
            Kind.SURVIVORS,
            (
                make_statement(COVERAGE[0], "Enam orang ditemukan tewas dan 30 orang selamat.", "30"),
                make_statement(COVERAGE[4], "Hingga malam, 34 orang selamat.", "34", is_later=True),
            ),
            is_update=True,
        ),
    ),
)
CHECK = FactCheck(Verdict.FALSE, "KMP Tunu disembunyikan pemerintah", make_sentence("Klaim itu tidak benar."))
CHECKED = replace(
    MANY,
    shown=replace(MANY.shown, article=replace(MANY.shown.article, fact_check=CHECK)),
    summary=Summary((make_sentence("Klaim itu tidak benar."),), "ringkas", MEDIUM),
    disagreements=(),
)
CHAIN = (
    *(make_report(100 + n, OUTLETS[n % 5], START + timedelta(days=n - 14, minutes=n)) for n in range(14)),
    COVERAGE[0],
    make_report(200, "Tempo", START + timedelta(days=1), title="Benarkah KMP Disembunyikan?", category=FACT_CHECKS),
    make_report(201, "Tempo", START + timedelta(days=2), title="Nakhoda KMP Tunu Ditemukan"),
)
VIEWS = {
    "many": MANY,
    "one-outlet": make_view(COVERAGE[:1]),
    "fact-check": CHECKED,
    "chain": make_view(COVERAGE[:2], chain=CHAIN),
    "excerpt": replace(MANY, shown=replace(MANY.shown, article=replace(MANY.shown.article, is_excerpt=True))),
}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", VIEWS)
def test_view_matches_the_golden_file(golden: Golden, name: str, language: str) -> None:
    golden(f"story-{name}-{language}.html", render_story_view(load_translations(language), VIEWS[name], JAKARTA))


def test_lines_that_do_not_fit_are_counted(words: Translations) -> None:
    coverage = tuple(make_report(n, f"Media {n}", START + timedelta(minutes=n)) for n in range(1, 31))
    long = make_sentence("Petugas mencari korban di perairan itu sejak pagi. " * 14)
    additions = tuple(Addition(n, f"Media {n}", START, long) for n in range(2, 7))
    text = visible_text(render_story_view(words, make_view(coverage, additions=additions, chain=CHAIN), JAKARTA))
    added, chained, listed = text.split("\n\n")[2:5]
    assert added.startswith("Tambahan dari media lain\n• Petugas")
    assert added.endswith(f"… dan {5 - added.count('•')} lainnya")
    assert added.count("•") > 1
    assert chained.endswith(f"… dan {15 - chained.count('•')} lainnya")
    assert listed.endswith(f"· … dan {30 - listed.count('Media')} lainnya")


def test_chain_has_the_latest_headline_of_each_day_from_other_stories(words: Translations) -> None:
    later = make_report(300, "Detik", START + timedelta(hours=2), title="Judul malam itu")
    before = [make_report(301 + n, "Detik", START - timedelta(hours=n), title=f"Judul ke-{n}") for n in (30, 26)]
    view = make_view(COVERAGE[:2], chain=(*before, COVERAGE[0], later))
    text = visible_text(render_story_view(words, view, JAKARTA))
    assert "Kronologi\n• 3 Jul: Judul malam itu (Detik)\n• 2 Jul: Judul ke-26 (Detik)\n\n" in text


@pytest.mark.parametrize(
    ("sentence", "marked", "shown"),
    [
        ("Korban tewas 6.", "6", "6"),
        ("Skornya (2-1), kata wasit", "2-1", "2-1"),
        ("buka 6.id sekarang", "6", "6.id"),
        ("Rp85 miliar, naik", "85 miliar", "Rp85 miliar"),
    ],
)
def test_marks_cover_whole_words(sentence: str, marked: str, shown: str) -> None:
    at = sentence.index(marked)
    start, end = find_words(sentence, at, at + len(marked))
    assert sentence[start:end] == shown


def test_keyboard_has_places_for_other_buttons(words: Translations) -> None:
    view = AnswerView(7, AnswerFormat.STORY)
    extra = [build_button("Sembunyikan", "x1:1")]
    follow = build_follow_button(words, 1, None)
    copy = InlineKeyboardButton("Salin", copy_text=CopyTextButton("Isi"))
    rows = build_story_keyboard(words, view, is_saved=True, copy=copy, follow=follow, extra=extra).inline_keyboard
    assert [[button.text for button in row] for row in rows] == [
        ["Kembali ke ringkasan"],
        ["Ikuti", "Tersimpan ✓", "Salin"],
        ["Sembunyikan"],
    ]


# Words that Telegram turns into links, markup, and characters that count twice.
PIECES = [
    "@kompas",
    "#tagar",
    "/menang",
    "t.me/x",
    "kabar.id",
    "<b>",
    "&amp;",
    "😀" * 30,
    "6",
    "orang",
    "tewas.",
    "\u202e",
]
texts = st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map(" ".join) | st.text(min_size=1, max_size=3_000)
names = st.none() | st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join)


@st.composite
def stories(draw: st.DrawFn) -> StoryView:
    count = draw(st.integers(1, 40))
    some = st.integers(0, count - 1)
    named, times = draw(st.lists(names, min_size=count, max_size=count)), st.integers(0, 80)
    title, text = draw(texts), draw(texts)
    coverage = tuple(
        make_report(n, name, START + timedelta(hours=draw(times)), title=title) for n, name in enumerate(named)
    )

    def state() -> Statement:
        start = draw(st.integers(0, len(text) - 1))
        report = coverage[draw(some)]
        end = min(len(text), start + draw(st.integers(1, 9)))
        return replace(make_statement(report, text, text), number_start=100 + start, number_end=100 + end)

    view = make_view(
        coverage,
        additions=tuple(
            Addition(n, coverage[n].outlet, START, make_sentence(text)) for n in draw(st.lists(some, max_size=5))
        ),
        disagreements=tuple(
            Disagreement(draw(st.sampled_from(Kind)), (state(), state(), state()), draw(st.booleans()))
            for _ in range(draw(st.integers(0, 12)))
        ),
        chain=tuple(
            make_report(100 + n, draw(names), START + timedelta(days=n), title=title)
            for n in range(draw(st.integers(0, 40)))
        ),
    )
    article = replace(view.shown.article, title=title, text=text, is_excerpt=draw(st.booleans()))
    return replace(
        view,
        shown=replace(view.shown, article=article),
        summary=Summary((make_sentence(draw(texts)),), "ringkas", MEDIUM),
    )


@settings(deadline=None, max_examples=60)
@given(stories(), st.sampled_from(["id", "en"]))
def test_any_story_is_one_valid_message(view: StoryView, language: str) -> None:
    text = render_story_view(load_translations(language), view, JAKARTA)
    marked = parse(text, "HTML")
    assert measure(text) <= MESSAGE_LIMIT
    assert len(marked.entities) <= MAX_ENTITIES
    assert {entity.type for entity in marked.entities} <= {
        "bold", "italic", "text_link", "date_time", "expandable_blockquote",
    }  # fmt: skip
    assert [entity for entity in with_found(marked).entities if entity not in marked.entities] == []
    urls = [dict(entity.extra)["url"] for entity in marked.entities if entity.type == "text_link"]
    assert all(url.startswith("https://m") for url in urls)
