"""Lists of news and of saved articles: golden files, and properties that hold for any text from outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Translations
from bot.sandbox.entities import parse
from bot.telegram_text import MESSAGE_LIMIT, visible_text
from bot.views.deep_links import ArticleLink, ScheduleLink, StoryLink, TopicLink, build_deep_link, read_payload
from bot.views.html import measure
from bot.views.lists import build_story_card, render_card, render_heading, render_list, render_saved
from bot.views.schedules import choose_shared_schedule
from bot.views.sharing import AnswerLink, Shared, build_share_button, read_shared
from summaries.model import (
    Addition,
    ChatRef,
    Coverage,
    Marks,
    NewsItem,
    NewsPage,
    NewsQuery,
    Order,
    Preferences,
    SavedPage,
    Subscription,
    SummarySentence,
)
from summaries.text.characters import strip_hidden
from summaries.topic_model.topics import TOPICS

Make = Callable[..., NewsItem]
Golden = Callable[[str, str], None]
JAKARTA = "Asia/Jakarta"
NOW = datetime.fromisoformat("2026-11-22T20:10:00+08:00")
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def render_html(words: Translations, query: NewsQuery, page: NewsPage, order: Order = Order.NEWEST) -> str:
    return render_list(words, query, page, order=order, zone=JAKARTA, now=NOW, username="ringkas_bot")


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("menyambut", "Pedagang &amp; petani &lt;<b>menyambutnya</b>&gt; sejak Senin."),
        ("amp beras", "Harga <b>beras</b> turun. Pedagang &amp; petani"),
        ("dan", "Harga beras turun. Pedagang"),
        ("kiriman", "Truk <b>kiriman</b> datang."),
        ("tidak ada", "Harga beras turun. Pedagang"),
    ],
)
def test_words_of_a_search_are_marked_in_the_story(
    words: Translations, make_item: Make, asked: str, shown: str
) -> None:
    text = "Harga beras turun. Pedagang & petani <menyambutnya> sejak Senin."
    item = make_item(7, text=f"{text}\n\nWarga senang. Truk kiriman datang.")
    item = replace(item, summary=replace(item.summary, sentences=(SummarySentence(text, 0, len(text)),)))
    assert shown in render_html(words, NewsQuery(words=asked), NewsPage((item,), 0, 1, 5))


def make_coverage(count: int) -> tuple[Coverage, ...]:
    return tuple(Coverage(n, "J", f"Media {n}", f"https://m{n}.example", None, None, NOW) for n in range(count))


def test_news_lists_match_the_golden_files(words: Translations, make_item: Make, golden: Golden) -> None:
    items = (
        replace(make_item(6), coverage=make_coverage(3)),
        make_item(7, url=None, title="Judul <b>&"),
        make_item(8, is_excerpt=True, outlet=None, published_at=NOW - timedelta(days=30)),
    )
    page = NewsPage(items, number=1, total=12, size=5)
    golden("list.html", render_html(words, NewsQuery(category="gaya-hidup"), page))
    golden(
        "list-most-covered.html", render_html(words, NewsQuery(words='"harga beras" turun'), page, Order.MOST_COVERED)
    )


def test_saved_articles_match_the_golden_file(words: Translations, make_item: Make, golden: Golden) -> None:
    items = (make_item(6).stored, make_item(7, url=None, outlet=None, published_at=None, title="Judul <b>&").stored)
    page = SavedPage(tuple(items), number=1, total=7, size=5)
    golden("saved.html", render_saved(words, page, zone=JAKARTA, now=NOW, username="ringkas_bot"))


def test_inline_card_matches_the_golden_file(words: Translations, make_item: Make, golden: Golden) -> None:
    sentence = SummarySentence("Bulog membeli <semua> padi itu.", 9, 40)
    item = replace(
        make_item(6, title="Panen <b>& Raya", image_url="https://kabar.example/a.jpg"),
        coverage=make_coverage(3),
        marks=Marks(is_disputed=True, addition=Addition(2, "Media 2", NOW, sentence)),
    )
    card = build_story_card(words, item, zone=JAKARTA, now=NOW, username="ringkas_bot")
    golden("card.json", json.dumps(card.to_dict(), ensure_ascii=False, indent=1))


@RELAXED
@given(
    title=st.text(min_size=1, max_size=400).filter(str.strip),
    body=st.text(min_size=1, max_size=6000).filter(str.strip),
    outlet=st.text(max_size=80),
)
def test_any_card_is_one_valid_message(
    words: Translations, make_item: Make, title: str, body: str, outlet: str
) -> None:
    item = make_item(title=title, text=body, outlet=outlet)
    text = render_card(words, item, JAKARTA)
    assert measure(text) <= MESSAGE_LIMIT
    parse(text, "HTML")
    assert build_story_card(words, item, zone=JAKARTA, now=NOW, username="r_bot").title.strip()


def parse_jakarta(text: str) -> datetime:
    return datetime.fromisoformat(text + "T00:00:00+07:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (NewsQuery(), "Berita terbaru"),
        (NewsQuery(outlet="Kabar & Desa"), "Berita dari Kabar & Desa"),
        (NewsQuery(region="35.73"), "Berita dari Kota Malang"),
        (NewsQuery(words="<b>beras"), "Berita tentang “<b>beras”"),
        (NewsQuery(words="banjir", since=parse_jakarta("2026-11-20")), "Berita tentang “banjir” sejak 20 Nov 2026"),
        (NewsQuery(until=parse_jakarta("2026-11-20")), "Berita sampai 19 Nov 2026"),
        (NewsQuery(since=parse_jakarta("2019-05-03"), until=parse_jakarta("2019-05-06")), "Berita pada 3–5 Mei 2019"),
        (NewsQuery(since=parse_jakarta("2019-05-03"), until=parse_jakarta("2019-05-04")), "Berita pada 3 Mei 2019"),
    ],
)
def test_heading_describes_the_query(words: Translations, query: NewsQuery, expected: str) -> None:
    assert render_heading(words, query, JAKARTA) == expected


@RELAXED
@given(
    title=st.text(min_size=1, max_size=400).filter(str.strip),
    body=st.text(min_size=1, max_size=2000).filter(str.strip),
    outlet=st.text(max_size=80),
    asked=st.text(max_size=200),
    count=st.integers(1, 5),
)
def test_any_page_is_one_valid_message(
    words: Translations, make_item: Make, title: str, body: str, outlet: str, asked: str, count: int
) -> None:
    items = tuple(make_item(n, title=title, text=body, outlet=outlet) for n in range(count))
    text = render_html(words, NewsQuery(words=asked), NewsPage(items, 0, 5, 5))
    assert measure(text) <= MESSAGE_LIMIT
    assert {entity.type for entity in parse(text, "HTML").entities} <= {"bold", "italic", "text_link", "date_time"}
    if len(title) <= 300:
        assert "".join(strip_hidden(title).split()) in "".join(strip_hidden(visible_text(text)).split())


@given(st.integers(1, 10**15 - 1))
def test_links_to_articles_and_stories_round_trip(article_id: int) -> None:
    for link in (ArticleLink(article_id), StoryLink(article_id)):
        assert len(link.payload) <= 64
        assert read_payload(link.payload) == link
    assert build_deep_link("ringkas_bot", ArticleLink(7)) == "https://t.me/ringkas_bot?start=a7"
    assert build_deep_link("ringkas_bot", StoryLink(7)) == "https://t.me/ringkas_bot?start=s7"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "a",
        "a0",
        "s0",
        "a-1",
        "a1 ",
        "a" + "9" * 16,
        "t-",
        "t-bukan",
        "t-ekonomi;",
        "ref_123",
        "j0700_0_",
        "j2500_0_UTC",
        "j0700_7_UTC",
        "j070_0_UTC",
        "j0700_0_Asia--Nowhere",
        "j0700_0_..--etc",
    ],
)
def test_forged_payload_is_refused(payload: str) -> None:
    assert read_payload(payload) is None


def test_topic_link_round_trip() -> None:
    assert read_payload(TopicLink("gaya-hidup").payload) == TopicLink("gaya-hidup")


@given(
    st.sets(st.times().map(lambda at: at.replace(second=0, microsecond=0)), min_size=1, max_size=6),
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "Europe/Amsterdam", "UTC", "America/Argentina/Buenos_Aires"]),
    st.sets(st.sampled_from(list(TOPICS))),
)
def test_schedule_link_round_trip(times: set[time], days: set[int], zone: str, topics: set[str]) -> None:
    link = ScheduleLink(tuple(sorted(times)), frozenset(days), zone, tuple(key for key in TOPICS if key in topics))
    if link.is_short_enough:
        assert len(f"j1:{link.payload}".encode()) <= 64
        assert read_payload(link.payload) == link
    else:
        assert len(link.payload) > 60


def test_zone_that_cannot_be_encoded_is_not_shared() -> None:
    assert not ScheduleLink((time(7, 0),), frozenset({0}), "Etc/GMT+7").is_short_enough


@pytest.mark.parametrize(
    ("wishes", "start", "label"),
    [
        (Preferences(), "j0700_0_Asia--Jakarta", "Bagikan jadwal ini"),
        (Preferences(topics=("olahraga", "ekonomi")), "kdg_0700_0_Asia--Jakarta", "Bagikan jadwal ini"),
        (
            Preferences(topics=("ekonomi",), include=("beras",)),
            "kd_0700_0_Asia--Jakarta",
            "Bagikan jam dan topik",
        ),
    ],
)
def test_shared_schedule_names_its_missing_parts(
    words: Translations, wishes: Preferences, start: str, label: str
) -> None:
    subscription = Subscription(ChatRef(7), (time(7),), "Asia/Jakarta", days=frozenset({0}), preferences=wishes)
    chosen = choose_shared_schedule(words, subscription)
    assert chosen is not None
    assert (chosen[0], chosen[1].payload) == (label, start)


def test_overlong_schedule_link_omits_topics_with_a_note(words: Translations) -> None:
    wishes = Preferences(topics=tuple(TOPICS))
    times = tuple(time(hour) for hour in range(6, 12))
    subscription = Subscription(
        ChatRef(7), times, "America/Argentina/Buenos_Aires", days=frozenset({0}), preferences=wishes
    )
    chosen = choose_shared_schedule(words, subscription)
    assert chosen is not None
    assert chosen[0] == "Bagikan jamnya saja"
    assert chosen[1].payload.startswith("j0600")


@pytest.mark.parametrize(
    ("query", "shared"),
    [
        ("#a12", ArticleLink(12)),
        (" #s3 ", StoryLink(3)),
        ("#r1f", AnswerLink(31)),
        ("#j0700_0_UTC", ScheduleLink((time(7),), frozenset({0}), "UTC")),
        # Words that somebody searches for.
        ("a12", None),
        ("s24", None),
        ("#t-ekonomi", None),
        ("#r", None),
        ("#a0", None),
        ("#j9900_0_UTC", None),
        ("# a12", None),
        ("#a" + "1" * 70, None),
    ],
)
def test_share_query_is_decoded(query: str, shared: Shared | None) -> None:
    assert read_shared(query) == shared


@pytest.mark.parametrize(
    ("shared", "has_inline", "kind"),
    [
        (StoryLink(3), True, "switch_inline_query"),
        (AnswerLink(3), True, "switch_inline_query"),
        (StoryLink(3), False, "url"),
        (AnswerLink(3), False, None),
    ],
)
def test_share_button_without_inline_mode_is_a_link(shared: Shared, has_inline: bool, kind: str | None) -> None:
    button = build_share_button("Bagikan", shared, "ringkas_bot", has_inline=has_inline)
    assert set(button.to_dict() if button else {}) == ({"text", kind} if kind else set())
    if button is not None and button.switch_inline_query is not None:
        assert read_shared(button.switch_inline_query) == shared
