from __future__ import annotations

import pytest

from summaries.summarizer.anaphora import (
    Opening,
    cuttable_length,
    has_open_quote,
    is_bare_speech,
    opening_kind,
    points_ahead,
    points_back,
    reference_of,
)
from summaries.text.words import words


def kind_of(sentence: str, language: str = "id") -> Opening:
    return opening_kind(sentence, [word.lower() for word in words(sentence)], language)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Kedua tim bermain imbang.", Opening.REFERENCE),
        ("Kedua, harga naik.", Opening.CONNECTIVE),
        ("Yang pertama, harga naik.", Opening.CONNECTIVE),
        ("Tidak demikian dengan harga cabai.", Opening.CONNECTIVE),
        ("Sehingga, warga menolak.", Opening.CONNECTIVE),
        ("Hal senada dikatakan Rina.", Opening.CONNECTIVE),
        ("Yang menarik, harga naik.", Opening.PLAIN),
        ("Tidak semua warga setuju.", Opening.PLAIN),
        ("Terakhir kali hujan turun pada Mei.", Opening.PLAIN),
        ("(Ia menolak.)", Opening.PRONOUN),
        ("", Opening.PLAIN),
        ("Ia menolak tawaran itu.", Opening.PRONOUN),
        ("Menurutnya, harga akan turun.", Opening.SPEAKER),
        ("Menurut dia, harga akan turun.", Opening.SPEAKER),
        ("Hal itu disampaikan Rina.", Opening.REFERENCE),
        ("Dalam pertemuan itu, warga mengeluh.", Opening.BACK),
        ("Gubernur tersebut pulang.", Opening.REFERENCE),
        ("Mantan rektor berusia 60 tahun itu pulang.", Opening.REFERENCE),
        ("Pelatih menolak tawaran itu.", Opening.PLAIN),
        ("Gedung tersebut roboh.", Opening.BACK),
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
    assert kind_of(sentence) is kind


def test_english_kinds() -> None:
    assert kind_of("He refused.", "en") is Opening.PRONOUN
    assert kind_of("Heavy rain fell.", "en") is Opening.PLAIN


def test_what_can_be_cut() -> None:
    assert "Namun, Rina menolak."[cuttable_length("Namun, Rina menolak.") :] == "Rina menolak."
    assert cuttable_length("Namun, warga menolak.") == 0
    assert cuttable_length("Rina menolak.") == 0


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Namun Rina menolak.", "Rina menolak."),
        ("Sedangkan Persebaya menang.", "Persebaya menang."),
        ("Selain itu, Rina menolak.", "Rina menolak."),
        ("Selain itu warga menolak.", "Selain itu warga menolak."),
        ("Lalu lintas macet.", "Lalu lintas macet."),
        ("Namun", "Namun"),
    ],
)
def test_what_is_left(sentence: str, left: str) -> None:
    assert sentence[cuttable_length(sentence) :] == left


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Gedung baru itu roboh.", ("gedung", "baru")),
        ("Di gedung itu warga berkumpul.", ("gedung",)),
        ("Kedua tim bermain imbang.", ("tim",)),
        ("Hal itu disampaikan Rina.", ()),
        ("Setelah itu, warga pulang.", ()),
        ("Rina pulang.", ()),
    ],
)
def test_what_an_opening_points_back_to(sentence: str, words: tuple[str, ...]) -> None:
    assert reference_of(sentence) == words


def test_speech_without_its_speaker() -> None:
    assert is_bare_speech('"Kami siap."')
    assert not is_bare_speech('"Kami siap," kata Rina.')
    assert not is_bare_speech('"')


@pytest.mark.parametrize(
    ("sentence", "is_open"),
    [
        ('"Kami siap, kata Rina.', True),
        ("“Kami siap, kata Rina.", True),
        ("Kami siap,” kata Rina.", True),
        ('"Kami siap," kata Rina.', False),
        ("“Kami siap,” kata Rina.", False),
        # Keyboards and editors mix the marks.
        ('“Kami siap," kata Rina.', False),
        ('"Kami siap,” kata Rina.', False),
        ('“Kami siap," kata Rina. “Ayo berangkat.', True),
        ('“Kami siap,” kata Rina. "Ayo berangkat.', True),
        ('“Kami siap," kata Rina. "Ayo berangkat."', False),
        ("“Kami siap. “Ayo berangkat.", True),
        ("Rina berangkat.", False),
    ],
)
def test_open_quotes(sentence: str, is_open: bool) -> None:
    assert has_open_quote(sentence) is is_open


def test_what_only_announces() -> None:
    assert points_ahead("Berikut daftar pemenangnya.")
    assert points_ahead("Syaratnya ada tiga:")
    assert not points_ahead("Rina menolak.")


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("Menurutnya, hal itu pantas disyukuri.", True),
        ("Ia menyebut kondisi tersebut wajar.", True),
        ("Menurut dia, hal ini wajar.", True),
        ("Menurutnya, harga akan turun.", False),
        ("Ia menolak bicara soal hal itu.", False),
    ],
)
def test_points_back(sentence: str, answer: bool) -> None:
    assert points_back(sentence) is answer
