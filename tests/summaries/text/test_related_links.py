from __future__ import annotations

import pytest

from summaries.text.related_links import find_related_links


def remove_related_links(line: str) -> str:
    for start, end in reversed(find_related_links(line)):
        line = line[:start] + line[end:]
    return line


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("Panen naik. Baca juga: Harga Cabai Turun di Pasar Johar", "Panen naik. "),
        (
            "Panen naik. Baca juga:Harga Cabai Turun di Pasar Johar Menurut Rina Dewi, petani tetap senang.",
            "Panen naik. Menurut Rina Dewi, petani tetap senang.",
        ),
        (
            'Panen naik. Simak juga Video: Harga Cabai Turun di Pasar "Petani senang," kata Rina.',
            'Panen naik. "Petani senang," kata Rina.',
        ),
        (
            "Panen naik. Pilihan Editor: Harga Cabai Turun. Petani tetap senang dengan hasil itu.",
            "Panen naik. Petani tetap senang dengan hasil itu.",
        ),
        (
            "Panen naik. Baca Juga: Harga Cabai Turun di Pasar Johar Jika Anda petani, hubungi dinas.",
            "Panen naik. Jika Anda petani, hubungi dinas.",
        ),
        (
            "Panen naik. SIMAK JUGA - Harga Cabai Turun Sebelumnya, petani mengeluh.",
            "Panen naik. Sebelumnya, petani mengeluh.",
        ),
        ("Panen naik. Lihat Video 'Harga Cabai Turun di Pasar': Petani senang.", "Panen naik.  Petani senang."),
        ("Panen naik. Baca juga: Kenapa Harga Cabai Turun?Petani senang.", "Panen naik. Petani senang."),
        ("Panen naik. Baca juga: Harga Cabai Pedas Turun 2. Simpan di kulkas.", "Panen naik. 2. Simpan di kulkas."),
        (
            "Panen naik. Baca juga: Harga Cabai Turun Lagi Keputusan itu membuat petani senang.",
            "Panen naik. Keputusan itu membuat petani senang.",
        ),
    ],
)
def test_related_link_is_removed_and_the_sentence_kept(line: str, rest: str) -> None:
    assert remove_related_links(line) == rest


@pytest.mark.parametrize(
    "line",
    [
        "Panen naik. Baca juga: Harga Cabai Turun di Pasar Johar Rina Dewi mengatakan petani senang. Itu benar.",
        "Panen naik. Baca juga: Harga Cabai Turun Bahkan Organisasi Kerja Sama dan Pembangunan mengeluh. Itu benar.",
        "Panen naik. Baca juga: Harga Cabai Turun Warga Desa Sumur tersebut mengeluh. Itu benar.",
        "Ia baca juga buku itu. Anaknya lihat juga.",
        "",
    ],
)
def test_related_link_with_unclear_end_is_kept(line: str) -> None:
    assert remove_related_links(line) == line
