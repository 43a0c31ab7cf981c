from __future__ import annotations

import pytest

from summaries.summarizer.openings import (
    Opening,
    cuttable_length,
    has_open_quote,
    leans_back,
    opening_kind,
    points_ahead,
)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Ia menolak tawaran itu.", Opening.PRONOUN),
        ("Menurutnya, harga akan turun.", Opening.SPEAKER),
        ("Menurut dia, harga akan turun.", Opening.SPEAKER),
        ("Hal itu disampaikan Rina.", Opening.REFERENCE),
        ("Dalam pertemuan itu, warga mengeluh.", Opening.BACK),
        ("Gubernur tersebut pulang.", Opening.BACK),
        ("Namun warga menolak.", Opening.CONNECTIVE),
        ("Sementara itu, polisi menunggu.", Opening.CONNECTIVE),
        ("Sebelumnya, Rina menolak.", Opening.BACKGROUND),
        ("Pada hari ini warga memilih.", Opening.PLAIN),
        ("Tahun ini panen naik.", Opening.PLAIN),
        ("Dian pulang ke Solo.", Opening.PLAIN),
        ("Iain Malang dibuka.", Opening.PLAIN),
        ("Rina menolak tawaran itu.", Opening.PLAIN),
    ],
)
def test_kinds(sentence: str, kind: Opening) -> None:
    assert opening_kind(sentence) is kind


def test_english_kinds() -> None:
    assert opening_kind("He refused.", "en") is Opening.PRONOUN
    assert opening_kind("Heavy rain fell.", "en") is Opening.PLAIN


def test_what_can_be_cut() -> None:
    assert "Namun, Rina menolak."[cuttable_length("Namun, Rina menolak.") :] == "Rina menolak."
    assert cuttable_length("Namun, warga menolak.") == 0
    assert cuttable_length("Rina menolak.") == 0


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("Ia menolak.", True),
        ("Namun, Rina menolak.", False),
        ('"Kami siap."', True),
        ('"Kami siap," kata Rina.', False),
        ("Rina menolak.", False),
    ],
)
def test_leaning(sentence: str, leans: bool) -> None:
    assert leans_back(sentence) is leans


def test_open_quotes() -> None:
    assert has_open_quote('"Kami siap, kata Rina.')
    assert has_open_quote("“Kami siap, kata Rina.")
    assert not has_open_quote('"Kami siap," kata Rina.')


def test_what_only_announces() -> None:
    assert points_ahead("Berikut daftar pemenangnya.")
    assert points_ahead("Syaratnya ada tiga:")
    assert not points_ahead("Rina menolak.")
