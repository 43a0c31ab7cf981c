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
from bot.render import age, coverage, digest_parts, length
from bot.render_answers import answer_parts, full_parts
from bot.split import MESSAGE_LIMIT, visible_text
from summaries.model import (
    SHORT,
    Article,
    Digest,
    NewsItem,
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
def test_how_long_ago(words: Words, minutes: int, said: str) -> None:
    now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert age(words, now - timedelta(minutes=minutes), now, JAKARTA) == said
