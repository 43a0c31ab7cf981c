from __future__ import annotations

import pytest

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.model import Article
from summaries.summarizer.admission import admit

SENTENCE = "Warga desa memperbaiki jembatan yang rusak karena banjir pada akhir pekan lalu bersama para relawan."
PROSE = "\n\n".join([SENTENCE] * 5)
LIVE = "\n\n".join(f"1{n}.05 WIB - {SENTENCE}" for n in range(6))
RESULTS = "Hasil lengkap pertandingan pekan ini:\n\n" + "\n\n".join(
    f"Tim Kota {n} melawan Tim Desa {n} dengan hasil akhir {n} - 1" for n in range(8)
)
LISTING = "Berikut daftar pemenang lomba desa:\n\n" + "\n\n".join(
    f"Juara kelompok warga yang tinggal di dusun {name} kecamatan timur"
    for name in ("Melati", "Mawar", "Anggrek", "Dahlia")
)
GALLERY = "\n\n".join(f"{SENTENCE[:-1]} (ANTARA FOTO/Siti Rahma)" for _ in range(5))
STUB = f"{SENTENCE} {SENTENCE} {SENTENCE}"


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("", LIVE, RefusalReason.LIVE_REPORT),
        ("Hasil Liga Desa", RESULTS, RefusalReason.RESULTS),
        ("", LISTING, RefusalReason.LISTING),
        ("", GALLERY, RefusalReason.GALLERY),
        ("FOTO: Jembatan Baru", STUB, RefusalReason.GALLERY),
        ("Video: Jembatan Baru", SENTENCE, RefusalReason.GALLERY),
        ("Video: Jembatan Baru", f"{SENTENCE} {SENTENCE}\n\n(sit/rah)\n\n{SENTENCE}", RefusalReason.GALLERY),
        ("", f"{STUB} Berlangganan untuk membaca artikel lengkap.", RefusalReason.PAYWALL),
        ("", "Kami memakai cookie agar situs ini nyaman. Klik terima untuk setuju dengan semua cookie kami.", None),
        ("", SENTENCE, RefusalReason.TOO_SHORT),
    ],
)
def test_non_article_is_refused_with_its_reason(title: str, text: str, reason: RefusalReason | None) -> None:
    with pytest.raises(NothingToSummarize) as caught:
        admit(Article(title=title, text=text))
    assert caught.value.reason is (reason or RefusalReason.NOT_AN_ARTICLE)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Foto Lama Jembatan Ditemukan", PROSE),
        ("", PROSE + "\n\nSkor akhir 2-1 untuk tim tamu."),
        ("", "Berikut langkahnya:\n\n" + PROSE),
        ("", SENTENCE + " Layanan ini hanya untuk pelanggan listrik, kata petugas. " + PROSE + PROSE),
    ],
)
def test_articles_are_admitted(title: str, text: str) -> None:
    assert admit(Article(title=title, text=text)) == "id"


TABLE = "\n\n".join(f"1{n}.00 WIB Tim Merah {n} vs Tim Biru {n}" for n in range(9))
CODE = "def jumlah(a, b):\n    hasil = [a[i] + b[i] for i in range(len(a))]\n    return {'hasil': hasil}\n" * 8


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("", CODE, RefusalReason.NOT_AN_ARTICLE),
        ("Jadwal Liga Desa", TABLE, RefusalReason.RESULTS),
        ("", TABLE.replace("\n\n", " "), RefusalReason.RESULTS),
        ("", "\n\n".join(f"Menit {n}: {SENTENCE}" for n in range(6)), RefusalReason.LIVE_REPORT),
        ("", "\n\n".join(f"1{n}.05 WIB\n\n{SENTENCE}" for n in range(6)), RefusalReason.LIVE_REPORT),
        ("Live Report: Banjir", PROSE + "\n\n" + LIVE, RefusalReason.LIVE_REPORT),
        ("", f"{STUB} Lanjutkan membaca dengan berlangganan. Sudah punya akun? Masuk.", RefusalReason.PAYWALL),
        ("", f"{STUB} Lupa kata sandi? Daftar di sini.", RefusalReason.NOT_AN_ARTICLE),
    ],
)
def test_other_formats_are_refused_with_their_reason(title: str, text: str, reason: RefusalReason) -> None:
    with pytest.raises(NothingToSummarize) as caught:
        admit(Article(title=title, text=text))
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("VIDEO: Jembatan Baru", STUB),
        ("", f"-\n\n{STUB}\n\n{LISTING}"),
        ("", f"{STUB}\n\n{TABLE}\n\n{TABLE}"),
        ("", f"{STUB} {TABLE}".replace("\n\n", " ") * 2),
        ("Jadwal Siaran Langsung Liga Desa", "\n\n".join([PROSE, PROSE, TABLE])),
        ("", "\n\n".join([PROSE, PROSE, LISTING])),
        ("", "\n\n".join(f'"{SENTENCE} "' for _ in range(5))),
        ("", "\n\n".join(f"{SENTENCE} (8.5/10)" for _ in range(5))),
    ],
)
def test_report_with_a_table_is_admitted(title: str, text: str) -> None:
    assert admit(Article(title=title, text=text)) == "id"
