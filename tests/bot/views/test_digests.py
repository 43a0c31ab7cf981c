"""A digest's messages: golden files, and properties that hold for any text from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Translations, load_translations
from bot.sandbox.entities import parse, with_found
from bot.telegram_text import MESSAGE_LIMIT, visible_text
from bot.views.digests import MIN_LISTED, render_digest
from bot.views.html import MAX_ENTITIES, measure, render_clock
from summaries.model import (
    MEDIUM,
    NO_MARKS,
    SHORT,
    Addition,
    Coverage,
    Digest,
    Length,
    Marks,
    NewsItem,
    SummarySentence,
)
from summaries.text.characters import strip_hidden

Make = Callable[..., NewsItem]
Golden = Callable[[str, str], None]
JAKARTA = "Asia/Jakarta"
HOUR = timedelta(hours=1)
DUE = datetime.fromisoformat("2026-11-24T07:00:00+07:00")
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def make_coverage(*outlets: str) -> tuple[Coverage, ...]:
    return tuple(Coverage(n, "J", name, f"https://m{n}.example", None, None, DUE) for n, name in enumerate(outlets))


def make_front_page_digest(make_item: Make) -> Digest:
    items = (
        replace(
            make_item(4, title="Harga Beras <Turun>", image_url="https://kabar.example/4.jpg", published_at=at(6, 40)),
            coverage=make_coverage("Kabar Desa", "Antara", "Tempo"),
        ),
        replace(make_item(5, outlet=None, url=None, published_at=None), coverage=make_coverage("antara")),
        replace(
            make_item(6, category="olahraga", is_excerpt=True, published_at=at(21, 10, days=-1)),
            coverage=make_coverage("Warta & Kota"),
        ),
        make_item(7, category=None, outlet="Kompas.com", published_at=at(10, 5, days=-40)),
    )
    return Digest(DUE, JAKARTA, items, more=1203, headline_ids=(6, 4, 7, 5))


def at(hour: int, minute: int, days: int = 0) -> datetime:
    return DUE.replace(hour=hour, minute=minute) + timedelta(days=days)


def make_long_digest(make_item: Make, stories: int, sentences: int, words: int) -> Digest:
    items = []
    for number in range(1, stories + 1):
        item = make_item(number, title=f"Judul Berita Nomor {number} tentang Panen Padi di Desa Sukamaju, Jawa Barat")
        said = tuple(SummarySentence("Petani memanen " + "padi " * words + f"({n}).", 0, 1) for n in range(sentences))
        items.append(replace(item, summary=replace(item.summary, sentences=said)))
    return Digest(DUE, JAKARTA, tuple(items))


def make_marked_digest(make_item: Make) -> Digest:
    digest = make_front_page_digest(make_item)
    sentence = SummarySentence("Harga beras turun <Rp400> sejak Senin.", 3, 41)
    marks = {
        4: Marks(is_disputed=True, addition=Addition(9, "Kompas.com", at(5, 12), sentence)),
        6: Marks(is_development=True),
    }
    return replace(digest, items=tuple(replace(i, marks=marks.get(i.stored.id, NO_MARKS)) for i in digest.items))


# Topic, headline, sentences, outlet and number of outlets of made-up stories.
FULL_DIGEST = (
    (
        "nasional",
        "Pemerintah Tetapkan Upah Minimum 2027 Naik 6,5 Persen",
        (
            "Serikat buruh meminta kenaikan delapan persen"
            " karena harga pangan naik lebih cepat. Gubernur wajib mengumumkan upah provinsi paling lambat 5 Desember."
        ),
        "Kompas.com",
        6,
    ),
    (
        "nasional",
        "Kereta Cepat Surabaya Mulai Dibangun Tahun Depan",
        (
            "Jalur sepanjang 680 kilometer itu akan melewati"
            " Cirebon dan Yogyakarta. Pembebasan lahan baru selesai separuh."
        ),
        "detikcom",
        4,
    ),
    (
        "hukum",
        "KPK Tahan Bupati dalam Kasus Suap Proyek Irigasi",
        (
            "Penyidik menyita uang tunai Rp4,2 miliar dari rumah"
            " dinas. Enam kontraktor juga diperiksa sebagai saksi sejak kemarin."
        ),
        "Tempo",
        5,
    ),
    (
        "ekonomi",
        "Harga Beras Turun Setelah Panen Raya di Tiga Provinsi",
        (
            "Beras medium kini dijual Rp12.900 per kilogram"
            " di Pasar Cipinang. Bulog menyerap 200 ribu ton gabah sejak awal bulan."
        ),
        "Antara",
        3,
    ),
    (
        "ekonomi",
        "Rupiah Menguat ke Rp15.850 per Dolar AS",
        (
            "Bank Indonesia mempertahankan suku bunga acuan untuk bulan"
            " keempat. Investor asing membeli obligasi senilai Rp8 triliun pekan ini."
        ),
        "Bisnis",
        2,
    ),
    (
        "daerah",
        "Banjir Rendam 1.200 Rumah di Demak",
        ("Tanggul Sungai Wulan jebol sepanjang 20 meter pada Senin malam. Warga mengungsi ke masjid dan balai desa."),
        "Suara Merdeka",
        4,
    ),
    (
        "olahraga",
        "Timnas Indonesia Tahan Imbang Australia 1-1",
        (
            "Gol penyama skor lahir pada menit ke-89 dari"
            " tendangan bebas. Hasil itu menjaga peluang lolos ke putaran berikutnya."
        ),
        "Bola.net",
        3,
    ),
    (
        "hiburan",
        "Film “Pulang ke Laut” Raih Piala Citra",
        (
            "Sutradaranya, Rina Wijaya, menjadi perempuan ketiga yang"
            " memenangi penghargaan itu. Film tersebut ditonton 2,1 juta orang."
        ),
        "Kumparan",
        1,
    ),
)


def make_full_digest(make_item: Make) -> Digest:
    items = []
    for number, (topic, title, text, outlet, count) in enumerate(FULL_DIGEST, 1):
        item = make_item(
            number, title=title, text=text, outlet=outlet, category=topic, published_at=at(7, 0) - number * HOUR,
            image_url="https://kabar.example/1.jpg",
        )  # fmt: skip
        items.append(replace(item, coverage=make_coverage(*(f"Media {n}" for n in range(count)))))
    return Digest(DUE, JAKARTA, tuple(items), more=212, headline_ids=(6, 1, 3, 2, 7, 4, 5, 8))


def make_regional_digest(make_item: Make) -> Digest:
    """Two stories of a city come first, then one of a province; the most important story of all is another one."""
    digest = make_full_digest(make_item)
    items = [digest.items[number] for number in (3, 5, 1, 0, 6)]
    regions = ("33.21", "33.21", "35", None, None)
    marked = [replace(item, marks=Marks(region=region)) for item, region in zip(items, regions, strict=True)]
    return replace(digest, items=tuple(marked), headline_ids=(1, 6, 4, 2, 7))


GOLDEN_DIGESTS: dict[str, Callable[[Make], Digest]] = {
    "id": make_front_page_digest,
    "en": make_front_page_digest,
    "channel": lambda make_item: replace(make_front_page_digest(make_item), is_channel=True),
    "late": lambda make_item: replace(make_front_page_digest(make_item), is_late=True, zone="Asia/Makassar"),
    "one": lambda make_item: Digest(DUE, JAKARTA, make_front_page_digest(make_item).items[:1]),
    "empty": lambda _: Digest(DUE, JAKARTA, ()),
    "eight": make_full_digest,
    "region": make_regional_digest,
    "marked-id": make_marked_digest,
    "marked-en": make_marked_digest,
    "marked-channel": lambda make_item: replace(make_marked_digest(make_item), is_channel=True),
}


@pytest.mark.parametrize("name", GOLDEN_DIGESTS)
def test_front_page_matches_the_golden_file(make_item: Make, golden: Golden, name: str) -> None:
    digest = GOLDEN_DIGESTS[name](make_item)
    (part,) = render_digest(load_translations("en" if name.endswith("en") else "id"), digest, "ringkas_bot")
    golden(f"digest-{name}.html", part.html)
    assert part.article_ids == tuple(item.stored.id for item in digest.items)
    assert part.marks == tuple((item.stored.id, item.marks) for item in digest.items if item.marks != NO_MARKS)


@pytest.mark.parametrize(
    ("first", "preview"),
    [(4, "https://kabar.example/panen/4"), (6, None), (5, None)],
    ids=["picture", "no picture", "no page"],
)
def test_picture_is_that_of_the_most_important_story(
    words: Translations, make_item: Make, first: int, preview: str | None
) -> None:
    digest = replace(make_front_page_digest(make_item), headline_ids=(first,))
    (part,) = render_digest(words, digest)
    assert part.preview_url == preview


def test_name_of_an_outlet_is_no_link(words: Translations, make_item: Make) -> None:
    (part,) = render_digest(words, Digest(DUE, JAKARTA, (make_item(outlet="Kompas.com"),)), "ringkas_bot")
    found = with_found(parse(part.html, "HTML"))
    links = [entity for entity in found.entities if entity.type in {"url", "text_link"}]
    assert [dict(link.extra)["url"] for link in links] == [
        "https://kabar.example/panen/1",
        "https://t.me/ringkas_bot?start=a1",
    ]


@pytest.mark.parametrize(
    ("published_at", "expected"),
    [
        (at(6, 40), '<tg-time unix="1795477200" format="t">06.40 WIB</tg-time>'),
        (at(0, 0), '<tg-time unix="1795453200" format="t">00.00 WIB</tg-time>'),
        (at(21, 10, days=-1), '<tg-time unix="1795443000" format="wt">Sen 21.10 WIB</tg-time>'),
        (at(7, 0, days=-6), '<tg-time unix="1794960000" format="wt">Rab 07.00 WIB</tg-time>'),
        (at(7, 0, days=-7), '<tg-time unix="1794873600" format="Dt">17 Nov 2026, 07.00 WIB</tg-time>'),
        (at(7, 0, days=1), '<tg-time unix="1795564800" format="Dt">25 Nov 2026, 07.00 WIB</tg-time>'),
        (datetime(1, 1, 1, tzinfo=UTC), "1 Jan 1, 07.07 WIB"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "31 Des 9999, 23.00 WIB"),
    ],
)
def test_time_shows_the_day_if_it_is_another(words: Translations, published_at: datetime, expected: str) -> None:
    assert render_clock(words, published_at, DUE, JAKARTA) == expected


@pytest.mark.parametrize(
    ("stories", "sentences", "words_each", "kept"),
    [(8, 2, 10, 16), (8, 3, 24, 18), (8, 2, 40, 11), (10, 2, 30, 20)],
    ids=["all fit", "thirds are cut", "seconds are cut", "no cut would make it fit"],
)
def test_summaries_are_cut_if_the_digest_then_fits_in_one_message(
    words: Translations, make_item: Make, stories: int, sentences: int, words_each: int, kept: int
) -> None:
    parts = render_digest(words, make_long_digest(make_item, stories, sentences, words_each), "ringkas_bot")
    assert (len(parts) == 1) == (stories == 8)
    assert sum(part.html.count("Petani memanen") for part in parts) == kept


def test_additions_are_left_out_if_only_that_makes_the_digest_fit(words: Translations, make_item: Make) -> None:
    digest = make_long_digest(make_item, stories=8, sentences=2, words=25)
    sentence = SummarySentence("Kata " * 48, 0, 1)
    marked = Marks(is_disputed=True, addition=Addition(99, "Kompas.com", DUE, sentence))
    (part,) = render_digest(words, replace(digest, items=tuple(replace(i, marks=marked) for i in digest.items)))
    assert "Kompas.com" not in part.html
    assert {marks for _, marks in part.marks} == {Marks(is_disputed=True)}


def test_longer_summaries_that_the_chat_chose_are_not_cut(words: Translations, make_item: Make) -> None:
    digest = make_long_digest(make_item, 8, 2, 40)
    items = tuple(replace(item, summary=replace(item.summary, length=MEDIUM)) for item in digest.items)
    parts = render_digest(words, replace(digest, items=items))
    assert len(parts) == 2
    assert sum(part.html.count("Petani memanen") for part in parts) == 16


def test_single_topic_has_no_heading(words: Translations, make_item: Make) -> None:
    (part,) = render_digest(words, Digest(DUE, JAKARTA, (make_item(4), make_item(5))))
    assert "Ekonomi" not in visible_text(part.html)
    assert "start=" not in part.html


@pytest.mark.parametrize(("region", "headings"), [("35", ["Daerah Anda: Jawa Timur"]), ("00", []), (None, [])])
def test_digest_of_one_region_names_it_once(
    words: Translations, make_item: Make, region: str | None, headings: list[str]
) -> None:
    items = [replace(make_item(number), marks=Marks(region=region)) for number in (1, 2)]
    (part,) = render_digest(words, Digest(DUE, JAKARTA, tuple(items)))
    assert re.findall("<u>(.*?)</u>", part.html) == headings


def test_empty_digest_is_rendered(words: Translations) -> None:
    due = datetime.fromisoformat("2026-11-24T18:30:00+08:00")
    (part,) = render_digest(words, Digest(due, "Asia/Makassar", (), is_late=True))
    assert part.html == (
        "<b>Kabar Malam</b>\nSelasa, 24 November 2026\n"
        "<i>Maaf, kabar ini terlambat. Seharusnya dikirim pukul "
        '<tg-time unix="1795516200" format="t">18.30 WITA</tg-time>.</i>\n\n'
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
    titles=st.lists(hostile, min_size=1, max_size=30),
    bodies=st.lists(st.text(min_size=1, max_size=3000), min_size=1, max_size=3),
    length=st.sampled_from([SHORT, MEDIUM]),
    topics=st.lists(st.sampled_from(["ekonomi", "sains", "hukum", None]), min_size=1, max_size=4),
    added=st.lists(st.none() | st.text(min_size=1, max_size=240), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_any_digest_is_rendered_completely_and_validly(
    words: Translations,
    make_item: Make,
    titles: list[str],
    bodies: list[str],
    length: Length,
    topics: list[str | None],
    added: list[str | None],
    order: Random,
) -> None:
    items = []
    for number, title in enumerate(titles):
        item = make_item(number, title=title, text=bodies[number % len(bodies)], category=topics[number % len(topics)])
        sentence = added[number % len(added)]
        addition = Addition(99, "Kompas.com", DUE, SummarySentence(sentence, 0, 1)) if sentence else None
        marks = Marks(is_disputed=bool(number % 2), addition=addition)
        shown_summary = replace(item.summary, length=length)
        items.append(replace(item, summary=shown_summary, coverage=make_coverage("A", "B"), marks=marks))
    ids = list(range(len(items)))
    headline_ids = tuple(order.sample(ids, len(ids)))
    digest = Digest(DUE, JAKARTA, tuple(items), more=7, headline_ids=headline_ids)
    parts = render_digest(words, digest, "ringkas_bot")
    assert [article_id for part in parts for article_id in part.article_ids] == ids
    shown = squeeze("".join(visible_text(part.html) for part in parts))
    # Each title is in its story, and in the list of headlines if there is one.
    for title in titles:
        assert shown.count(squeeze(title)) >= (2 if len(titles) >= MIN_LISTED else 1)
    assert [shown.find(f"{number}.{squeeze(title)}") >= 0 for number, title in enumerate(titles, 1)] == [True] * len(
        ids
    )
    assert all(shown.count(squeeze(item.summary.text)) for item in items)
    for part in parts:
        assert measure(part.html) <= MESSAGE_LIMIT
        entities = parse(part.html, "HTML").entities
        assert len(entities) <= MAX_ENTITIES
        kinds = {entity.type for entity in entities}
        assert kinds <= {"bold", "italic", "underline", "text_link", "expandable_blockquote", "date_time"}


def squeeze(text: str) -> str:
    """Return the visible text without white space."""
    return "".join(strip_hidden(text).split())
