from __future__ import annotations

import pytest

from summaries.text.datelines import find_dateline

FOUND = [
    ("Jakarta, CNN Indonesia -- Warga", "Jakarta", "CNN Indonesia", "Warga"),
    ("JAKARTA, KOMPAS.com -Anggota", "Jakarta", "KOMPAS.com", "Anggota"),
    ("KOMPAS.com- Pelatih", None, "KOMPAS.com", "Pelatih"),
    ("Liputan6.com, Jakarta - Warga", "Jakarta", "Liputan6.com", "Warga"),
    ("Liputan6.com, Jakarta Warga", "Jakarta", "Liputan6.com", "Warga"),
    ("Liputan6.com, JakartaHari ini", "Jakarta", "Liputan6.com", "Hari ini"),
    ("TEMPO.CO,Jakarta- Untuk", "Jakarta", "TEMPO.CO", "Untuk"),
    ("REPUBLIKA.CO.ID, JAKARTA -- Warga", "Jakarta", "REPUBLIKA.CO.ID", "Warga"),
    ("TRIBUNNEWS.COM, JAKARTA - Warga", "Jakarta", "TRIBUNNEWS.COM", "Warga"),
    ("TRIBUN-TIMUR.COM, MAKASSAR - Warga", "Makassar", "TRIBUN-TIMUR.COM", "Warga"),
    ("Jakarta (ANTARA) - Warga", "Jakarta", "ANTARA", "Warga"),
    ("Garut, Jawa Barat (ANTARA News) - Warga", "Garut, Jawa Barat", "ANTARA News", "Warga"),
    ("London (ANTARA/Reuters) - Warga", "London", "ANTARA/Reuters", "Warga"),
    ("JAKARTA (Pos Kota) – Warga", "Jakarta", "Pos Kota", "Warga"),
    ("SOREANG, (PR).- Warga", "Soreang", "PR", "Warga"),
    ("Bisnis.com, JAKARTA—Warga", "Jakarta", "Bisnis.com", "Warga"),
    ("JawaPos.com - Warga", None, "JawaPos.com", "Warga"),
    ("VIVA – Warga", None, "VIVA", "Warga"),
    ("Jakarta, CNBC Indonesia - Warga", "Jakarta", "CNBC Indonesia", "Warga"),
    ("KUALA LUMPUR - Warga", "Kuala Lumpur", None, "Warga"),
    ("Jakarta - Warga", "Jakarta", None, "Warga"),
    ('JAKARTA– "Kami siap', "Jakarta", None, '"Kami siap'),
    ("\u200b JAKARTA - Warga", "Jakarta", None, "Warga"),
    ("LOS ANGELES, KOMPAS.com - Warga", "Los Angeles", "KOMPAS.com", "Warga"),
    ("DKI JAKARTA - Warga", "DKI Jakarta", None, "Warga"),
    ("Jakarta, KompasOtomotif - Warga", "Jakarta", "KompasOtomotif", "Warga"),
    ("ISTANBUL, 23 Februari 2016 (Antara/PRNewswire) - Warga", "Istanbul", "Antara/PRNewswire", "Warga"),
    ("TEMPO.CO,&nbsp;Jakarta&nbsp;-&nbsp;Warga", "Jakarta", "TEMPO.CO", "Warga"),
    ("Markas Besar PBB / New York (ANTARA News) - Warga", "Markas Besar PBB / New York", "ANTARA News", "Warga"),
    ("Kuala Lumpur, (AntaraKL) - Warga", "Kuala Lumpur", "AntaraKL", "Warga"),
    ("BEKASI (Pos Kota) Warga", "Bekasi", "Pos Kota", "Warga"),
    ("Reporter: M. Joko Susilo kabardesa.com - Warga", None, "kabardesa.com", "Warga"),
    ("ISRAEL – Warga", "Israel", None, "Warga"),
    ("OPINI - Warga", None, None, "Warga"),
    ("KONTAN.CO.ID - BANDA ACEH. Warga", "Banda Aceh", "KONTAN.CO.ID", "Warga"),
]


@pytest.mark.parametrize(("paragraph", "place", "outlet", "rest"), FOUND)
def test_dateline_is_found(paragraph: str, place: str | None, outlet: str | None, rest: str) -> None:
    dateline = find_dateline(paragraph)
    assert dateline is not None
    assert (dateline.place, dateline.outlet) == (place, outlet)
    assert paragraph[dateline.length :] == rest


@pytest.mark.parametrize(
    "paragraph",
    [
        "Honda - pabrikan asal Jepang - menarik mobilnya.",
        "KPK - lembaga antirasuah - memeriksa saksi.",
        "Jakarta-Bandung kini 40 menit.",
        "Jakarta: kota yang tak tidur.",
        "Dalam video itu - Presiden tampak lelah.",
        "Kompas itu menunjuk ke utara.",
        "Israel - Hamas sepakat berunding.",
        "Solo - Sragen macet sejak pagi.",
        "Jakarta, CNN Indonesia -- ",
        "",
    ],
)
def test_other_opening_is_not_a_dateline(paragraph: str) -> None:
    assert find_dateline(paragraph) is None
