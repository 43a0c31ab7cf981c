"""PDFs, sound and hostile. The files are written here, byte by byte."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.documents import read_document
from summaries.fetch.pdfs import MAX_PDF_BYTES, read_pdf

LINES = (
    "Panen Raya Kediri Naik Delapan Persen",
    "",
    "Kediri, Kabar Timur - Petani di Kabupaten Kediri mulai memanen padi pada",
    "awal pekan ini. Hasilnya lebih baik daripada musim lalu karena air cukup dan",
    "hama sedikit, kata Dinas Pertanian dalam keterangan tertulis pada hari Rabu.",
    "",
    "Luas panen mencapai dua belas ribu hektare. Angka itu naik delapan persen",
    "dari tahun lalu. Pemerintah daerah meminta Bulog segera menyerap hasil panen.",
    "",
    "Harga gabah kering panen bertahan pada kisaran enam ribu rupiah. Para peta-",
    "ni berharap harga itu tidak turun sampai musim panen selesai bulan depan.",
    "",
    "Halaman 1 dari 1",
)


def make_pdf(lines: tuple[str, ...] = LINES, *, stream: bytes | None = None, extra: str = "", pages: int = 1) -> bytes:
    """A PDF of one text, compressed as PDF programs do it."""
    shown = "".join(f"({line}) Tj 0 -14 Td\n" for line in lines)
    packed = zlib.compress(f"BT /F1 11 Tf 40 800 Td\n{shown}ET".encode("latin-1")) if stream is None else stream
    kids = " ".join(["4 0 R"] * pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox[0 0 600 850] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R>>",
        f"<< /Length {len(packed)} /Filter /FlateDecode {extra} >>\nstream\n".encode() + packed + b"\nendstream",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(body)
    body += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    return body + f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


def test_pdf_article_is_read() -> None:
    url = "https://m.kabartimur.example/siaran.pdf?utm_source=x"
    article = read_document(make_pdf(), url, media_type="application/pdf")
    assert article.title == "Panen Raya Kediri Naik Delapan Persen"
    assert article.url == "https://kabartimur.example/siaran.pdf"
    assert article.text.startswith("Petani di Kabupaten Kediri mulai memanen padi pada awal pekan ini.")
    assert "Para petani berharap" in article.text
    assert "Halaman 1" not in article.text


def test_pdf_without_address_has_no_url() -> None:
    assert read_pdf(make_pdf()).url is None


@pytest.mark.parametrize("lines", [(), ("Dipindai dengan CamScanner",)], ids=["no text", "line of the scanning app"])
def test_scanned_pdf_is_recognised(lines: tuple[str, ...]) -> None:
    fonts = b"/Resources << /Font << /F1 3 0 R >>"
    body = make_pdf(lines, extra="/Subtype /Image").replace(fonts, fonts + b" /XObject << /I1 5 0 R >>")
    with pytest.raises(NothingToSummarize) as refusal:
        read_pdf(body)
    assert refusal.value.reason is RefusalReason.SCANNED


def test_article_beside_a_picture_is_read() -> None:
    fonts = b"/Resources << /Font << /F1 3 0 R >>"
    body = make_pdf(extra="/Subtype /Image").replace(fonts, fonts + b" /XObject << /I1 5 0 R >>")
    assert read_pdf(body).title == LINES[0]


# Made by the test, because packing the large ones takes long.
REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "no PDF": lambda: b"halo",
    "only a head": lambda: b"%PDF-1.7\n",
    "cut off": lambda: make_pdf()[:400],
    "too large": lambda: b"%PDF-1.7" + b" " * MAX_PDF_BYTES,
    "no text": lambda: make_pdf(()),
    "bomb": lambda: make_pdf(stream=zlib.compress(bytes(60_000_000))),
    "endless operators": lambda: make_pdf(stream=zlib.compress(b"q Q " * 2_000_000)),
    "brackets": lambda: make_pdf(stream=zlib.compress(b"BT " + b"[" * 200_000)),
    "no such filter": lambda: make_pdf(stream=b"x", extra="/Filter /Nonsense"),
    "page that holds itself": lambda: make_pdf().replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
    "encrypted": lambda: make_pdf().replace(
        b"/Root 1 0 R", b"/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /O (a) /U (b) /P 1 >>"
    ),
}


@pytest.mark.parametrize("make_body", REFUSED.values(), ids=REFUSED.keys())
def test_unreadable_pdf_is_refused_in_bounded_time(make_body: Callable[[], bytes]) -> None:
    body = make_body()
    start = time.process_time()
    with pytest.raises(NothingToSummarize) as refusal:
        read_pdf(body)
    assert refusal.value.reason is RefusalReason.NOT_AN_ARTICLE
    assert time.process_time() - start < 20


def test_long_pdf_is_read_in_part() -> None:
    start = time.process_time()
    assert read_pdf(make_pdf(pages=1000)).title == LINES[0]
    assert time.process_time() - start < 20


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 800), st.binary(min_size=1, max_size=20))
def test_damaged_pdf_is_read_or_refused(at: int, damage: bytes) -> None:
    whole = make_pdf()
    try:
        read_pdf(whole[:at] + damage + whole[at + len(damage) :])
    except NothingToSummarize:
        return
