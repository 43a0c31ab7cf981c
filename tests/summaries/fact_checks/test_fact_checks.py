"""Fact-checks are found with verdict, claim and verdict sentence; news about hoaxes is not one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from summaries.fact_checks import classify, find_fact_check, find_shown_sentences, mark_fact_check
from summaries.model import Article, FactCheck, SummarySentence, Verdict
from tests.summaries.fact_checks.cases import FACT_CHECKS, LOOKALIKES, make_article


@pytest.mark.parametrize("row", FACT_CHECKS)
def test_finds_verdict_claim_and_sentence(row: dict[str, Any]) -> None:
    article = make_article(row)
    found = find_fact_check(article)
    assert found is not None
    assert (found.verdict, found.claim) == (row["verdict"], row["claim"])
    if found.sentence is None:
        assert "sentence" not in row
    else:
        assert found.sentence.text.startswith(row["sentence"])
        assert article.text[found.sentence.start : found.sentence.end] == found.sentence.text


@pytest.mark.parametrize("row", LOOKALIKES)
def test_news_about_hoaxes_is_no_fact_check(row: dict[str, Any]) -> None:
    assert find_fact_check(make_article(row)) is None


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("Salah", Verdict.FALSE),
        ("HOAKS", Verdict.FALSE),
        ("False", Verdict.FALSE),
        ("salah dan menyesatkan", Verdict.FALSE),
        ("tidak terbukti kebenarannya alias hoaks", Verdict.FALSE),
        ("Konteks yang salah", Verdict.MISLEADING),
        ("Sebagian Benar", Verdict.MISLEADING),
        ("Mostly false", Verdict.MISLEADING),
        ("Menyesatkan", Verdict.MISLEADING),
        ("Benar", Verdict.TRUE),
        ("True", Verdict.TRUE),
        ("Belum terbukti", Verdict.UNPROVEN),
        ("Bank Indonesia", None),
    ],
)
def test_classifies_ratings(said: str, verdict: Verdict | None) -> None:
    assert classify(said) is verdict


def test_statement_of_the_page_wins_over_title_and_text() -> None:
    article = Article(
        title="Benarkah Air Rebusan Daun Mangga Menurunkan Gula Darah?",
        text="Unggahan itu beredar di Facebook. Faktanya, klaim dalam unggahan itu menyesatkan.",
        fact_check=FactCheck(Verdict.MISLEADING, "Air rebusan daun mangga menyembuhkan diabetes"),
    )
    found = find_fact_check(article)
    assert found is not None
    assert (found.verdict, found.claim) == (Verdict.MISLEADING, "Air rebusan daun mangga menyembuhkan diabetes")
    assert found.sentence is not None
    assert found.sentence.text == "Faktanya, klaim dalam unggahan itu menyesatkan."


def test_earlier_result_stays_unless_the_text_has_changed() -> None:
    text = "Klaim itu salah. Video itu dari 2019."
    earlier = FactCheck(Verdict.FALSE, "Banjir besar", SummarySentence("Klaim itu salah.", 0, 16))
    article = Article(title="Cek Fakta: Banjir Besar", text=text, fact_check=earlier)
    assert find_fact_check(article) is earlier
    moved = find_fact_check(replace(article, text=f"Sebuah video beredar. {text}"))
    assert moved == FactCheck(Verdict.FALSE, "Banjir besar", SummarySentence("Klaim itu salah.", 22, 38))


def test_topic_of_fact_checks_is_only_for_fact_checks() -> None:
    checked = mark_fact_check(Article(title="[HOAKS] Bulan Terbelah", text="Narasi itu hoaks.", category="sains"))
    assert checked.category == "cek-fakta"
    assert checked.fact_check is not None
    other = mark_fact_check(Article(title="Jadwal Pencairan Bansos", text="Bansos cair Juli.", category="cek-fakta"))
    assert (other.category, other.fact_check) == (None, None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Beredar kabar bulan terbelah. Bulan terbelah di Solo.", ["Beredar kabar bulan terbelah."]),
        ("Beredar pesan. &ldquo;Awas! Kabar bulan terbelah,&rdquo; demikian pesan itu.", ["Beredar pesan."]),
        ("Hasil penelusuran: kabar itu palsu. Bulan utuh.", ["Hasil penelusuran: kabar itu palsu.", "Bulan utuh."]),
        ("Faktanya, kabar itu palsu. Isi narasi:\nBulan terbelah.", ["Faktanya, kabar itu palsu.", "Isi narasi:"]),
        ("Beredar tautan bulan-terbelah.site untuk mendaftar. Unggahan itu viral.", ["Unggahan itu viral."]),
        ("Unggahan itu viral. Cek di haji.kemenag.go.id atau tempo.co kabar itu.", None),
        ("Unggahan itu viral, benarkah? Segera daftar, kabar ini benar.", []),
    ],
)
def test_only_reports_and_research_may_be_shown(text: str, shown: list[str] | None) -> None:
    starts = find_shown_sentences(text, FactCheck(Verdict.FALSE, "Bulan terbelah"))
    if shown is None:
        assert len(starts) == 2
    else:
        assert starts == {text.index(sentence) for sentence in shown}


PLACE = "https://kabar.example/cek-fakta/read/6050000/judul-berita-ini"
NEWS = "https://kabar.example/nasional/read/6050000/judul-berita-ini"
REPORT = "Sebuah unggahan beredar di media sosial."


@pytest.mark.parametrize(
    ("title", "url", "verdict", "claim"),
    [
        ("Cek Fakta: Video Bupati Bagi Emas Hasil Deepfake", NEWS, "false", "Video Bupati Bagi Emas"),
        ("Cek Fakta: Foto Naga di Sungai Musi Buatan AI", NEWS, "false", "Foto Naga di Sungai Musi"),
        ("Cek Fakta: Klaim Madu Obat Rabies adalah Hoaks", NEWS, "false", "Klaim Madu Obat Rabies"),
        ("Cek Fakta: Kabar Sungai Musi Kering Tidak Terbukti", NEWS, "unproven", "Kabar Sungai Musi Kering"),
        ("Cek Fakta: Ini Bukan Video Banjir Musi", NEWS, "false", REPORT),
        ("Cek Fakta: Kemensos Bantah Buka Pendaftaran Bansos", NEWS, "false", REPORT),
        ("CEK FAKTA: Benarkah Sungai Musi Tak Lagi Keruh?", NEWS, "unproven", "Sungai Musi Tak Lagi Keruh"),
        ("[VIDEO] Hoaks, Bupati Lantik Menantu", PLACE, "false", "Bupati Lantik Menantu"),
        ("INFOGRAFIK: Hoaks Naga Musi", PLACE, "false", "Naga Musi"),
        ("Viral Naga Musi, Cek Faktanya", PLACE, "unproven", "Viral Naga Musi"),
        ("Waspada! Ini Deretan Hoaks Link Bansos", PLACE, "false", "Link Bansos"),
        ("5 Hoaks Seputar Haji", PLACE, "false", "Seputar Haji"),
        ("[KLARIFIKASI] Naga Musi Tidak Ada", NEWS, "misleading", REPORT),
        ("[BENAR] Video Evakuasi Warga Musi", NEWS, "true", "Video Evakuasi Warga Musi"),
        ("Misinformasi! Foto antrean gas di Musi", NEWS, "misleading", "Foto antrean gas di Musi"),
        ("Hoax atau Fakta: Naga Musi", NEWS, "unproven", "Naga Musi"),
        ("Naga Musi tidak benar, ini faktanya - Cek Fakta", NEWS, "false", "Naga Musi"),
        ("Kominfo Blokir 1.000 Situs Hoaks", PLACE, None, None),
        ("Kolaborasi Media Lawan Hoaks Pilkada", PLACE, None, None),
        ("Cek Fakta Menarik Seputar Bulan Purnama", NEWS, None, None),
        ("Salah Satu Korban Naga Musi, Ini Faktanya", PLACE, None, None),
        ("Benar-Benar Tangguh, Timnas Menang", PLACE, None, None),
        ("Polri: Video Penculikan di Musi Hoaks", NEWS, None, None),
        ("[POPULER] Naga Musi, Hoaks Ijazah", NEWS, None, None),
    ],
)
def test_title_alone_decides_where_the_text_says_nothing(
    title: str, url: str, verdict: str | None, claim: str | None
) -> None:
    found = find_fact_check(Article(title=title, text=f"{REPORT} Kepala dinas memeriksa hal itu.", url=url))
    assert (found and found.verdict, found and found.claim) == (verdict, claim)
