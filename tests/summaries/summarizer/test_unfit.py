from __future__ import annotations

import pytest

from summaries.model import Article
from summaries.summarizer.document import Sentence, read_document
from summaries.summarizer.unfit import has_open_quote, is_unfit


def read_last(*lines: str) -> Sentence:
    return read_document(Article(title="", text="\n\n".join(lines)), "id").sentences[-1]


@pytest.mark.parametrize(
    "text",
    [
        # Questions of the writer
        "Lantas, kapan jembatan itu dibuka?",
        "Apa saja syaratnya?",
        # Headings, captions and items of lists
        "Syarat Pendaftaran",
        "Warga melintasi jembatan baru di Desa Sumur",
        "1. Lidah buaya",
        "2. Siapkan air hangat dan handuk.",
        "b. Siapkan air hangat dan handuk.",
        "• Siapkan air hangat dan handuk.",
        "Jembatan dibangun dengan dana desa,",
        # Announcements
        "Berikut daftar pemenangnya.",
        "Syaratnya ada tiga:",
        "Ada tiga syarat yang harus dipenuhi: 1.",
        "Dikutip dari laman dinas itu, berikut jadwal pembukaannya.",
        "Besaran tarifnya adalah sebagai berikut.",
        "Ikuti langkah-langkah berikut agar air tetap jernih.",
        "Jadwal lengkapnya bisa dilihat di bawah ini.",
        "Berikut ini ulasannya, dirangkum dari berbagai sumber.",
        "Dirangkum detikKota, Senin (3/6), ada lima jembatan baru.",
        "Ada lima jembatan baru yang telah kami rangkum.",
        "Kalau beli secara kredit, segini cicilannya tiap bulan.",
        "Ini duduk perkaranya.",
        # Calls to the reader
        "Yuk, lihat jembatan barunya!",
        "Untuk tahu lebih banyak, simak penjelasan kepala dinas.",
        "Hasil selengkapnya ada di laman dinas.",
        "Halaman berikutnya profil kepala dinas.",
        "Tonton acaranya dengan klikdi sini.",
        "Tautannya tersedia di akhir artikel ini.",
        "Yang membuat warga penasaran adalah isi ruangan itu.",
        # Half a quotation, and boilerplate
        'Rina berkata "jembatan ini milik warga.',
        "Baca juga: Jembatan Lama Ditutup.",
        "Jembatan itu dibuka pada Senin, Baca juga:Jembatan Lama Ditutup Warga lalu pulang.",
    ],
)
def test_no_summary_contains_it(text: str) -> None:
    assert is_unfit(read_last("Warga pulang.", text))


@pytest.mark.parametrize(
    "text",
    [
        "Jembatan itu dibuka pada Senin.",
        'Rina bertanya "kapan dibuka?" kepada petugas.',
        '"Kapan jembatan ini dibuka?"',
        "Jembatan itu dibuka pada pukul 07:00.",
        "Jembatan itu dibuka pada Senin. (rin/sit)",
        "Rina menyebut jembatan itu (yang terpanjang.)",
        "Kepala dinas menyebut lima syarat pendaftaran, Selasa (17/6/2025):",
        "Ini menjadi kemenangan ketiganya pada musim ini.",
        # "Berikut" as "next" and as "together with", and other words with the letters of an announcement
        "Tim itu yakin menang pada laga berikut.",
        "Polisi menyita mobil, berikut barang bukti lainnya.",
        "Pada hari berikutnya warga menyimak pidato bupati.",
        "Buku itu merangkum sejarah desa.",
        'Rina mengajak, "Yuk, simak baik-baik," saat membuka acara.',
        "A. Rina membuka acara.",
    ],
)
def test_a_summary_may_contain_it(text: str) -> None:
    assert not is_unfit(read_last("Warga pulang.", text))


def test_an_article_may_open_with_the_dash_of_a_dateline() -> None:
    assert not is_unfit(read_last("- Rina membuka jembatan baru."))
    assert is_unfit(read_last("Warga pulang.", "- Rina membuka jembatan baru."))


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
