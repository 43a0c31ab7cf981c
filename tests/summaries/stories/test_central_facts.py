"""The sentence of a second outlet that a digest adds: the central fact, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from summaries.model import SHORT, Article, Origin, StoredArticle, Summary, SummarySentence
from summaries.stories.central_facts import StoryReport, find_central_addition, is_plain

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
SHOWN = ("Longsor Terjang Desa Telaga", "Longsor menerjang Desa Telaga di Kabupaten Sukamakmur pada Senin dini hari.")


def report(number: int, outlet: str, title: str, text: str, *, hours: int = 0) -> StoryReport:
    """Return an article whose summary is its whole text, which has one sentence."""
    stored = StoredArticle(number, str(number), Article(title, text, outlet=outlet), Origin.FEED, NOW)
    summary = Summary((SummarySentence(text, 0, len(text)),), "ringkas", SHORT, "id")
    stored = StoredArticle(number, str(number), stored.article, Origin.FEED, NOW + timedelta(hours=hours))
    return StoryReport(stored, (summary,))


def find_sentence(*reports: StoryReport) -> str | None:
    addition = find_central_addition(reports)
    if addition is None:
        return None
    assert addition.lacking == {(1, SHORT.code)}
    texts = {one.stored.id: one.stored.article.text for one in reports}
    return texts[addition.article_id][addition.start : addition.end]


@pytest.mark.parametrize(
    ("shown", "title", "sentence"),
    [
        (SHOWN, "Longsor di Desa Telaga, 7 Tewas", "Tujuh orang tewas dalam longsor di Desa Telaga pada Senin."),
        (
            SHOWN,
            "Kerugian Longsor Desa Telaga Rp 12 Miliar",
            "Kerugian akibat longsor di Desa Telaga mencapai Rp 12 miliar.",
        ),
        (
            (
                "Sidang Bupati Sitti Rahma Digelar",
                "Sidang Bupati Sitti Rahma dijaga ketat sejak pagi di Pengadilan Tipikor.",
            ),
            "Bupati Sitti Rahma Divonis 4 Tahun Penjara",
            "Hakim menjatuhkan hukuman 4 tahun penjara kepada Bupati Sitti Rahma dalam kasus suap irigasi.",
        ),
    ],
    ids=["deaths", "money", "years"],
)
def test_sentence_has_the_fact_of_the_headline(shown: tuple[str, str], title: str, sentence: str) -> None:
    assert find_sentence(report(1, "Kabar Desa", *shown), report(2, "Warta Kota", title, sentence)) == sentence


DEAD = "Longsor di Desa Telaga, 7 Tewas"


@pytest.mark.parametrize(
    ("title", "sentence", "outlet"),
    [
        ("Longsor di Desa Telaga", "Tujuh orang tewas dalam longsor di Desa Telaga pada Senin.", "Warta Kota"),
        (DEAD, "Tujuh orang tewas dalam longsor di Desa Telaga pada Senin.", "kabar desa"),
        (DEAD, "Tujuh orang tewas dalam kecelakaan bus di jalan tol.", "Warta Kota"),
        (DEAD, "Menurut Bupati, tujuh orang tewas dalam longsor di Desa Telaga.", "Warta Kota"),
        (DEAD, "“Tujuh orang tewas dalam longsor di Desa Telaga,” kata Bupati.", "Warta Kota"),
        (
            DEAD,
            "Tujuh orang tewas dalam longsor di Desa Telaga itu, " + "dan warga mengungsi " * 12 + ".",
            "Warta Kota",
        ),
    ],
    ids=["not in a headline", "same outlet", "other event", "opinion", "quotation", "long"],
)
def test_other_sentences_are_not_added(title: str, sentence: str, outlet: str) -> None:
    assert find_sentence(report(1, "Kabar Desa", *SHOWN), report(2, outlet, title, sentence)) is None


@pytest.mark.parametrize(
    "known",
    [
        "Longsor menerjang Desa Telaga pada Senin dan menewaskan tujuh warga.",
        "Longsor menerjang Desa Telaga pada Senin, 7 orang meninggal.",
        "Longsor menerjang Desa Telaga pada Senin, lima orang tewas.",
    ],
    ids=["in words", "in digits", "another number"],
)
def test_summary_with_the_fact_gets_no_addition(known: str) -> None:
    added = report(2, "Warta Kota", DEAD, "Tujuh orang tewas dalam longsor di Desa Telaga pada Senin.")
    assert find_sentence(report(1, "Kabar Desa", SHOWN[0], known), added) is None


def test_contested_number_is_not_added() -> None:
    added = report(2, "Warta Kota", DEAD, "Tujuh orang tewas dalam longsor di Desa Telaga pada Senin.")
    later = report(3, "Antara", "Korban Longsor Jadi 9 Orang", "Sembilan orang tewas dalam longsor itu.", hours=2)
    assert find_sentence(report(1, "Kabar Desa", *SHOWN), added, later) is None


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Polisi menangkap Zabidi di Depok.", True),
        ("Polisi menangkap Zabidi di Depok ...", False),
        ("Gempa bermagnitudo 7.", False),
        ("Kepindahan ini terjadi setelah ayahnya ditangkap.", False),
        ("Polisi menangkap pria tersebut di Depok.", False),
        ("Jumlah korban diperkirakan 25 orang.", False),
        ("Nilai tukar rupiah menyentuh Rp 14.000 per dolar.", False),
    ],
)
def test_plain_sentences_are_whole_and_clear(sentence: str, *, expected: bool) -> None:
    assert is_plain(sentence) is expected
