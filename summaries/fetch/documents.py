"""Read one document into an article, by its media type."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html.outlets import attribute_to_address
from summaries.fetch.plain.article import decode_text, read_plain_text
from summaries.model import Article
from summaries.text.dates import sanitize_timestamp
from summaries.urls import canonicalize_url

# Longer texts are books, which would keep a worker busy for minutes.
MAX_PLAIN_CHARS = 1_000_000


def is_pdf(body: bytes, media_type: str) -> bool:
    return media_type == "application/pdf" or body.startswith(b"%PDF-")


def read_document(
    body: bytes, url: str, *, media_type: str, charset: str | None = None, now: datetime | None = None
) -> Article:
    """Read the article in a document, by its media type. Runs in a worker.

    `url` is the address it was fetched from. It is empty for a file, which then has no address regardless of its
    content. A plain text keeps the outlet that it names, for callers that trust the file. An implausible date at `now`
    is omitted.

    Raises:
        NothingToSummarize: it contains no article.
    """
    # Imported on use: the readers of PDFs and pages take a third of a second each to load, and text needs neither.
    if is_pdf(body, media_type):
        from summaries.fetch.pdfs import read_pdf

        article = read_pdf(body)
    elif media_type == "text/plain":
        text = decode_text(body)
        if len(text) > MAX_PLAIN_CHARS:
            raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the text is longer than any article")
        article = read_plain_text(text)
    else:
        from summaries.fetch.html.pages import read_page

        return read_page(body, url=url, charset=charset, now=now)
    if url:
        article = attribute_to_address(article, canonicalize_url(url))
    return replace(article, published_at=sanitize_timestamp(article.published_at, now=now))
