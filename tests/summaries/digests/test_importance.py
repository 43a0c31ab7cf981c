"""The importance of stories, and the mix of a digest."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from summaries.digests.importance import (
    Importance,
    Minor,
    Ranking,
    choose_mix,
    find_copies,
    find_minor,
    find_speaker,
    merge_ranking,
    rank_stories,
    weigh_story,
)
from summaries.model import Report

NOW = datetime(2026, 8, 12, 0, tzinfo=UTC)
TITLE = "Jembatan Wairana Ambruk, Tiga Desa Terisolasi"


def make_report(
    article_id: int,
    outlet: str | None = "Antara",
    title: str = TITLE,
    *,
    hours: float = 1,
    topic: str | None = "nasional",
    opening: str = "",
) -> Report:
    return Report(article_id, title, outlet, topic, NOW - timedelta(hours=hours), opening)


def weigh(*reports: Report) -> Importance:
    return weigh_story(reports, reports[0], NOW)


@pytest.mark.parametrize(
    ("title", "topic", "kind"),
    [
        ("Sinopsis Film Kereta Terakhir, Tayang Malam Ini", "hiburan", Minor.SYNOPSIS),
        ("Jadwal Acara TV Kamis, 13 Agustus 2026", "hiburan", Minor.SCHEDULE),
        ("Idul Adha 27 Mei, Berikut Jadwal Salat di Istiqlal", "nasional", Minor.SCHEDULE),
        ("Ramalan Zodiak Hari Ini: Leo Perlu Bersabar", "gaya-hidup", Minor.HOROSCOPE),
        ("Ponsel Lontar 7 Meluncur dengan Baterai Besar", "teknologi", Minor.LAUNCH),
        ("Lontar 7 Resmi di Indonesia, Ini Harganya", None, Minor.LAUNCH),
        ("Promo Kemerdekaan: Beli Satu Gratis Satu", "ekonomi", Minor.PROMOTION),
        ("7 Manfaat Minum Air Hangat di Pagi Hari", "kesehatan", Minor.LIST),
        ("Cara Cek Bansos Lewat Ponsel", "ekonomi", Minor.LIST),
        ("VIDEO: Warga Padamkan Api dengan Ember", "nasional", Minor.LIST),
        ("Doa agar Hujan Turun", None, Minor.LIST),
        ("Kunci Jawaban IPA Kelas 7", None, Minor.LIST),
        ("Bansos Belum Cair? Ini Penyebab dan Cara Cek Statusnya", "ekonomi", Minor.LIST),
        ("Dokter Beri 8 Tips Menjaga Ginjal", "kesehatan", Minor.LIST),
        ("Prakiraan Cuaca Bandung Kamis: Cerah", "daerah", Minor.SCHEDULE),
        ("Honda Lintang Terbaru, Harganya?", None, Minor.LAUNCH),
        ("Live Streaming Persija vs Persib Sore Ini", "olahraga", Minor.LIVE),
        ("Persija vs Persib, Macan Kemayoran Siap Tempur", "olahraga", Minor.PREVIEW),
        # News that shares a word with these.
        ("Persija vs Persib 2-1, Gol di Menit Akhir", "olahraga", None),
        ("Hasil Persija vs Persib: Macan Kemayoran di Puncak", "olahraga", None),
        ("Lintang Jadi Pemain Terbaik Laga Persija vs Persib", "olahraga", None),
        ("Masa Depannya Jadi Spekulasi, Lintang Kesal", "olahraga", None),
        ("Nonton Bareng Final, Warga Padati Lapangan", "daerah", None),
        ("Doa Menteri Agama di Sidang Tahunan: Ampuni Kami", "nasional", None),
        ("Menteri Promo Pariwisata Lewat Film", "nasional", None),
        ("Begini Cara Pelaku Menipu Korban", "hukum", None),
        ("Iran vs Israel Makin Panas, Harga Minyak Naik", "internasional", None),
        ("3 Jemaah Haji Hilang, Keberadaannya Terus Dicari", "nasional", None),
        ("2 Mobil Ringsek Tertimpa Pohon di Karangasem", "daerah", None),
        ("Pemerintah Beri Diskon Tiket Pesawat Libur Akhir Tahun", "ekonomi", None),
        ("Menteri Luncurkan Program Rumah Murah", "ekonomi", None),
        ("Korea Utara Meluncurkan Rudal ke Laut Timur", "internasional", None),
        (TITLE, "nasional", None),
    ],
)
def test_minor_kinds_are_found_by_cues_in_headlines(title: str, topic: str | None, kind: Minor | None) -> None:
    assert find_minor(make_report(1, title=title, topic=topic, hours=12), NOW) is kind


@pytest.mark.parametrize("title", ["Live Streaming Persija vs Persib Sore Ini", "Persija vs Persib, Siap Tempur"])
def test_previews_are_minor_once_the_event_is_over(title: str) -> None:
    assert find_minor(make_report(1, title=title, topic="olahraga", hours=2), NOW) is None
    assert find_minor(make_report(1, title=title, topic="olahraga", hours=12), NOW) is not None


def test_owners_are_counted_rather_than_outlets() -> None:
    # Kompas.com, Tribunnews and Kontan belong to one publisher.
    sisters = weigh(make_report(1, "Kompas.com"), make_report(2, "Tribunnews"), make_report(3, "Kontan"))
    others = weigh(make_report(1, "Kompas.com"), make_report(2, "Antara"))
    assert (sisters.owners, others.owners) == (1, 2)
    assert others.weight > sisters.weight


OPENING = (
    "Jembatan gantung di Desa Wairana ambruk pada Selasa pagi setelah hujan deras mengguyur lereng gunung selama dua"
    " hari sehingga tiga desa terputus dari jalan raya dan warga menunggu bantuan dari kabupaten"
)


def test_wire_copy_counts_once() -> None:
    original = make_report(1, "Antara", opening=OPENING, hours=3)
    copy = make_report(2, "Republika", opening=f"Wairana, {OPENING}.", hours=2)
    own = make_report(
        3, "Tempo", opening="Warga tiga desa di lereng gunung berjalan kaki dua jam karena satu-satunya jembatan putus"
    )
    assert find_copies([own, copy, original]) == {2}
    found = weigh(original, copy, own)
    assert (found.owners, found.copies) == (2, 1)
    # An outlet may repeat itself.
    assert find_copies([original, make_report(4, "Antara", opening=OPENING)]) == frozenset()


@pytest.mark.parametrize(
    ("more", "less"),
    [
        # Two publishers within three hours, or a day apart.
        ([make_report(1), make_report(2, "Tempo", hours=3)], [make_report(1), make_report(2, "Tempo", hours=20)]),
        # The same coverage, now or yesterday.
        ([make_report(1, hours=1)], [make_report(1, hours=20)]),
        # A follow-up.
        ([make_report(1), make_report(2, hours=2)], [make_report(1)]),
        # The event, and its background.
        ([make_report(1), make_report(2, "Tempo")], [make_report(1), make_report(2, "Tempo", "Profil Desa Wairana")]),
        # Two publishers of news, and three of a synopsis.
        (
            [make_report(1, hours=20), make_report(2, "Tempo", hours=24)],
            [make_report(n, name, "Sinopsis Film Wairana") for n, name in enumerate(("Antara", "Tempo", "Detik"))],
        ),
    ],
)
def test_story_weighs_more(more: list[Report], less: list[Report]) -> None:
    assert weigh(*more).weight > weigh(*less).weight


def test_reasons_count_quick_publishers() -> None:
    found = weigh(make_report(1, hours=9), make_report(2, "Tempo", hours=8), make_report(3, "Detik", hours=1))
    assert (found.owners, found.quick_owners, found.minor) == (3, 2, None)


def test_central_report_of_the_event_is_shown() -> None:
    reports = [
        make_report(1, "Antara", "Profil Desa Wairana yang Terisolasi"),
        make_report(2, "Tempo", "Warga Wairana Menangis"),
        make_report(3, "Detik", "Jembatan Wairana Ambruk, Tiga Desa Terisolasi"),
        make_report(4, "Kompas.com", "Jembatan di Wairana Ambruk"),
    ]
    (story,) = rank_stories({7: reports}, NOW).stories
    assert story.reports[0].article_id == 4 or story.reports[0].article_id == 3
    assert story.reports[-1].article_id == 1


THINGS = (
    "Gempa",
    "Banjir",
    "Pemilu",
    "Beras",
    "Kereta",
    "Rumah Sakit",
    "Bandara",
    "Hutan",
    "Pasar",
    "Kapal",
    "Listrik",
)


def make_stories(*outlets: str, topics: tuple[str, ...] = ("nasional",)) -> Ranking:
    """Return stories about different things, the most important first, one for each outlet."""
    numbers = count(1)
    reports = {
        number: [
            make_report(
                number, outlet, f"{THINGS[number - 1]} {number}x", hours=number, topic=topics[number % len(topics)]
            )
        ]
        for number, outlet in zip(numbers, outlets, strict=False)
    }
    return rank_stories(reports, NOW)


def test_mix_takes_at_most_a_third_from_one_outlet() -> None:
    stories = make_stories(*"AAAAAABBCD")
    chosen = [story_id for story_id, _ in choose_mix(stories, 6)]
    outlets = Counter("AAAAAABBCD"[story_id - 1] for story_id in chosen)
    assert outlets == {"A": 2, "B": 2, "C": 1, "D": 1}


def test_mix_is_filled_if_there_is_one_outlet() -> None:
    assert len(choose_mix(make_stories(*"AAAAA"), 4)) == 4


def test_mix_shows_another_outlet_of_a_story_rather_than_leave_one_out() -> None:
    shared = [make_report(9, "A", "Letusan Gunung Semeru"), make_report(10, "B", "Gunung Semeru Meletus")]
    others = {n: [make_report(n, outlet, f"{THINGS[n]} {n}x", hours=n)] for n, outlet in ((1, "A"), (2, "B"), (3, "C"))}
    chosen = dict(choose_mix(rank_stories({5: shared, **others}, NOW), 3))
    # One of three is the share of each outlet: A has the second story, so B shows the first one.
    assert chosen == {5: 10, 1: 1, 3: 3}


def test_mix_has_at_most_two_stories_of_one_affair() -> None:
    titles = {
        1: "Sidang Hasto Kristiyanto: Jaksa Bacakan Tuntutan",
        2: "Hasto Kristiyanto Minta Sidang Ditunda",
        3: "Pengacara Hasto Kristiyanto Kecewa dengan Jaksa",
        4: "Gempa Guncang Lombok Utara",
        5: "Harga Beras Naik di Pasar Induk",
    }
    others = {n: f"{thing} {n}x" for n, thing in enumerate(THINGS, 10)}
    outlets = "ABCDEFGHIJKLMNOPQ"
    stories = {
        n: [make_report(n, outlets[k], title, hours=k)] for k, (n, title) in enumerate((titles | others).items())
    }
    chosen = {story_id for story_id, _ in choose_mix(rank_stories(stories, NOW), 4)}
    assert chosen == {1, 2, 4, 5}


@pytest.mark.parametrize(
    "second",
    [
        "Penyerang Klub Lintang Meninggal Setelah Mobil Menabrak Pembatas",
        "Kronologi Penyerang Lintang Meninggal di Jalan Tol",
        "Lintang Berduka, Polisi Periksa Laju 140 Km",
    ],
)
def test_event_in_two_stories_is_shown_once(second: str) -> None:
    first = "Penyerang Lintang Meninggal, Mobil Melaju 140 Km per Jam dan Menabrak Pembatas"
    titles = [first, second, *(f"{thing} {number}x" for number, thing in enumerate(THINGS))]
    stories = {n: [make_report(n, "ABCDEFGHIJKLMN"[n], title, hours=n)] for n, title in enumerate(titles)}
    assert {story_id for story_id, _ in choose_mix(rank_stories(stories, NOW), 3)} == {0, 2, 3}


@pytest.mark.parametrize(
    ("title", "speaker"),
    [
        ("Prabowo Sebut Swasembada Tercapai", "prabowo"),
        ("RAPBN 2027, Prabowo Targetkan Defisit Turun", "prabowo"),
        ("Presiden Prabowo tegas katakan tambang ditutup", "prabowo"),
        ("Di Depan Prabowo, Puan Ungkap Progres RUU", "puan"),
        ("Mendikdasmen: Bahasa asing bersifat pengenalan", "mendikdasmen"),
        (TITLE, None),
    ],
)
def test_speaker_of_a_headline(title: str, speaker: str | None) -> None:
    assert find_speaker(title) == speaker


def test_points_of_one_speech_are_one_affair() -> None:
    titles = ["Prabowo Sebut Swasembada Beras", "Prabowo Targetkan Kereta Cepat", "Prabowo Klaim Dividen Naik", TITLE]
    stories = {n: [make_report(n, "ABCD"[n], title, hours=n)] for n, title in enumerate(titles)}
    assert {story_id for story_id, _ in choose_mix(rank_stories(stories, NOW), 3)} == {0, 1, 3}


def test_mix_is_sorted_by_topic_and_the_readers_own_come_first() -> None:
    stories = make_stories(*"ABCDEF", topics=("hiburan", "olahraga", "politik"))
    topics = {story.id: story.reports[0].topic for story in stories.stories}
    assert [topics[story] for story, _ in choose_mix(stories, 6)] == [
        *("politik", "politik", "olahraga", "olahraga", "hiburan", "hiburan")
    ]
    assert [topics[story] for story, _ in choose_mix(stories, 6, ("hiburan",))][:2] == ["hiburan", "hiburan"]


def test_mix_passes_over_stories() -> None:
    assert {story_id for story_id, _ in choose_mix(make_stories(*"ABCD"), 2, without={1, 3})} == {2, 4}


@pytest.mark.parametrize(
    ("regional", "count", "chosen"),
    [
        ({}, 4, [1, 2, 3, 4]),
        # Half of the digest, and the most important story of all.
        ({7: "35", 8: "35", 9: "35"}, 4, [7, 8, 1, 2]),
        ({7: "35", 8: "35", 9: "35"}, 3, [7, 8, 1]),
        ({7: "35", 8: "35", 9: "35"}, 1, [1]),
        ({1: "35", 8: "35", 9: "35"}, 4, [1, 8, 2, 3]),
        # By region, in the order of the codes.
        ({7: "51", 8: "35"}, 4, [8, 7, 1, 2]),
        ({9: "35"}, 4, [9, 1, 2, 3]),
        # Further stories of regions come on their own weight.
        ({1: "35", 2: "35", 3: "35"}, 4, [1, 2, 3, 4]),
    ],
)
def test_mix_prefers_stories_of_regions_but_has_the_top_story(
    regional: dict[int, str], count: int, chosen: list[int]
) -> None:
    assert [story_id for story_id, _ in choose_mix(make_stories(*"ABCDEFGHI"), count, regional=regional)] == chosen


def test_mix_does_not_fill_up_with_one_outlet_of_the_region() -> None:
    stories = make_stories(*"ABCDXXXXX")
    chosen = {story_id for story_id, _ in choose_mix(stories, 6, regional=dict.fromkeys(range(5, 10), "35"))}
    assert chosen == {1, 2, 3, 4, 5, 6}
    # Unless there is no other outlet.
    alone = {story_id for story_id, _ in choose_mix(make_stories(*"XXXXXXX"), 3, regional={6: "35", 7: "35"})}
    assert alone == {1, 6, 7}


def test_stories_are_merged_into_a_ranking() -> None:
    before = make_stories(*"ABC")
    (second,) = [story for story in before.stories if story.id == 2]
    angle = make_report(22, "B", "Warga Malang Ikut Antre Beras", hours=2)
    quake = [make_report(n, outlet, f"Gempa Guncang Malang {outlet}", hours=1) for n, outlet in ((44, "A"), (45, "B"))]
    again = rank_stories({2: [*second.reports, angle], 4: quake}, NOW, before.wording)
    merged = merge_ranking(before, again.stories)
    assert [story.id for story in merged.stories] == [4, 2, 1, 3]
    assert {story for story in before.stories if story.id != 2} < {*merged.stories}
    assert merged.wording.compare(angle, angle) == pytest.approx(1)


def test_mix_of_nothing() -> None:
    assert choose_mix(rank_stories({}, NOW), 8) == ()
    assert choose_mix(make_stories(*"AB"), 0) == ()
