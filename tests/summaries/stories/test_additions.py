"""Sentences that further outlets add to a story, written for these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from summaries.model import Article, Origin, StoredArticle, SummarySentence
from summaries.stories.additions import MAX_ADDITIONS, find_additions

START = datetime(2026, 3, 5, 9, tzinfo=UTC)
LEAD = "Kebakaran melanda pasar Wonokarto di Semarang pada Kamis pagi dan menghanguskan 40 kios."
NEW = [
    "Pedagang pasar Wonokarto meminta wali kota Hendrawan menyediakan lapak sementara di terminal Penggaron.",
    "Penyebab kebakaran pasar itu diduga hubungan pendek listrik pada pendingin ikan milik pedagang.",
    "Sebanyak 12 mobil pemadam dari Ungaran dan Demak dikerahkan ke pasar Wonokarto.",
    "Asuransi menanggung kerugian pedagang pasar Wonokarto senilai Rp 3,2 miliar, menurut dinas perdagangan.",
    "Sekolah dasar di belakang pasar Wonokarto meliburkan murid karena asap tebal memasuki ruang kelas.",
    "Gubernur Prasasti mengunjungi korban kebakaran pasar dan menjanjikan renovasi gedung tahun depan.",
]


def store(number: int, outlet: str, text: str) -> tuple[StoredArticle, list[SummarySentence]]:
    article = Article("Pasar Wonokarto Terbakar", text, outlet=outlet, published_at=START + timedelta(minutes=number))
    return StoredArticle(number, str(number), article, Origin.FEED, START), [SummarySentence(text, 0, len(text))]


def add(*others: tuple[str, str]) -> list[tuple[str | None, str]]:
    shown, summary = store(1, "Kabar A", LEAD)
    stored = [store(number, outlet, text) for number, (outlet, text) in enumerate(others, 2)]
    found = find_additions(shown, summary, [one for one, _ in stored], {one.id: sentences for one, sentences in stored})
    return [(addition.outlet, addition.sentence.text) for addition in found]


def test_each_outlet_adds_one_new_sentence() -> None:
    assert add(("Kabar B", NEW[0]), ("Kabar C", NEW[1])) == [("Kabar B", NEW[0]), ("Kabar C", NEW[1])]
    assert len(add(("Kabar B", NEW[0]), ("kabar b", NEW[1]))) == 1


def test_same_information_in_other_words_adds_nothing() -> None:
    assert add(("Kabar B", "Sebanyak 40 kios di pasar Wonokarto, Semarang, hangus terbakar pada Kamis pagi.")) == []
    assert add(("Kabar B", NEW[0]), ("Kabar C", NEW[0])) == [("Kabar B", NEW[0])]


def test_shown_outlet_adds_nothing() -> None:
    assert add(("KABAR A", NEW[0])) == []


def test_sentence_about_something_else_adds_nothing() -> None:
    assert (
        add(("Kabar B", "Aplikasi kami menyediakan berita pilihan, unduh gratis lewat Play Store sekarang juga.")) == []
    )


def test_date_and_speaker_alone_are_no_information() -> None:
    assert add(("Kabar B", "Pasar Wonokarto terbakar, kata petugas dalam keterangan tertulis, Kamis (5/3/2026).")) == []


def test_at_most_five_outlets_add_the_earliest_first() -> None:
    found = add(*((f"Kabar {number}", text) for number, text in enumerate(NEW)))
    assert [text for _, text in found] == NEW[:MAX_ADDITIONS]
