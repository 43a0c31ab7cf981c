"""Disagreements between outlets, as tables of sentences that were written for these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from summaries.model import Article, Origin, StoredArticle
from summaries.stories.disagreements import MAX_ARTICLES, SHOWN_KINDS, find_disagreements, may_disagree
from summaries.stories.figures import Kind

START = datetime(2026, 3, 5, 9, tzinfo=UTC)


def store(number: int, outlet: str, text: str, *, title: str = "", minutes: int = 0) -> StoredArticle:
    article = Article(title, text, outlet=outlet, published_at=START + timedelta(minutes=minutes))
    return StoredArticle(number, str(number), article, Origin.FEED, START)


def compare(one: str, other: str, *, title: str = "", minutes: int = 0) -> list[tuple[Kind, list[str], list[bool]]]:
    """Return for each disagreement the kind, the numbers as written, and whether each is marked as later."""
    articles = [store(1, "Kabar A", one, title=title), store(2, "Kabar B", other, title=title, minutes=minutes)]
    texts = {stored.id: stored.article.text for stored in articles}
    for found in find_disagreements(articles):
        assert may_disagree(articles, [found.kind])
        for said in found.statements:
            assert texts[said.article_id][said.start : said.end] == said.sentence
    return [
        (
            found.kind,
            [texts[said.article_id][said.number_start : said.number_end] for said in found.statements],
            [said.is_later for said in found.statements],
        )
        for found in find_disagreements(articles)
    ]


@pytest.mark.parametrize(
    ("one", "other", "kind", "numbers"),
    [
        (
            "Sebanyak 12 orang tewas dalam kebakaran pasar itu.",
            "Kebakaran pasar itu menewaskan sembilan orang.",
            Kind.DEATHS,
            ["12", "sembilan"],
        ),
        (
            "Korban tewas akibat banjir bandang bertambah menjadi 14 orang.",
            "Banjir bandang menyebabkan 11 korban jiwa.",
            Kind.DEATHS,
            ["14", "11"],
        ),
        (
            "Dua orang tewas dan 17 lainnya luka-luka.",
            "Kecelakaan itu melukai 19 orang dan menewaskan dua orang.",
            Kind.INJURED,
            ["17", "19"],
        ),
        (
            "Dua warga tewas tertimpa reruntuhan, satu luka-luka.",
            "Dua orang tewas, tiga lainnya luka-luka.",
            Kind.INJURED,
            ["satu", "tiga"],
        ),
        (
            "Sampai sore ini, tujuh orang masih hilang.",
            "Tim masih mencari, sebab sembilan orang belum ditemukan.",
            Kind.MISSING,
            ["tujuh", "sembilan"],
        ),
        (
            "Sebanyak 30 penumpang selamat dari kapal itu.",
            "Basarnas mencatat 28 penumpang berhasil diselamatkan.",
            Kind.SURVIVORS,
            ["30", "28"],
        ),
        (
            "Lima mahasiswa selamat setelah perahu terbalik.",
            "Empat mahasiswa yang selamat dirawat.",
            Kind.SURVIVORS,
            ["Lima", "Empat"],
        ),
        (
            "Gempa bermagnitudo 5,6 mengguncang Maluku.",
            "Gempa M 5,9 terasa sampai Ambon.",
            Kind.MAGNITUDE,
            ["5,6", "5,9"],
        ),
        (
            "Pusat gempa berada di laut pada kedalaman 10 kilometer.",
            "Pusat gempa berada di laut pada kedalaman 26 kilometer.",
            Kind.DEPTH,
            ["10", "26"],
        ),
        (
            "Jaksa menuntut terdakwa membayar denda Rp 300 juta subsider enam bulan.",
            "Terdakwa dituntut jaksa membayar denda sebesar Rp350 juta subsider enam bulan.",
            Kind.MONEY,
            ["300 juta", "350 juta"],
        ),
        (
            "Jaksa menuntut terdakwa membayar denda Rp 300 juta subsider enam bulan.",
            "Terdakwa dituntut jaksa membayar denda Rp350 juta subsider enam bulan. Pejabat itu disuap Rp 300 juta.",
            Kind.MONEY,
            ["300 juta", "350 juta"],
        ),
        (
            "Persegi Ciputat mengalahkan Rajawali dengan skor 3-1.",
            "Persegi Ciputat menang 2-1 atas Rajawali.",
            Kind.SCORE,
            ["3-1", "2-1"],
        ),
        (
            "Api di gudang itu mulai berkobar pukul 02.10 WIB.",
            "Api di gudang itu mulai berkobar pukul 03.25 WIB.",
            Kind.TIME,
            ["02.10 WIB", "03.25 WIB"],
        ),
        (
            "Pendaftaran beasiswa daerah ditutup pada 9 April 2026.",
            "Pendaftaran beasiswa daerah ditutup pada 12 April 2026.",
            Kind.DATE,
            ["9 April 2026", "12 April 2026"],
        ),
        (
            "Warga dilarang mendekati kawah dalam radius tiga kilometer dari puncak.",
            "Warga dilarang mendekati kawah dalam radius lima kilometer dari puncak.",
            Kind.DISTANCE,
            ["tiga", "lima"],
        ),
        (
            "Korban bernama Sulastri Wahyuni (54) dimakamkan keluarga.",
            "Jenazah Sulastri Wahyuni (57) dibawa pulang.",
            Kind.AGE,
            ["54", "57"],
        ),
        (
            "Sulastri Wahyuni, 54 tahun, dimakamkan keluarga.",
            "Jenazah Sulastri Wahyuni yang berusia 57 tahun dibawa pulang.",
            Kind.AGE,
            ["54", "57"],
        ),
        (
            "Tim mencari Hasbullah (75) sejak kemarin.",
            "Tim mencari Hasbulah (73 tahun).",
            Kind.AGE,
            ["75", "73"],
        ),
        (
            "Yuance Chen (37) dan Liren Lai (38) ditangkap.",
            "Yance Chen (38) dan Liren Lai (38) ditangkap.",
            Kind.AGE,
            ["37", "38"],
        ),
        (
            "Kebakaran Merenggut Nyawa 12 Orang.",
            "Kebakaran itu tewaskan sembilan orang.",
            Kind.DEATHS,
            ["12", "sembilan"],
        ),
        (
            "Universitas berduka setelah dua mahasiswanya dinyatakan meninggal.",
            "Tiga mahasiswa meninggal dalam kecelakaan kapal.",
            Kind.DEATHS,
            ["dua", "Tiga"],
        ),
        (
            "Peraturan presiden itu diteken pada Kamis (20/10/2016).",
            "Peraturan presiden itu diteken pada 21 Oktober 2016.",
            Kind.DATE,
            ["(20/10/2016)", "21 Oktober 2016"],
        ),
        (
            "Polisi menetapkan dua pegawai bank sebagai tersangka korupsi kredit.",
            "Polisi menetapkan tiga tersangka korupsi kredit bank.",
            Kind.COUNT,
            ["dua", "tiga"],
        ),
        (
            "Terdakwa wajib membayar denda Rp 300 juta dan uang pengganti Rp 2 miliar.",
            "Terdakwa wajib membayar denda Rp350 juta dan uang pengganti Rp 2 miliar.",
            Kind.MONEY,
            ["300 juta", "350 juta"],
        ),
        (
            "Polisi menyita 120 kendaraan dari gudang tersangka.",
            "Dari gudang tersangka, polisi menyita 180 kendaraan.",
            Kind.COUNT,
            ["120", "180"],
        ),
    ],
)
def test_different_numbers_are_a_disagreement(one: str, other: str, kind: Kind, numbers: list[str]) -> None:
    assert [found[:2] for found in compare(one, other)] == [(kind, numbers)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # rounding and limits
        ("Anggaran sekolah itu mencapai Rp1,2 miliar.", "Anggaran sekolah itu mencapai Rp 1.234.567.890."),
        ("Panitia mencatat 1,2 juta pengunjung pameran.", "Panitia mencatat 1.234.567 pengunjung pameran."),
        ("Sekitar 480 orang mengungsi.", "Sebanyak 500 orang mengungsi."),
        ("Lebih dari 100 orang terluka.", "Sebanyak 112 orang terluka."),
        ("Hampir 300 orang mengungsi.", "Sebanyak 284 orang mengungsi."),
        ("Api berkobar sekitar pukul 02.00 WIB.", "Api berkobar pukul 02.10 WIB."),
        # history and other events
        ("Gempa itu menewaskan 12 orang.", "Gempa pada 2004 menewaskan 40 orang di kota yang sama."),
        ("Kecelakaan itu menewaskan tiga orang.", "Bulan lalu, kecelakaan serupa menewaskan 15 orang."),
        ("Korban tewas tiga orang.", "Rata-rata 18 orang tewas di jalan itu."),
        ("Gempa bermagnitudo 6,1 mengguncang Ende.", "Gempa susulan bermagnitudo 4,2 mengguncang Ende."),
        ("Tiga orang tewas.", "Baca juga: Kapal Terbakar, Tujuh Orang Tewas."),
        # parts and totals
        ("Banjir menewaskan 30 orang.", "Di Aceh, 12 orang tewas."),
        ("Banjir menewaskan 30 orang.", "Sebanyak 12 orang tewas di Pidie."),
        ("Sebanyak 12 mahasiswa tewas.", "Sebanyak 14 orang tewas."),
        ("Dari 65 orang di kapal, 30 orang selamat.", "Dari 53 orang di kapal, 30 orang selamat."),
        ("Sebanyak 12 orang selamat.", "Lima mahasiswa dan tujuh warga selamat."),
        ("Komisi menyetujui 14 calon hakim.", "Komisi menyetujui 11 calon hakim dan 3 calon hakim khusus."),
        (
            "Belanja negara mencapai Rp 1.406 triliun pada semester pertama.",
            "Belanja negara mencapai Rp 3.527 triliun sampai akhir tahun.",
        ),
        ("Banjir menewaskan 30 orang.", "Korban tewas bertambah 12 orang."),
        ("Banjir menewaskan 30 orang.", "Sebanyak 12 orang tewas lagi."),
        ("Sebanyak 30 korban selamat.", "Sebanyak 20 korban selamat yang dipulangkan ke keluarga."),
        ("Sebanyak 30 orang luka-luka.", "Sebanyak 12 orang luka berat."),
        ("Banjir menewaskan 30 orang.", "Korban tewas diperkirakan bertambah menjadi 45 orang."),
        ("Banjir menewaskan 30 orang.", "Sebanyak 12 warga Pidie tewas."),
        # ranges and changes
        ("Tarif ojek naik 8 sampai 15 persen.", "Tarif ojek naik 15 persen."),
        ("Harga beras naik dari Rp 12.000 menjadi Rp 14.000.", "Harga beras naik menjadi Rp 14.000."),
        # other units and rates
        ("Nilai kontrak itu US$ 34 juta.", "Nilai kontrak itu Rp 550 miliar."),
        ("Nilai kontrak Rp 550 miliar (kurs Rp 16.195).", "Nilai kontrak Rp 550 miliar (kurs Rp 16.206)."),
        # other things
        ("Jaksa menyebut terdakwa menerima suap Rp 600 juta.", "Jaksa menyebut terdakwa membayar denda Rp 650 juta."),
        ("Persegi menang 2-0 atas Rajawali.", "Pada pertemuan terakhir Persegi menang 1-0 atas Rajawali."),
        ("Harga emas Suaka turun Rp 12.000 per gram.", "Harga emas Garuda turun Rp 7.000 per gram."),
        ("Ia dijerat Pasal 21 tentang korupsi.", "Ia dijerat Pasal 12 tentang korupsi."),
        ("Sumarni (40) dan Wulandari (31) terluka.", "Sumarni (40) dan Handayani (29) terluka."),
        ("Bocah bernama Budi (7) terluka.", "Pengemudi bernama Budi (31) terluka."),
        ("Ia dijerat Pasal 21 Ayat (1).", "Ia dijerat Pasal 21 Ayat (2)."),
        ("Gempa M 6,2 mengguncang Ende.", "Gempa M 7,7 mengguncang Ende."),
        ("Harga emas turun Rp 12.000 per gram.", "Harga emas turun Rp 17.000 per gram."),
        ("Polisi menangkap tujuh pelaku.", "Polisi memeriksa dua belas saksi."),
        ("IHSG turun 0,67 persen.", "IHSG turun 0,81 persen."),
        ("Rapat dimulai Rabu (4/3/2026).", "Rapat dimulai Kamis (5/3/2026)."),
        ("Babak pertama berakhir dengan skor 1-0.", "Persegi Ciputat menang dengan skor 2-1."),
        # the other outlet has the number, too
        ("Dua belas orang tewas.", "Semula 12 orang dilaporkan tewas. Sebanyak 12 orang tewas. Kini 13 orang tewas."),
    ],
)
def test_consistent_numbers_are_no_disagreement(one: str, other: str) -> None:
    assert compare(one, other) == []


def test_rising_number_of_victims_is_marked_as_later() -> None:
    one, other = "Gempa itu menewaskan empat orang.", "Korban tewas bertambah menjadi 11 orang."
    assert compare(one, other, minutes=200) == [(Kind.DEATHS, ["empat", "11"], [False, True])]
    assert compare(one, other, minutes=10) == [(Kind.DEATHS, ["empat", "11"], [False, False])]
    assert compare(other, one, minutes=200) == [(Kind.DEATHS, ["11", "empat"], [False, False])]


@pytest.mark.parametrize(
    ("reports", "is_update"),
    [
        ([("empat", 0), ("11", 200)], True),
        ([("empat", 0), ("11", 10)], False),
        ([("11", 0), ("empat", 200)], False),
        ([("empat", 0), ("sembilan", 120), ("11", 240)], True),
        ([("empat", 0), ("sembilan", 230), ("11", 240)], False),
        ([("empat", 0), ("empat", 230), ("11", 240)], False),
    ],
)
def test_update_leaves_no_dispute(reports: list[tuple[str, int]], is_update: bool) -> None:
    articles = [
        store(number, f"Kabar {number}", f"Gempa itu menewaskan {dead} orang.", minutes=minutes)
        for number, (dead, minutes) in enumerate(reports)
    ]
    assert [found.is_update for found in find_disagreements(articles)] == [is_update]


def test_outlets_correction_replaces_its_number() -> None:
    articles = [
        store(1, "Kabar A", "Gempa itu menewaskan empat orang."),
        store(2, "Kabar B", "Gempa itu menewaskan enam orang.", minutes=10),
        store(3, "Kabar A", "Gempa itu menewaskan enam orang.", minutes=20),
    ]
    assert len(find_disagreements(articles[:2])) == 1
    assert find_disagreements(articles) == []


def test_articles_of_one_outlet_do_not_disagree() -> None:
    articles = [
        store(1, "Kabar A", "Gempa itu menewaskan empat orang."),
        store(2, "KABAR A ", "Gempa itu menewaskan enam orang.", minutes=10),
    ]
    assert find_disagreements(articles) == []


def test_number_in_a_title_is_shown_with_the_title() -> None:
    articles = [
        store(1, "Kabar A", "Warga panik.", title="Gempa M 7 Guncang Ende"),
        store(2, "Kabar B", "Gempa magnitudo 7,4 mengguncang Ende.", title="Gempa Ende"),
    ]
    (found,) = find_disagreements(articles)
    assert [(said.is_title, said.sentence) for said in found.statements] == [
        (True, "Gempa M 7 Guncang Ende"),
        (False, "Gempa magnitudo 7,4 mengguncang Ende."),
    ]


def test_large_story_is_compared_by_its_latest_articles() -> None:
    articles = [store(1, "Kabar A", "Gempa itu menewaskan empat orang.")]
    articles += [
        store(number, f"Kabar {number}", "Gempa itu menewaskan enam orang.", minutes=number)
        for number in range(2, MAX_ARTICLES + 2)
    ]
    assert find_disagreements(articles) == []


@pytest.mark.parametrize(
    ("one", "other", "is_possible"),
    [
        ("Dua orang tewas.", "Tiga orang meninggal dunia.", True),
        ("Dua orang tewas.", "Tiga orang luka-luka.", False),
        ("Tujuh korban jiwa ditemukan.", "Merenggut sebelas nyawa.", True),
        ("Gempa M5,2 terasa.", "Gempa berkekuatan 5,4 terasa.", True),
        ("Budi (45) ditangkap.", "Budi, 46 tahun, ditangkap.", True),
        ("Harga naik 5 persen.", "Harga naik 7 persen.", False),
        ("Dua orang tewas.", "", False),
    ],
)
def test_articles_without_figures_of_one_kind_need_not_be_compared(one: str, other: str, is_possible: bool) -> None:
    articles = [store(1, "Kabar A", one), store(2, "Kabar B", other)]
    assert may_disagree(articles, SHOWN_KINDS) is is_possible
    # Other kinds have no cues, and one outlet cannot disagree with itself.
    assert may_disagree(articles, [Kind.MONEY])
    assert not may_disagree([store(1, "Kabar A", one), store(2, "KABAR A", one)], SHOWN_KINDS)
    assert not may_disagree(articles, [])
