"""Stories of a batch, on short articles of our own."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from summaries.stories import cluster, index, make_signature
from summaries.stories.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIB = timezone(timedelta(hours=7))


class HasStory:
    signature: Signature
    story: str


def collect_groups(stories: Mapping[str, str]) -> set[frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for article_id, story in stories.items():
        found[story].add(article_id)
    return {frozenset(ids) for ids in found.values()}


def expected_groups(labelled: Iterable[HasStory]) -> set[frozenset[str]]:
    return collect_groups({one.signature.id: one.story for one in labelled})


def test_clusters_match_the_labels(labelled: tuple[HasStory, ...]) -> None:
    assert collect_groups(cluster([one.signature for one in labelled])) == expected_groups(labelled)


def test_fact_check_is_in_no_story_with_news() -> None:
    title, text = "Bendungan Welasi Jebol dan Ribuan Orang Tewas", "Bendungan Welasi jebol. Ribuan orang tewas. " * 9
    news, check, other = (
        make_signature(name, title, text, outlet=name, is_fact_check=is_check)
        for name, is_check in (("news", False), ("check", True), ("other", True))
    )
    assert collect_groups(cluster([news, check, other])) == {frozenset({"news"}), frozenset({"check", "other"})}
    assert len(collect_groups(cluster([news, replace(check, kind=news.kind)]))) == 1


@pytest.mark.parametrize("seed", range(5))
def test_order_does_not_matter(signatures: tuple[Signature, ...], seed: int) -> None:
    shuffled = list(signatures)
    random.Random(seed).shuffle(shuffled)
    assert cluster(shuffled) == cluster(signatures)


def test_story_is_named_after_its_first_article(signatures: tuple[Signature, ...]) -> None:
    stories = cluster(signatures)
    assert stories["api-3"] == "api-1"
    late = [replace(s, published_at=None) if s.id == "api-1" else s for s in signatures]
    assert cluster(late)["api-1"] == "api-2"  # an unknown moment comes last


def test_missing_outlets_and_times_give_the_same_stories(labelled: tuple[HasStory, ...]) -> None:
    bare = [replace(one.signature, outlet=None, published_at=None) for one in labelled]
    assert collect_groups(cluster(bare)) == expected_groups(labelled)


def test_articles_more_than_three_days_apart_are_not_grouped(signatures: tuple[Signature, ...]) -> None:
    first = signatures[0]
    assert first.published_at is not None
    for hours, story in ((71, first.id), (73, "again")):
        moment = first.published_at + timedelta(hours=hours)
        again = replace(first, id="again", outlet="Lain", published_at=moment)
        assert cluster([first, again])["again"] == story


def test_large_batch_is_clustered_day_by_day(labelled: tuple[HasStory, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "MAX_BATCH", 3)
    articles = [one.signature for one in labelled]
    undated = [replace(s, published_at=None) if s.id in ("api-2", "jalan-2") else s for s in articles]
    assert collect_groups(cluster(undated)) == expected_groups(labelled)


def test_large_batch_without_dates_is_clustered(
    labelled: tuple[HasStory, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MAX_BATCH", 3)
    bare = [replace(one.signature, published_at=None) for one in labelled]
    assert collect_groups(cluster(bare)) == expected_groups(labelled)


@pytest.mark.parametrize("text", ["", "   ", "!?", "dan di yang", "123 456", "\u200b\u202e", "🙂" * 50])
def test_articles_without_words_are_not_grouped(text: str) -> None:
    empty = [make_signature(str(i), text, text, outlet=f"o{i}") for i in range(4)]
    assert cluster(empty) == {str(i): str(i) for i in range(4)}


def write_hoax(bank: str) -> tuple[str, str]:
    text = (
        f"Beredar di WhatsApp tautan undian berhadiah mobil yang mengatasnamakan Bank {bank}. Pesan itu meminta "
        f"nasabah mengisi nama dan PIN.\n\nTautan tersebut palsu. Bank {bank} mengumumkan undian di situs resmi."
    )
    return f"Cek Fakta: Tautan Undian Mobil dari Bank {bank} Hoaks", text


def write_schedule(opponent: str) -> tuple[str, str]:
    text = (
        f"Jadwal siaran langsung Garuda Muda vs {opponent} di Piala Selatan U-20 dapat disimak di sini. Laga ini "
        "dimainkan pada malam hari di Stadion Cendana.\n\nPelatih Bram Sudirja membawa 23 pemain."
    )
    return f"Jadwal Siaran Langsung Garuda Muda vs {opponent} di Piala Selatan U-20", text


def write_result(opponent: str, day: str) -> tuple[str, str]:
    text = (
        f"Persada menang 2-0 atas {opponent} di Stadion Cendana, {day} malam. Dua gol dicetak Rio Mahendra pada babak "
        "kedua.\n\nPersada memimpin klasemen Liga Utama."
    )
    return f"Hasil Persada vs {opponent}: Menang 2-0, Persada Memimpin Klasemen", text


def write_prices(day: str, change: str) -> tuple[str, str]:
    text = (
        f"Harga bitcoin dan kripto teratas lain melemah pada {day}. Bitcoin (BTC) turun {change} persen dalam 24 jam. "
        "Ethereum (ETH), solana (SOL) dan dogecoin (DOGE) ikut turun."
    )
    return "Harga Kripto Hari Ini: Bitcoin dan Ethereum Kompak Melemah", text


def write_horoscope(day: str) -> tuple[str, str]:
    text = (
        f"Ramalan zodiak hari ini, {day}, membawa pesan bagi setiap bintang. Aries perlu sabar, sedangkan Leo mendapat "
        "kabar baik soal keuangan.\n\nSimak ramalan dua belas zodiak tentang karier, asmara, dan kesehatan."
    )
    return "Ramalan Zodiak Hari Ini: Karier, Asmara, dan Keuangan 12 Bintang", text


@pytest.mark.parametrize(
    ("articles", "outlets"),
    [
        ({"03-04T08:00": write_hoax("Sagara"), "03-04T11:00": write_hoax("Lazuardi")}, ["Kabar Kota"]),
        ({"03-04T05:00": write_schedule("Kamboja"), "03-04T15:40": write_schedule("Laos")}, ["Kabar Kota"]),
        (
            {
                "03-04T22:00": write_result("Kencana", "Selasa (4/3)"),
                "03-06T22:00": write_result("Merapi", "Kamis (6/3)"),
            },
            ["Kabar Kota", "Warta Nusa"],
        ),
        (
            {
                "03-04T08:00": write_prices("Selasa (4/3/2025)", "1,27"),
                "03-05T08:00": write_prices("Rabu (5/3/2025)", "0,92"),
            },
            ["Kabar Kota", "Warta Nusa"],
        ),
        ({f"03-0{day}T06:00": write_horoscope(f"{day} Maret 2025") for day in (3, 4, 5, 6)}, ["Kabar Kota"]),
    ],
    ids=["hoaxes about two banks", "previews of two matches", "two matches", "prices of two days", "four horoscopes"],
)
def test_events_in_the_same_words_stay_apart(articles: dict[str, tuple[str, str]], outlets: list[str]) -> None:
    signatures = [
        make_signature(time, *article, outlet=outlet, published_at=datetime.fromisoformat(f"2025-{time}+07:00"))
        for (time, article), outlet in zip(articles.items(), cycle(outlets), strict=False)
    ]
    assert cluster(signatures) == {time: time for time in articles}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            (
                "Jaksa Sita Rp 11,8 Triliun dari Nusa Palma",
                "Kejaksaan Agung menyita Rp 11,8 triliun dan 376 sertifikat dari Nusa Palma dalam perkara sawit.",
            ),
            (
                "Tumpukan Uang Rp 11,8 T Dipamerkan",
                "Kejaksaan Agung memamerkan uang Rp 11,8 triliun dan 376 sertifikat dari lima usaha Nusa Palma.",
            ),
        ),
        (
            ("Gudang Cigondewah Terbakar", "Gudang kain di Cigondewah terbakar, Senin (3/3) malam. Pekerja selamat."),
            (
                "Kebakaran Gudang Kain di Cigondewah Padam",
                "Api di gudang kain Cigondewah padam pada Selasa (4/3) pagi.",
            ),
        ),
    ],
    ids=["the same numbers", "another day mentioned"],
)
def test_reports_of_one_event_in_other_words_are_grouped(one: tuple[str, str], other: tuple[str, str]) -> None:
    moment = datetime(2025, 3, 4, 9, tzinfo=WIB)
    assert cluster([
        make_signature("1", *one, outlet="Kabar Kota", published_at=moment),
        make_signature("2", *other, outlet="Warta Nusa", published_at=moment + timedelta(hours=2)),
    ]) == {"1": "1", "2": "1"}  # fmt: skip


def test_empty_batch_gives_no_clusters() -> None:
    assert cluster([]) == {}
