"""What readers see: whole messages, and the properties that no text from outside may break."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Words
from bot.render import coverage, digest_parts, length, list_text
from bot.render_answers import answer_parts, full_parts
from bot.split import MESSAGE_LIMIT, visible_text
from summaries.model import (
    SHORT,
    Article,
    Digest,
    NewsItem,
    NewsPage,
    NewsQuery,
    Summary,
    SummarySentence,
    Telling,
)

Make = Callable[..., NewsItem]

JAKARTA = "Asia/Jakarta"
# The property tests draw many examples for one set of fixtures, which hold no state.
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def told(words: Words, item: NewsItem, zone: str = JAKARTA) -> list[str]:
    return answer_parts(words, item.stored.article, item.summary, zone)


def test_the_answer_to_ringkas(words: Words) -> None:
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
    (part,) = answer_parts(words, article, summary, JAKARTA)
    assert part == (
        "<b>Harga Beras &lt;Turun&gt; &amp; Stok Naik</b>\n"
        "Kabar Desa · 15 Mei 2019, 10.05 WIB · Jakarta\n\n"
        "Harga beras turun.\n\n"
        "<i>92% lebih pendek · dibaca dalam 5 detik</i>\n"
        '<a href="https://kabar.example/a?b=1&amp;c=2">Baca berita lengkapnya</a>'
    )


def test_what_is_not_known_is_not_shown(words: Words, make_item: Make) -> None:
    item = make_item(outlet=None, published_at=None, url=None, place=None)
    assert told(words, item, JAKARTA) == [
        "<b>Panen Raya ke-1</b>\n\nWarga desa ke-1 memanen padi lebih awal.\n\n<i>dibaca dalam 5 detik</i>"
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
def test_dates_are_on_the_outlets_clock_or_the_chats(
    words: Words, make_item: Make, published: str, zone: str, expected: str
) -> None:
    item = make_item(published_at=datetime.fromisoformat(published))
    assert f"Kabar Desa · {expected}\n" in told(words, item, zone)[0]


def test_an_article_that_is_short_already(words: Words, make_item: Make) -> None:
    (part,) = full_parts(words, make_item(place="Bone").stored.article, JAKARTA)
    assert visible_text(part) == (
        "Panen Raya ke-1\nKabar Desa · 22 Nov 2026, 18.05 WITA · Bone\n\n"
        "Warga desa ke-1 memanen padi lebih awal.\n\n"
        "Berita ini sudah ringkas, jadi inilah selengkapnya.\nBaca berita lengkapnya"
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "tg://resolve?domain=x", "ftp://a.example/b", "https://", "http://[x"]
)
def test_only_web_addresses_become_links(words: Words, make_item: Make, url: str) -> None:
    assert "<a " not in told(words, make_item(url=url), JAKARTA)[0]


def test_a_page_of_news(words: Words, make_item: Make) -> None:
    page = NewsPage((make_item(6), make_item(7, url=None)), number=1, total=12, size=5)
    assert list_text(words, NewsQuery(category="gaya-hidup"), page, JAKARTA) == (
        "<b>Berita gaya hidup</b>\n\n"
        '6. <b><a href="https://kabar.example/panen/6">Panen Raya ke-6</a></b>\n'
        "Kabar Desa · 22 Nov 2026, 18.05 WITA\n"
        "Warga desa ke-6 memanen padi lebih awal.\n\n"
        "7. <b>Panen Raya ke-7</b>\n"
        "Kabar Desa · 22 Nov 2026, 18.05 WITA\n"
        "Warga desa ke-7 memanen padi lebih awal.\n\n"
        "Halaman 2 dari 3"
    )


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        (NewsQuery(), "Berita terbaru"),
        (NewsQuery(outlet="Kabar & Desa"), "Berita dari Kabar & Desa"),
        (NewsQuery(words="<b>beras"), "Berita tentang “<b>beras”"),
    ],
)
def test_a_list_says_what_it_lists(words: Words, make_item: Make, query: NewsQuery, heading: str) -> None:
    text = list_text(words, query, NewsPage((make_item(),), 0, 1, 5), JAKARTA)
    assert visible_text(text).splitlines()[0] == heading
    assert "Halaman" not in text


def test_a_page_of_endless_texts_is_still_one_message(words: Words, make_item: Make) -> None:
    items = tuple(make_item(n, title="Judul " * 99, text="Kalimat yang panjang sekali. " * 200) for n in range(5))
    text = list_text(words, NewsQuery(), NewsPage(items, 0, 5, 5), JAKARTA)
    assert length(text) <= MESSAGE_LIMIT
    assert [f"\n{n}. <b>" in text for n in range(1, 6)] == [True] * 5
    assert text.endswith("sekali.")


def test_a_digest(words: Words, make_item: Make) -> None:
    due = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
    (part,) = digest_parts(words, Digest(due, JAKARTA, (make_item(4), make_item(5, outlet=None)), more=3))
    assert part.html == (
        "<b>Kabar Pagi</b>\nSelasa, 24 November 2026\n\n"
        '<b><a href="https://kabar.example/panen/4">Panen Raya ke-4</a></b>\n'
        "Warga desa ke-4 memanen padi lebih awal. <i>(Kabar Desa)</i>\n\n"
        '<b><a href="https://kabar.example/panen/5">Panen Raya ke-5</a></b>\n'
        "Warga desa ke-5 memanen padi lebih awal.\n\n"
        "<i>3 berita lainnya ada di /berita</i>"
    )
    assert part.article_ids == (4, 5)


def test_an_excerpt_is_marked_wherever_it_is_shown(words: Words, make_item: Make) -> None:
    item = make_item(is_excerpt=True, published_at=None)
    (answer,) = told(words, item, JAKARTA)
    assert visible_text(answer).split("\n")[1] == "Kabar Desa · cuplikan"
    assert "<i>Ini baru cuplikannya: halaman beritanya tidak bisa dibaca.</i>" in answer
    listed = list_text(words, NewsQuery(), NewsPage((item,), number=0, total=1, size=5), JAKARTA)
    assert "\nKabar Desa · cuplikan\n" in listed
    nameless = make_item(2, is_excerpt=True, outlet=None)
    (part,) = digest_parts(words, Digest(datetime.now(UTC), JAKARTA, (item, nameless)))
    assert "<i>(Kabar Desa · cuplikan)</i>" in part.html
    assert "<i>(cuplikan)</i>" in part.html


def told_by(*outlets: str | None) -> tuple[Telling, ...]:
    return tuple(
        Telling(n, "Judul", outlet, f"https://www.media{n}.example/a?b&c", None, None, datetime.now(UTC))
        for n, outlet in enumerate(outlets)
    )


@pytest.mark.parametrize(
    ("outlets", "expected"),
    [
        (("Antara",), ""),
        (
            ("Antara", "Kabar & Desa"),
            (
                '<i>Diliput 2 media: <a href="https://www.media0.example/a?b&amp;c">Antara</a>,'
                ' <a href="https://www.media1.example/a?b&amp;c">Kabar &amp; Desa</a></i>'
            ),
        ),
        (("Antara", None), "Diliput 2 media: Antara, media1.example"),
        (tuple(f"M{n}" for n in range(11)), "Diliput 11 media: M0, M1, M2, M3, M4, M5, M6, M7 dan 3 lainnya"),
    ],
)
def test_every_outlets_link_stands_under_a_story(
    words: Words, make_item: Make, outlets: tuple[str | None, ...], expected: str
) -> None:
    shown = coverage(words, replace(make_item(), coverage=told_by(*outlets)))
    assert shown == expected or visible_text(shown) == expected


def test_outlets_without_name_and_address_are_counted(words: Words, make_item: Make) -> None:
    unknown = tuple(replace(telling, outlet=None, url=None) for telling in told_by("a", "b"))
    assert visible_text(coverage(words, replace(make_item(), coverage=unknown))) == "Diliput 2 media: 2 lainnya"


def test_a_story_in_a_digest_and_in_a_list(words: Words, make_item: Make) -> None:
    item = replace(make_item(4), coverage=told_by("Kabar Desa", "Antara"))
    due = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
    (part,) = digest_parts(words, Digest(due, JAKARTA, (item,)))
    assert visible_text(part.html).endswith(
        "Panen Raya ke-4\nWarga desa ke-4 memanen padi lebih awal.\nDiliput 2 media: Kabar Desa, Antara"
    )
    page = list_text(words, NewsQuery(), NewsPage((item,), 0, 1, 5), JAKARTA)
    assert visible_text(page).endswith("memanen padi lebih awal.\nDiliput 2 media: Kabar Desa, Antara")


def test_endless_stories_of_many_outlets_are_still_one_message(words: Words, make_item: Make) -> None:
    many = told_by(*(f"Media yang namanya panjang sekali nomor {n}" for n in range(30)))
    items = tuple(
        replace(make_item(n, title="Judul " * 99, text="Kalimat yang panjang sekali. " * 200), coverage=many)
        for n in range(5)
    )
    text = list_text(words, NewsQuery(), NewsPage(items, 0, 5, 5), JAKARTA)
    assert length(text) <= MESSAGE_LIMIT
    assert text.count("Diliput 30 media") == 5
    assert text.count("<") // 2 < 100


def test_a_digest_without_news_says_so(words: Words) -> None:
    due = datetime.fromisoformat("2026-11-24T18:30:00+08:00")
    (part,) = digest_parts(words, Digest(due, "Asia/Makassar", (), is_late=True))
    assert part.html == (
        "<b>Kabar Malam</b>\nSelasa, 24 November 2026\n"
        "<i>Maaf, kabar ini terlambat. Seharusnya tiba pukul 18.30 WITA.</i>\n\n"
        "Belum ada berita baru sejak kabar terakhir. Sampai jumpa di kabar berikutnya."
    )
    assert part.article_ids == ()


@pytest.mark.parametrize(
    ("hour", "name"),
    [(0, "Malam"), (3, "Pagi"), (10, "Pagi"), (11, "Siang"), (14, "Siang"), (15, "Sore"), (17, "Sore"), (18, "Malam")],
)
def test_digests_are_named_by_the_hour(words: Words, hour: int, name: str) -> None:
    due = datetime(2026, 11, 24, hour, tzinfo=UTC) - timedelta(hours=7)
    assert digest_parts(words, Digest(due, JAKARTA, ()))[0].html.startswith(f"<b>Kabar {name}</b>")


hostile = st.text(min_size=1, max_size=60).filter(str.strip)


@RELAXED
@given(titles=st.lists(hostile, min_size=1, max_size=12), body=st.text(min_size=1, max_size=3000))
def test_digests_lose_nothing_and_break_nothing(words: Words, make_item: Make, titles: list[str], body: str) -> None:
    items = tuple(make_item(n, title=title, text=body) for n, title in enumerate(titles))
    parts = digest_parts(words, Digest(datetime(2026, 11, 24, tzinfo=UTC), JAKARTA, items))
    assert all(length(part.html) <= MESSAGE_LIMIT for part in parts)
    assert [article_id for part in parts for article_id in part.article_ids] == list(range(len(titles)))
    shown = squeezed("".join(visible_text(part.html) for part in parts))
    assert all(squeezed(title) in shown for title in titles)
    for part in parts:
        assert not re.search(r"<(?!/?(?:b|i|a)\b)", part.html)


@RELAXED
@given(title=hostile)
def test_any_title_appears_literally(words: Words, make_item: Make, title: str) -> None:
    (part,) = told(words, make_item(title=title), JAKARTA)
    bold = re.match(r"<b>(.*?)</b>", part, re.DOTALL)
    assert bold is not None
    assert squeezed(unescape(bold.group(1))) == squeezed(title)


def squeezed(text: str) -> str:
    return "".join(text.split())
