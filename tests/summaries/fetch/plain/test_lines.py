from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.plain.lines import (
    drop_linked_headlines,
    is_footer,
    is_navigation,
    read_byline,
    read_date_line,
    read_signature,
)


@pytest.mark.parametrize(
    ("line", "outlet", "category", "writers", "has_clock"),
    [
        ("Kabar Timur | Rabu, 14/10/2026 10:05 WIB", "Kabar Timur", None, (), True),
        ("Kabar Timur - Ekonomi | Rabu, 14/10/2026", "Kabar Timur", "ekonomi", (), False),
        ("Bola | 14 Okt 2026", None, "olahraga", (), False),
        ("Kompas.com, 14 Oktober 2026, 10:05 WIB", "Kompas.com", None, (), True),
        ("Jakarta, 14 Oktober 2026", None, None, (), False),
        ("Siti Rahma, Jurnalis · Rabu 14 Oktober 2026 10:05 WIB", None, None, ("Siti Rahma",), True),
        ("Budi Laksana, Editor · Rabu 14 Oktober 2026 10:05 WIB", None, None, (), True),
        ("Penulis: Siti Rahma | Rabu, 14/10/2026 10:05 WIB", None, None, ("Siti Rahma",), True),
        ("Jum'at, 16 Oktober 2026 jam 10.05 WIT", None, None, (), True),
    ],
)
def test_date_line_is_read(
    line: str, outlet: str | None, category: str | None, writers: tuple[str, ...], has_clock: bool
) -> None:
    found = read_date_line(line)
    assert found is not None
    assert found.published_at.year == 2026
    assert (found.outlet, found.category, found.writers, found.has_clock) == (outlet, category, writers, has_clock)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Kabar Timur",
        "Gempa 28 September 2018 Dikenang Warga",
        "Kapal itu tenggelam pada Rabu, 14 Oktober 2026, setelah diterjang ombak.",
        "Warga yang rumahnya rusak akibat gempa | Rabu, 14/10/2026",
        "Rabu, 31/02/2026 10:05 WIB",
        "10:05 WIB",
        f"Kabar Timur | Rabu, 14/10/2026 10:05 WIB {'x' * 200}",
    ],
)
def test_other_line_is_not_a_date_line(line: str) -> None:
    assert read_date_line(line) is None


@pytest.mark.parametrize(
    ("line", "writers"),
    [
        ("Reporter: Siti Rahma", ("Siti Rahma",)),
        ("(Penulis: Siti Rahma)", ("Siti Rahma",)),
        ("Laporan: Siti Rahma & Agus", ("Siti Rahma", "Agus")),
        ("Editor: Budi", ()),
        ("Sumber: Kabar Timur", ()),
        ("By Siti Rahma", ("Siti Rahma",)),
        ("Penulis buku itu menangis", None),
        ("Menurut reporter: harga naik", None),
        ("Reporter", None),
    ],
)
def test_byline_is_read(line: str, writers: tuple[str, ...] | None) -> None:
    assert read_byline(line) == writers


def test_byline_needs_a_colon_near_the_headline() -> None:
    assert read_byline("Penulis Laskar Samudra", needs_colon=True) is None
    assert read_byline("Penulis: Siti Rahma", needs_colon=True) == ("Siti Rahma",)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("https://kabartimur.example/x?y=1", True),
        ("Beranda / Ekonomi / Perikanan dan Kelautan", True),
        ("Hukum Kriminal", True),
        ("Bagikan ke WhatsApp", True),
        ("1.204 komentar", True),
        ("Bagikan hasil panen kepada warga", False),
        ("Harga rumput laut naik", False),
        ("Facebook Digugat Petani", False),
    ],
)
def test_navigation_is_recognized(line: str, is_one: bool) -> None:
    assert is_navigation(line) is is_one


@pytest.mark.parametrize(
    ("line", "name"),
    [("SITI RAHMA", "Siti Rahma"), ("ANDI M. NUR", "Andi M. Nur"), ("KPK", None), ("SITI RAHMA berkata", None)],
)
def test_signature_is_read(line: str, name: str | None) -> None:
    assert read_signature(line) == name


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("Tag: rumput laut, petani", True),
        ("Selengkapnya: https://kabartimur.example", True),
        ("Dilarang keras mengutip isi situs ini.", True),
        ("Tagihan listrik naik.", False),
        ("Dilarang keras menangkap ikan dengan bahan peledak, kata Rusdi.", False),
    ],
)
def test_footer_is_recognized(line: str, is_one: bool) -> None:
    assert is_footer(line) is is_one


def test_linked_headlines_under_a_label_are_dropped() -> None:
    lines = ["Satu.", "Baca juga:", "", "Harga Naik", "Ombak Tinggi", "Dua.", "Pilihan Redaksi", "Tiga:", "Empat"]
    assert drop_linked_headlines(lines) == ["Satu.", "Dua.", "Tiga:", "Empat"]


@given(
    st.lists(
        st.sampled_from(["Baca juga:", "Simak juga", "Harga Naik", "Ia pulang.", '"Ya," katanya.', ""]), max_size=12
    )
)
def test_no_sentence_is_dropped_as_a_linked_headline(lines: list[str]) -> None:
    kept = drop_linked_headlines(lines)
    assert [line for line in kept if line.endswith(".")] == [line for line in lines if line.endswith(".")]
