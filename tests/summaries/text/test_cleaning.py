from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.cleaning import CleanText, RemovalRule, clean

PRINTED = """\
Wali kota meninjau pasar. (ANTARA FOTO/Siti Rahma)
Semarang, CNN Indonesia -- Wali kota meninjau\u00a0pasar\u200b lama
pada Selasa pagi.

ADVERTISEMENT
Baca juga: Harga Cabai Turun Lagi
"Harganya  mulai turun,"&nbsp;katanya. [Gambas:Video CNN]
Pedagang senang. (has)

Copyright 2019
"""


def test_boilerplate_is_removed() -> None:
    found = clean(PRINTED)
    assert found.text == (
        'Wali kota meninjau pasar lama pada Selasa pagi.\n\n"Harganya mulai turun," katanya.\n\nPedagang senang.'
    )
    assert (found.place, found.outlet, found.initials) == ("Semarang", "CNN Indonesia", "has")


def test_source_span_points_into_the_original() -> None:
    found = clean(PRINTED)
    start = found.text.index("meninjau")
    source_start, source_end = found.source_span(start, start + len("meninjau pasar lama"))
    assert PRINTED[source_start:source_end] == "meninjau\u00a0pasar\u200b lama"


def test_agency_on_the_last_line_is_not_a_caption() -> None:
    assert clean("Warga pulang lebih cepat.\nBegitu katanya. (Antara)").text.endswith("Begitu katanya.")


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("Jakarta\n-\nWarga pulang.\n(abc/def)\nbanjir\nrumah warga", "Warga pulang."),
        ("Warga pulang. Bersambung ke halaman berikutnya... Mereka tidur.", "Warga pulang. Mereka tidur."),
        ("Warga pulang. (Baca juga: Harga Cabai di Pasar Turun) Mereka tidur.", "Warga pulang. Mereka tidur."),
        ("Warga pulang (baca: mudik) lagi.", "Warga pulang (baca: mudik) lagi."),
        ("Warga pulang. <!--// <![CDATA[iklan();]]> --> Mereka tidur.", "Warga pulang. Mereka tidur."),
        ("Warga pulang. * * * Mereka tidur.", "Warga pulang. Mereka tidur."),
        ("Warga pulang.&nbsp;Pilihan Editor:&nbsp;Harga Cabai di Pasar Turun&nbsp;", "Warga pulang."),
        ("Warga pulang. Editor: Siti Rahma (abc/def)", "Warga pulang."),
        (
            "Artikel ini telah tayang di Kabar.com dengan judul Warga Desa Pulang. Mereka tidur lelap.",
            "Mereka tidur lelap.",
        ),
        ("Simak tiga caranya:\nTidur lebih awal.", "Simak tiga caranya:\n\nTidur lebih awal."),
        ("men\u200binjau", "meninjau"),
        ("Warga pulang. Baca_Juga Mereka tidur.", "Warga pulang. Mereka tidur."),
        ("Warga pulang. Rina berkontribusi dalam penulisan artikel ini Pilihan Editor: Harga Turun", "Warga pulang."),
        ("Warga pulang. : Harga Cabai di Pasar Turun", "Warga pulang."),
        ("Warga pulang.abc/de (AFP, AP) Simak juga Video: Harga Cabai di Pasar Turun", "Warga pulang."),
        ("Harga beras (sumber: dinas) naik lagi.", "Harga beras (sumber: dinas) naik lagi."),
        ("Ia berfoto (foto: terlampir) di sana.", "Ia berfoto (foto: terlampir) di sana."),
        ("Gedung baru (Foto: Rina Dewi) Warga desa pulang.", "Warga desa pulang."),
        (
            "Warga pulang.\nGoal! — Kabar Desa (@kabardesa)July 11, 2016\nMereka tidur.",
            "Warga pulang.\n\nMereka tidur.",
        ),
    ],
)
def test_boilerplate_of_many_kinds_is_removed(printed: str, text: str) -> None:
    assert clean(printed).text == text


def test_gallery_keeps_its_captions() -> None:
    gallery = "\n".join(f"{n}. Warga di pasar. (ANTARA FOTO/Siti Rahma)" for n in range(4))
    assert clean(gallery).text.count("Siti Rahma") >= 3


def test_hard_wrapped_text_is_joined() -> None:
    printed = """\
Warga desa memperbaiki jembatan yang
rusak karena banjir pada akhir pekan
lalu bersama para relawan dari Kota
Semarang. Mereka bekerja tiga hari
tanpa henti sampai malam hari, kata
kepala desa itu, dan dibantu Tentara
Nasional sejak pagi.

Bupati berterima kasih."""
    assert clean(printed).text == " ".join(printed.split("\n\n", maxsplit=1)[0].split()) + "\n\nBupati berterima kasih."


def test_removed_spans_name_their_rule() -> None:
    printed = "Jakarta - Warga pulang. ADVERTISEMENT Mereka tidur. (abc)\nEditor: Rina"
    found = clean(printed)
    assert [(printed[r.start : r.end].strip(), r.rule) for r in found.removed] == [
        ("Jakarta -", RemovalRule.DATELINE),
        ("ADVERTISEMENT", RemovalRule.INLINE),
        ("(abc)", RemovalRule.MARK),
        ("Editor: Rina", RemovalRule.FURNITURE),
    ]


def test_text_of_only_boilerplate_becomes_empty() -> None:
    assert clean("ADVERTISEMENT\n***\n").text == ""
    assert clean("") == CleanText("")


NOISE = st.sampled_from(
    [
        "Baca juga: X\n",
        "ADVERTISEMENT ",
        "&nbsp;",
        "\u200b",
        "\u00a0",
        "\n",
        "\r\n",
        " ",
        "Jakarta - ",
        " (abc)",
        "kata. ",
        "Ia",
    ]
)


@given(st.lists(NOISE | st.text(max_size=12), max_size=12).map("".join))
def test_every_piece_is_verbatim(text: str) -> None:
    found = clean(text)
    assert all(found.text[p.start : p.end] == text[p.source : p.source + p.end - p.start] for p in found.pieces)
    at = 0
    for piece in found.pieces:
        assert found.text[at : piece.start] in ("", " ", "\n\n")
        at = piece.end
    assert at == len(found.text)
    assert all(paragraph == paragraph.strip() != "" for paragraph in found.text.split("\n\n") if found.text)


@given(st.lists(NOISE | st.text(max_size=12), max_size=12).map("".join))
def test_missing_text_was_removed_by_a_rule(text: str) -> None:
    found = clean(text)
    left = [True] * len(text)
    for piece in found.pieces:
        left[piece.source : piece.source + piece.end - piece.start] = [False] * (piece.end - piece.start)
    for removed in found.removed:
        left[removed.start : removed.end] = [False] * (removed.end - removed.start)
    missing = "".join(c for c, is_left in zip(text, left, strict=True) if is_left).replace("&nbsp;", " ")
    assert all(c.isspace() or not c.isprintable() for c in missing)
