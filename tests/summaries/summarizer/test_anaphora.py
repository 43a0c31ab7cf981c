from __future__ import annotations

import pytest

from summaries.summarizer.anaphora import (
    Anaphora,
    classify_opening,
    find_referent,
    is_bare_speech,
    measure_connective,
    measure_dash,
    names_this,
    refers_back,
)


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Kedua tim bermain imbang.", Anaphora.REFERENCE),
        ("Kedua, harga naik.", Anaphora.CONNECTIVE),
        ("Yang pertama, harga naik.", Anaphora.CONNECTIVE),
        ("Tidak demikian dengan harga cabai.", Anaphora.CONNECTIVE),
        ("Sehingga, warga menolak.", Anaphora.CONNECTIVE),
        ("Hal senada dikatakan Rina.", Anaphora.CONNECTIVE),
        ("Yang menarik, harga naik.", Anaphora.PLAIN),
        ("Tidak semua warga setuju.", Anaphora.PLAIN),
        ("Terakhir kali hujan turun pada Mei.", Anaphora.PLAIN),
        ("(Ia menolak.)", Anaphora.PRONOUN),
        ("", Anaphora.PLAIN),
        ("Ia menolak tawaran itu.", Anaphora.PRONOUN),
        ("Menurutnya, harga akan turun.", Anaphora.SPEAKER),
        ("Menurut dia, harga akan turun.", Anaphora.SPEAKER),
        ("Hal itu disampaikan Rina.", Anaphora.REFERENCE),
        ("Dalam pertemuan itu, warga mengeluh.", Anaphora.BACK),
        ("Gubernur tersebut pulang.", Anaphora.REFERENCE),
        ("Mantan rektor berusia 60 tahun itu pulang.", Anaphora.REFERENCE),
        ("Pelatih menolak tawaran itu.", Anaphora.PLAIN),
        ("Gedung tersebut roboh.", Anaphora.BACK),
        ("Namun warga menolak.", Anaphora.CONNECTIVE),
        ("Sementara itu, polisi menunggu.", Anaphora.CONNECTIVE),
        ("Sebelumnya, Rina menolak.", Anaphora.BACKGROUND),
        ("Pada hari ini warga memilih.", Anaphora.PLAIN),
        ("Tahun ini panen naik.", Anaphora.PLAIN),
        ("Dian pulang ke Solo.", Anaphora.PLAIN),
        ("Iain Malang dibuka.", Anaphora.PLAIN),
        ("Rina menolak tawaran itu.", Anaphora.PLAIN),
    ],
)
def test_indonesian_opening_is_classified(sentence: str, kind: Anaphora) -> None:
    assert classify_opening(sentence) is kind


def test_english_opening_is_classified() -> None:
    assert classify_opening("He refused.", "en") is Anaphora.PRONOUN
    assert classify_opening("Heavy rain fell.", "en") is Anaphora.PLAIN


def test_connective_length_is_measured() -> None:
    assert "Namun, Rina menolak."[measure_connective("Namun, Rina menolak.") :] == "Rina menolak."
    assert measure_connective("Namun, warga menolak.") == 0
    assert measure_connective("Rina menolak.") == 0


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
def test_connective_is_cut(sentence: str, left: str) -> None:
    assert sentence[measure_connective(sentence) :] == left


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
def test_referent_of_an_opening_is_found(sentence: str, words: tuple[str, ...]) -> None:
    assert find_referent(sentence) == words


def test_a_dash_at_the_opening_is_cut() -> None:
    assert "- Rina menolak."[measure_dash("- Rina menolak.") :] == "Rina menolak."
    assert measure_dash("Rina menolak - kemarin.") == 0


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [("Organ ini bekerja.", True), ("Tahun ini panen naik.", False), ("Juni ini panen naik.", False), ("Rina.", False)],
)
def test_opens_with_a_noun_and_this(sentence: str, answer: bool) -> None:
    assert names_this(sentence) is answer


def test_bare_speech_is_detected() -> None:
    assert is_bare_speech('"Kami siap."')
    assert not is_bare_speech('"Kami siap," kata Rina.')
    assert not is_bare_speech('"')


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
def test_backward_reference_is_detected(sentence: str, answer: bool) -> None:
    assert refers_back(sentence) is answer
