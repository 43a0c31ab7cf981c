from __future__ import annotations

import pytest

from summaries.model import Article
from summaries.summarizer.document import read_document
from summaries.summarizer.references import SentenceReferences, find_references

TEXT = (
    "Wali Kota Rina Dewi membuka pasar di tepi sungai. "  # 0
    "Pasar itu menampung dua ratus pedagang. "  # 1
    '"Kami sudah lama menunggu," kata Budi. '  # 2
    "Ia menjual kain sejak 1998. "  # 3
    "Hujan turun sejak pagi. "  # 4
    "Ia pulang lebih awal. "  # 5
    "Hal itu disesalkan warga. "  # 6
    "Namun warga tetap datang. "  # 7
    "Namun, Rina tetap datang. "  # 8
    '"Pasar ini milik bersama." '  # 9
    "Perempuan 45 tahun itu tersenyum. "  # 10
    "Peristiwa tersebut disiarkan. "  # 11
    '"Kami senang," katanya. '  # 12
    "Menurut dia, harga kain akan turun."  # 13
)
SENTENCES = read_document(Article(title="", text=TEXT), "id").sentences


@pytest.mark.parametrize(
    ("i", "just_before", "anywhere", "unless_after"),
    [
        (1, {0}, {0}, set()),
        # "Ia" is Budi, named in the sentence before.
        (3, {2}, {2}, set()),
        # Nobody was named in between: still Budi.
        (5, {4}, {2}, set()),
        (6, {5}, set(), set()),
        (7, {6}, set(), set()),
        (9, {8}, set(), set()),
        # A description refers to Rina, named last, unless Budi comes between.
        (10, {9}, {0, 8}, {2}),
        (11, {10}, {0}, set()),
        # "Katanya" continues with the last speaker: still Rina.
        (13, {12}, {0, 8}, {2}),
    ],
)
def test_references_of_a_sentence_are_found(
    i: int, just_before: set[int], anywhere: set[int], unless_after: set[int]
) -> None:
    expected = SentenceReferences(frozenset(just_before), frozenset(anywhere), frozenset(unless_after))
    assert find_references(SENTENCES, i) == expected


@pytest.mark.parametrize("i", [0, 2, 4, 8])
def test_self_contained_sentence_has_no_references(i: int) -> None:
    assert find_references(SENTENCES, i) is None


def test_first_sentence_has_no_references() -> None:
    first = read_document(Article(title="", text="Ia pulang. Rina datang."), "id").sentences
    assert find_references(first, 0) is None


MATCH = read_document(
    Article(
        title="",
        text=(
            "Persija menang 2-1 atas Persib. "
            "Pelatih Rina Dewi memuji pemainnya. "
            "Laga tersebut digelar di Bekasi. "
            "Menurutnya, hal itu pantas disyukuri. "
            "Gol itu dirayakan. "
            "Pemain ini diganti."
        ),
    ),
    "id",
).sentences


@pytest.mark.parametrize(
    ("i", "just_before", "anywhere"),
    [
        # Nobody called it a match, but one was won.
        (2, {1}, {0}),
        # It refers to a person and to the last statement, so both are needed.
        (3, {2}, set()),
        (4, {3}, set()),
        (5, {4}, {1}),
    ],
)
def test_references_to_matches_and_previous_sentence_are_found(
    i: int, just_before: set[int], anywhere: set[int]
) -> None:
    assert find_references(MATCH, i) == SentenceReferences(frozenset(just_before), frozenset(anywhere))


PEOPLE = read_document(
    Article(
        title="",
        text=(
            "Hujan merusak jembatan desa. "
            "Kepala Dinas Rina Dewi datang pada Senin. "
            "Rina mengatakan jembatan segera diperbaiki. "
            '"Kami menunggu," ujar Sari. '
            "Sari berharap jembatan selesai bulan depan. "
            "Polisi mengatakan jalan ditutup. "
            "Camat Budi meminta warga bersabar. "
            "Wakil Wali Kota (Wawali) datang bersamaSari. "
            "Namun, Santoso juga menilai jembatan itu rapuh. "
            "Pengamat menilai jembatan itu rapuh. "
            "Medan mengatakan jembatan itu rapuh. "
            "Pihaknya mengaku jembatan itu rapuh."
        ),
    ),
    "id",
).sentences


@pytest.mark.parametrize(
    ("i", "introducing"),
    [
        (2, {1}),
        # Nobody introduces Sari; the first sentence about her has to do.
        (4, {3}),
        (5, None),
        (6, None),
        # Nobody mentions Santoso before him. Common nouns and places need no introduction.
        (8, set()),
        (9, None),
        (10, None),
    ],
)
def test_a_single_name_needs_its_introduction(i: int, introducing: set[int] | None) -> None:
    expected = None if introducing is None else SentenceReferences(anywhere=frozenset(introducing))
    assert find_references(PEOPLE, i) == expected


def test_his_side_needs_the_sentence_before_it() -> None:
    assert find_references(PEOPLE, 11) == SentenceReferences(frozenset((10,)))
