"""Read the article in a PDF, the usual form of statements by ministries, agencies and companies."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pypdf
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.plain.article import read_plain_text
from summaries.model import Article

MAX_PDF_BYTES = 5 * 1024 * 1024
MAX_PAGES = 30
MAX_TEXT_CHARS = 200_000
# Scanning apps add a line of their own to the picture of each page ("Dipindai dengan CamScanner").
MIN_WORDS = 40
# Some programs draw each letter separately, and encode it in two bytes.
MAX_OPERATIONS = 60_000
MAX_DRAWN_CHARS = 2 * MAX_TEXT_CHARS

# A statement is text on a few pages. These limits prevent a hostile file from unpacking to hundreds of megabytes.
_BOUNDS = pypdf.Configuration(
    maximum_declared_stream_length=MAX_PDF_BYTES,
    array_based_stream_maximum_output_length=20_000_000,
    lzw_maximum_output_length=10_000_000,
    run_length_maximum_output_length=10_000_000,
    zlib_maximum_output_length=10_000_000,
    stream_filters_maximum_length=4,
    stream_decoding_work_maximum_length=40_000_000,
    stream_parsing_work_maximum_count=400_000,
    page_tree_maximum_entries=5_000,
    page_tree_maximum_page_entries=50_000,
    xform_maximum_invocations_per_extraction=200,
    disable_legacy_handling=True,
)
_PAGE_NUMBER = re.compile(
    r"(?:halaman|page|hal\.?)?\s*+(?:-\s*+)?\d{1,3}\s*+(?:(?:dari|of|/)\s*+\d{1,3}\s*+)?-?", re.IGNORECASE
)
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-z])")

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every defect in every file


def read_pdf(body: bytes) -> Article:
    """Read the article in a PDF, from at most 30 pages of text; the rest is ignored.

    Raises:
        NothingToSummarize: the file is broken, encrypted, too large, made of pictures, or no article.
    """
    if len(body) > MAX_PDF_BYTES:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, f"the file is larger than {MAX_PDF_BYTES} bytes")
    try:
        with pypdf.apply_configuration(_BOUNDS):
            reader = pypdf.PdfReader(
                io.BytesIO(body), root_object_recovery_limit=1000, xref_stream_maximum_entries=100_000
            )
            text = "\n".join(_extract_pages(reader))
            is_scan = len(text.split()) < MIN_WORDS and any(map(_has_picture, reader.pages[:MAX_PAGES]))
    except (PyPdfError, pypdf.errors.DependencyError, RecursionError, MemoryError) as error:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, f"the PDF can't be read: {error}") from error
    except Exception as error:  # pypdf raises any exception on broken files
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, f"the PDF is broken: {error!r}") from error
    if is_scan:
        raise NothingToSummarize(RefusalReason.SCANNED, "the PDF holds pictures of text")
    if not text.strip():
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the PDF holds no text")
    return read_plain_text(_HYPHENATED.sub("", text))


class _TooLong(Exception):
    """The pages have more text than is read."""


class _DrawingLimit:
    """Limits the drawing operations, because pypdf copies a page's whole text at each of them."""

    def __init__(self) -> None:
        self._operations = 0
        self._chars = 0

    def count(self, _operator: object, operands: list[object], *_matrices: object) -> None:
        """Count an operation before it is drawn. Raises _TooLong beyond the limits."""
        self._operations += 1
        shown = operands[0] if operands and isinstance(operands[0], list) else operands
        self._chars += sum(len(text) for text in shown if isinstance(text, str | bytes))
        if self._operations > MAX_OPERATIONS or self._chars > MAX_DRAWN_CHARS:
            raise _TooLong


def _has_picture(page: pypdf.PageObject) -> bool:
    """Return whether the page shows a picture, which is not decoded."""
    resources = page.get("/Resources", {}).get_object()
    drawn = resources.get("/XObject", {}).get_object() if isinstance(resources, DictionaryObject) else None
    return isinstance(drawn, DictionaryObject) and any(
        isinstance(thing := drawn[name], DictionaryObject) and thing.get("/Subtype") == "/Image" for name in drawn
    )


def _extract_pages(reader: pypdf.PdfReader) -> Iterator[str]:
    chars = 0
    limit = _DrawingLimit()
    for page in reader.pages[:MAX_PAGES]:
        try:
            extracted = page.extract_text(visitor_operand_before=limit.count)
        except _TooLong:
            return
        lines = [line for line in extracted.splitlines() if not _PAGE_NUMBER.fullmatch(line.strip())]
        text = "\n".join(lines)
        chars += len(text)
        if chars > MAX_TEXT_CHARS:
            return
        yield text
