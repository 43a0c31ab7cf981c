from __future__ import annotations

import pytest

from summaries.text.trailers import find_closing_start, find_trailing_initials


@pytest.mark.parametrize(
    ("paragraph", "text", "rest"),
    [
        ("Warga pulang. (has)", "has", "Warga pulang."),
        ('"Warga pulang." (abc/def)', "abc/def", '"Warga pulang."'),
        ("Warga pulang.(fdl / fdl) ", "fdl/fdl", "Warga pulang."),
        ("Warga pulang. (Rina Dewi)", None, "Warga pulang."),
        ("Warga pulang. (*)", None, "Warga pulang."),
    ],
)
def test_initials_are_found(paragraph: str, text: str | None, rest: str) -> None:
    mark = find_trailing_initials(paragraph)
    assert mark is not None
    assert mark.text == text
    assert paragraph[: mark.start] == rest


@pytest.mark.parametrize(
    "paragraph", ["Ia dipanggil Komisi Pemberantasan Korupsi (KPK)", "Warga pulang Selasa (14/5).", ""]
)
def test_other_brackets_are_not_initials(paragraph: str) -> None:
    assert find_trailing_initials(paragraph) is None


@pytest.mark.parametrize(
    ("paragraph", "text", "rest"),
    [
        ("Warga pulang. [cob]", "cob", "Warga pulang."),
        ('Warga pulang. " (has)', "has", 'Warga pulang. "'),
        ("Warga pulang. (T.KR - MH / N005)", None, "Warga pulang."),
        ("Warga pulang. (gk - 48)", None, "Warga pulang."),
        ("Warga pulang. (Antara / Kantor Berita)", None, "Warga pulang."),
        ("Warga pulang. [Antara", None, "Warga pulang."),
        ("Warga pulang. (humas desa / sir)", None, "Warga pulang."),
        ("Warga pulang.abc/de (AFP, Reuters)", "abc/de", "Warga pulang."),
        ("Tribun penuh (abc / de)", "abc/de", "Tribun penuh"),
        ("Skor akhir 2-1(Rina Dewi)", None, "Skor akhir 2-1"),
    ],
)
def test_initials_of_many_outlets_are_found(paragraph: str, text: str | None, rest: str) -> None:
    mark = find_trailing_initials(paragraph)
    assert mark is not None
    assert mark.text == text
    assert paragraph[: mark.start] == rest


@pytest.mark.parametrize(
    "paragraph",
    [
        "Harga naik. (Harga belum termasuk pajak dan ongkos kirim)",
        "Liga dimulai lagi. (2013)",
        "Ia tinggal di ibu kota provinsi (Jawa Tengah)",
        "(has)",
    ],
)
def test_other_trailing_brackets_are_not_initials(paragraph: str) -> None:
    assert find_trailing_initials(paragraph) is None


@pytest.mark.parametrize(
    "closing",
    [
        "Editor: Siti Rahma",
        "Sumber: Kantor Desa.",
        "Artikel ini pertama kali terbit dalam Bahasa Jerman Diadaptasi oleh Rina Dewi Editor: Joko",
        "Joko Santosa berkontribusi dalam penulisan artikel ini",
        "RINA DEWI | JOKO W. SANTOSA",
        "Baca berita selengkapnya di sini.",
        "https://contoh.id/berita/1",
        "●",
    ],
)
def test_closing_is_found(closing: str) -> None:
    text = f'Ia berkata, "Warga pulang." {closing}'
    assert find_closing_start(text) == len('Ia berkata, "Warga pulang."')
    assert find_closing_start(closing) == 0


@pytest.mark.parametrize(
    "text",
    [
        "Warga pulang. Sumber: laporan desa. Warga lain tinggal di balai.",
        "Ia menulis: https://contoh.id/berita/1",
        "Warga pulang. Foto lama itu hilang.",
        "Warga pulang. RINA menang.",
        "Hubungi kantor desa, telp. No.: 0241234567",
        "",
    ],
)
def test_sentence_is_not_a_closing(text: str) -> None:
    assert find_closing_start(text) is None
