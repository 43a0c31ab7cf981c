from __future__ import annotations

import pytest

from summaries.text.cleaning import clean, find_own_outlet

NEWS = "Sebuah startup di Malang merilis aplikasi pencatat panen. Pengunduhnya mencapai seribu petani dalam sepekan."
PORTAL = "DailySocial.id adalah portal berita startup dan inovasi teknologi."
CLUB = "Kamu bisa menjadi member komunitas startup dan inovasi DailySocial.id, mengunduh laporan riset gratis."


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        (f"Malang, Kabar Desa -- {NEWS}", None),
        (f"Malang, CNN Indonesia -- {NEWS}", "CNN Indonesia"),
        (f"{NEWS} {PORTAL} {CLUB}", "DailySocial.id"),
        (f"{NEWS}\n\n{PORTAL}\n{CLUB}", "DailySocial.id"),
        (f"{NEWS} Sumber: TechCrunch. {PORTAL} {CLUB}", "DailySocial.id"),
        # Glued to a fragment, the first one stays in the text; the second repeats it.
        (f"{NEWS} Rincian biayanya di bawah ini: {PORTAL} {CLUB}", "DailySocial.id"),
        # The dateline comes before the closing words of a syndicated text.
        (f"Merdeka.com - {NEWS} {CLUB}", "Merdeka.com"),
        (NEWS, None),
        ("", None),
    ],
)
def test_outlet_is_found_in_dateline_or_closing_words(text: str, outlet: str | None) -> None:
    assert find_own_outlet(text, clean(text)) == outlet


@pytest.mark.parametrize(
    "other",
    [
        # News about a portal, and a credit, are no closing words of the portal.
        "Garasi.id adalah portal jual beli mobil bekas yang berdiri pada 2016. Pemiliknya seorang dokter di Malang.",
        "Petani bisa menjadi member koperasi Panen.id, yang membeli hasil mereka. Iurannya lima ribu rupiah.",
        "Sumber: Panen.id.",
        "Sumber berita: panen.com",
    ],
)
def test_mention_of_another_outlet_is_ignored(other: str) -> None:
    text = f"{NEWS} {other}"
    assert find_own_outlet(text, clean(text)) is None
