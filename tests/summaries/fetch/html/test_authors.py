"""Names of persons out of bylines."""

from __future__ import annotations

import pytest

from summaries.fetch.html.authors import clean_authors

URL = "https://www.kabartimur.example/panen"


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (["Rina Wulandari"], ("Rina Wulandari",)),
        (["Penulis: Rina Wulandari"], ("Rina Wulandari",)),
        (["Oleh Rina Wulandari"], ("Rina Wulandari",)),
        (["by Rina Wulandari"], ("Rina Wulandari",)),
        (["Reporter: Rina, Editor: Dewi Lestari"], ("Rina",)),
        (["Editor: Dewi Lestari", "Rina"], ("Rina",)),
        (["Rep: Rina / Red: Dewi Lestari"], ("Rina",)),
        (["Laporan Wartawan Kabar Barat, Rina Wulandari"], ("Rina Wulandari",)),
        (["Diposting oleh Rina Wulandari"], ("Rina Wulandari",)),
        (["Fajar Nugroho"], ("Fajar Nugroho",)),
        (["Viva Merdeka Sari", "Rina"], ("Viva Merdeka Sari",)),
        (["Rina Wulandari - detikNews"], ("Rina Wulandari",)),
        (["kumparanNEWS", "Tribun Jabar", "CNN Indonesia"], ()),
        (["Rina Wulandari, Dewi Lestari dan Bambang"], ("Rina Wulandari", "Dewi Lestari", "Bambang")),
        (["Rina Wulandari - Kabar Timur"], ("Rina Wulandari",)),
        (["Rina Wulandari (Kontributor)"], ("Rina Wulandari",)),
        (["RINA WULANDARI"], ("Rina Wulandari",)),
        (["rina wulandari"], ("Rina Wulandari",)),
        (["rinaw", "Rina"], ("Rina",)),
        (["Ir. Bambang S., M.Sc"], ("Ir. Bambang S",)),
        (["Kabar Timur", "Rina Wulandari"], ("Rina Wulandari",)),
        (["https://www.facebook.com/kabartimur", "Rina"], ("Rina",)),
        (["Kontributor Kediri, Rina Wulandari"], ("Rina Wulandari",)),
        (["Rina Wulandari Jurnalis"], ("Rina Wulandari",)),
        (["Share on Facebook"], ()),
        (["prwire"], ()),
        (["PT Kabar Timur Media"], ()),
        (["Kompas Cyber Media"], ()),
        (["Tim Redaksi"], ()),
        (["Admin"], ()),
        (["redaksi@kabartimur.example"], ()),
        (["kabartimur.example"], ()),
        (["12345"], ()),
        (["", "  "], ()),
        ([], ()),
        (["A" * 400], ()),
    ],
)
def test_authors_are_cleaned(candidates: list[str], expected: tuple[str, ...]) -> None:
    assert clean_authors(candidates, outlet="Kabar Timur", url=URL) == expected
