from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.model import SHORT, Article, Length
from summaries.summarizer import summarize_each
from summaries.summarizer.document import Document, Sentence, read_document
from summaries.summarizer.selection import select_sentences

TEXT = (
    "Wali kota membuka pasar baru di tepi sungai pada Senin pagi bersama para pedagang. "
    "Ia berharap pedagang lama segera pindah ke kios yang sudah disiapkan pemerintah. "
    "Pembangunan gedung tiga lantai itu menelan biaya dua belas miliar rupiah dari kas daerah. "
    "Penumpang kereta komuter mengeluh karena jadwal malam berkurang sejak bulan Maret. "
    "Namun, Rina Dewi menolak pindah karena kios barunya terlalu sempit untuk menjual kain."
)


def select_positions(shares: list[float], length: Length, *, title: str = "", text: str = TEXT) -> list[int]:
    document = read_document(Article(title=title, text=text), "id")
    return [s.position for s in select_sentences(document, shares, length)]


def test_best_sentences_are_selected_in_article_order() -> None:
    assert select_positions([0.9, 0.1, 0.1, 0.8, 0.0], Length(sentences=2)) == [0, 3]


def test_pronoun_is_selected_with_its_referent() -> None:
    assert select_positions([0.8, 0.9, 0.0, 0.0, 0.0], Length(words=25)) == [0, 1]


def test_pronoun_is_skipped_if_its_referent_does_not_fit() -> None:
    assert select_positions([0.2, 0.9, 0.1, 0.8, 0.0], Length(sentences=1)) == [3]


def test_removable_connective_has_no_reference() -> None:
    assert select_positions([0.5, 0.0, 0.0, 0.0, 0.9], Length(sentences=1)) == [4]


def test_the_sentence_with_the_headline_is_preferred() -> None:
    shares = [0.5, 0.0, 0.4, 0.4, 0.0]
    assert select_positions(shares, Length(sentences=1)) == [0]
    assert select_positions(shares, Length(sentences=1), title="Penumpang Kereta Mengeluhkan Jadwal Malam") == [3]


def test_the_sentence_with_the_headline_is_a_candidate_at_any_rank() -> None:
    others = " ".join(f"Kalimat{n}a kalimat{n}b kalimat{n}c kalimat{n}d kalimat{n}e." for n in range(30))
    text = f"{others} Jembatan gantung desa itu akhirnya dibuka."
    shares = [0.5 - 0.01 * n for n in range(30)] + [0.0]
    assert select_positions(shares, Length(sentences=2), text=text) == [0, 1]
    assert 30 in select_positions(shares, Length(sentences=2), text=text, title="Jembatan Gantung Desa Dibuka")


def test_stop_words_of_the_headline_count_as_written() -> None:
    text = "Pasar kota dibuka pada Senin pagi. Pasar kota ramai pada akhir tahun. Pasar kota sepi pada awal pekan."
    assert select_positions([0.5, 0.4, 0.4], Length(sentences=1), text=text, title="Pasar Kota hingga Akhir Tahun") == [
        1
    ]


@pytest.mark.parametrize("length", [Length(sentences=2), Length(words=60), Length(words=2_000)])
def test_unfit_sentences_are_the_last_resort(length: Length) -> None:
    text = "Kapan pasar dibuka?\n\nWali kota membuka pasar baru pada Senin pagi.\n\nHarga Sewa Kios"
    assert select_positions([0.9, 0.1, 0.8], length, text=text) == [1]
    assert select_positions([0.9], length, text="Kapan pasar dibuka?") == [0]


@pytest.mark.parametrize(
    ("ends", "title", "count"),
    [
        (("", "kemarin"), "", 1),
        (("pukul 9", "pukul 10"), "", 2),
        # The longer sentence contains the other one; more words of the headline are a new fact.
        (("", "dengan pesta rakyat dan lomba perahu"), "", 1),
        (("bersama menteri dan bupati", "dengan pesta rakyat"), "Menteri dan Bupati di Pesta Rakyat", 2),
    ],
)
def test_a_fact_is_stated_once(ends: tuple[str, str], title: str, count: int) -> None:
    first, second = ends
    text = f"Wali kota membuka pasar baru di tepi sungai {first}. Pasar baru di tepi sungai dibuka wali kota {second}."
    assert len(select_positions([0.9, 0.9], Length(words=20), text=text, title=title)) == count


@given(st.lists(st.floats(-0.2, 1.2), min_size=5, max_size=5), st.integers(1, 80), st.booleans())
def test_selection_is_never_empty_nor_opens_with_a_dangling_pronoun(
    shares: list[float], n: int, is_count: bool
) -> None:
    length = Length(sentences=min(n, 5)) if is_count else Length(words=n)
    found = select_positions(shares, length)
    assert found
    assert found == sorted(set(found))
    if len(found) > 1:
        assert 1 not in found or 0 in found


def make_sentence(position: int, size: int) -> Sentence:
    """A sentence of so many words that no other sentence has."""
    text = " ".join(f"kata{position}x{n}" for n in range(size)).capitalize() + "."
    return read_document(Article(title="", text=text), "id").sentences[0]._replace(position=position)


@pytest.mark.parametrize(
    ("sizes", "words", "least", "most"),
    [
        # About sixty words are two to five sentences, however short or long they are.
        ([5] * 30, 60, 2, 5),
        ([12] * 30, 60, 2, 5),
        ([40] * 10, 60, 2, 4),
        ([58, 60, 62, 20, 21], 60, 2, 4),
        ([8] * 40, 110, 2, 9),
        ([9] * 30, 35, 1, 3),
        # One sentence stays alone where any second would be far too much.
        ([80, 85, 90], 60, 1, 1),
    ],
)
def test_word_length_gives_a_fair_number_of_sentences(sizes: list[int], words: int, least: int, most: int) -> None:
    many = [make_sentence(n, size) for n, size in enumerate(sizes)]
    for shares in ([0.9 - 0.01 * n for n in range(len(sizes))], [0.1 + 0.01 * n for n in range(len(sizes))]):
        document = Document(tuple(many), frozenset(), frozenset(), "id", None)
        assert least <= len(select_sentences(document, shares, Length(words=words))) <= most


ATTACK = (
    "Kementerian Kesehatan Gaza melaporkan 67 orang tewas dalam 24 jam terakhir akibat serangan udara.\n\n"
    "Sebanyak 67 jenazah dibawa ke rumah sakit dalam 24 jam, kata juru bicara kementerian, Selasa.\n\n"
    "Serangan terberat menghantam sekolah di Khan Younis yang menampung ribuan pengungsi. Tim penyelamat masih mencari"
    " korban di bawah reruntuhan gedung.\n\n"
    "Dengan 67 orang tewas dalam 24 jam, jumlah korban sejak Oktober menjadi 62.004 orang.\n\n"
    "Mesir dan Qatar mengundang kedua pihak untuk kembali berunding di Kairo pada Kamis. Israel belum menjawab undangan"
    " itu sampai Selasa malam."
)
RICE = (
    "Harga beras medium di Pasar Cipinang turun pekan ini. Harga beras medium turun karena panen raya di tiga provinsi."
    " Bulog membeli dua ratus ribu ton gabah dari petani Karawang sejak awal bulan. Vietnam mengirim tiga juta ton"
    " beras ke pelabuhan Tanjung Priok sepanjang tahun lalu."
)


REPEATED = ", ".join(["Harga beras medium di Pasar Cipinang turun"] * 8) + "."


@pytest.mark.parametrize(
    ("title", "text", "plain", "below"),
    [
        ("Serangan Israel di Gaza, 67 Tewas dalam 24 Jam", ATTACK, [0, 1, 4], [2, 3, 4]),
        ("Harga Beras Medium di Pasar Cipinang Turun", RICE, [0, 1, 2], [2, 3]),
        ("Harga Beras Medium di Pasar Cipinang Turun?", RICE, [0, 1, 2], [0, 1, 2]),
        ("Harga Beras Medium di Pasar Cipinang Turun", REPEATED, [0], [0]),
    ],
    ids=["the same numbers", "the same words", "a question is answered", "there is nothing else"],
)
def test_summary_below_its_headline_does_not_repeat_it(
    title: str, text: str, plain: list[int], below: list[int]
) -> None:
    article = Article(title=title, text=text)
    positions = {sentence.start: sentence.position for sentence in read_document(article, "id").sentences}
    for expected, lengths in ((plain, ()), (below, (SHORT,))):
        (summary,) = summarize_each(article, (SHORT,), below_headline=lengths)
        assert [positions[sentence.start] for sentence in summary.sentences] == expected
