from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.text.boilerplate import BOILERPLATE, is_boilerplate_line, is_caption


@pytest.mark.parametrize(
    "line",
    [
        "Baca juga: Harga Cabai Turun Lagi",
        "BACA JUGA : Harga Cabai Turun Lagi",
        "(Baca: Harga Cabai Turun Lagi)",
        "Simak juga Video: Panen Raya",
        "Lihat Video: Panen Raya",
        "ADVERTISEMENT",
        "SCROLL TO CONTINUE WITH CONTENT",
        "[Gambas:Video CNN]",
        "Editor: Siti Rahma",
        "Pewarta : Joko",
        "Copyright © ANTARA 2019",
        "Pilihan Editor: Panen Raya",
        "Halaman selanjutnya >",
        "Ikuti kami di kanal WhatsApp untuk berita terbaru",
        "Dapatkan update berita pilihan setiap hari, gabung di grup Telegram",
        "Cek berita dan artikel yang lain di Google News dan WA Channel",
        "Dapatkan voucer belanja dengan ikut berkomentar di bawah ini!",
        "Dapatkan semua berita terkini hanya dengan satu akun, daftar di sini",
        "Dilarang keras mengambil konten ini tanpa izin tertulis dari redaksi.",
        "* Fakta atau Hoaks? Kirim informasi yang Anda terima ke nomor kami.",
        "Laporan Wartawan Kabartimur.com, Rina Wulandari",
        "***",
        "https://contoh.id/berita/1",
    ],
)
def test_boilerplate_line_is_detected(line: str) -> None:
    assert is_boilerplate_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Baca puisi di depan kelas membuat anak berani.",
        "Simak baik-baik pesan ibu itu, kata Rina.",
        "Editor buku itu pensiun.",
        "Lihat saja hasilnya nanti, ujar pelatih.",
        "Video itu beredar luas sejak Senin.",
        "Iklan rokok akan dilarang mulai tahun depan.",
        "Dilarang mendirikan bangunan di sini tanpa izin wali kota, katanya.",
        "Laporan wartawan itu, kata Dewan Pers, memenuhi kode etik.",
        "Dapatkan mereka bertahan di liga utama musim depan?",
    ],
)
def test_sentence_is_not_a_boilerplate_line(line: str) -> None:
    assert not is_boilerplate_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "Menteri saat meninjau pasar. (ANTARA FOTO/Siti Rahma)",
        "Gedung baru itu (Foto: Joko/detikcom)",
        "Banjir di Demak. (Dok. BPBD)",
        "Pelatih memberi aba-aba. (Rina Dewi/Pool via Reuters)",
    ],
)
def test_caption_is_detected(line: str) -> None:
    assert is_caption(line)


@pytest.mark.parametrize(
    "line",
    [
        '"Kami siap," kata Rina (Foto: Joko)',
        "Ia dipanggil Komisi Pemberantasan Korupsi (KPK).",
        "Karcis dijual di Karcisku (www.karcisku.com).",
    ],
)
def test_sentence_is_not_a_caption(line: str) -> None:
    assert not is_caption(line)


@settings(max_examples=15)
@given(st.data())
@pytest.mark.parametrize(("letters", "pattern"), BOILERPLATE)
def test_boilerplate_pattern_starts_with_its_letters(letters: str, pattern: str, data: st.DataObject) -> None:
    line = data.draw(st.from_regex(rf"\A(?:{pattern})", alphabet=st.characters(max_codepoint=0x2100)))
    assert (line[0] if "a" <= line[0] <= "z" else "*") in letters
