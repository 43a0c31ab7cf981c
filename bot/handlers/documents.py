"""Documents that people send: which can be read, and their bytes."""

from __future__ import annotations

import logging
from pathlib import PurePath
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.errors import FileNotDownloaded, FileTooLarge, FileUnreadable

if TYPE_CHECKING:
    from telegram import Document

log = logging.getLogger(__name__)

FILE_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
}
# A million characters of text is a book; pages and PDFs carry more than their words.
MOST_BYTES = {"text/plain": 1024 * 1024, "text/html": 5 * 1024 * 1024, "application/pdf": 5 * 1024 * 1024}


def document_type(document: Document) -> str | None:
    """The media type of a document that can be read, by its name or by what the sender's app says."""
    by_name = FILE_TYPES.get(PurePath(document.file_name or "").suffix.casefold())
    return by_name or (document.mime_type if document.mime_type in MOST_BYTES else None)


async def download(document: Document) -> tuple[bytes, str]:
    """The document's bytes and media type.

    Raises:
        FileUnreadable, FileTooLarge, FileNotDownloaded: see there.
    """
    media_type = document_type(document)
    if media_type is None:
        raise FileUnreadable(document.mime_type or "of an unknown kind")
    if (document.file_size or 0) > MOST_BYTES[media_type]:
        raise FileTooLarge(MOST_BYTES[media_type] // (1024 * 1024))
    try:
        file = await document.get_file()
        body = bytes(await file.download_as_bytearray())
    except TelegramError as error:
        log.warning("a document could not be downloaded: %s", error)
        raise FileNotDownloaded(str(error)) from error
    # What the sender's app says of the size is only said.
    if len(body) > MOST_BYTES[media_type]:
        raise FileTooLarge(MOST_BYTES[media_type] // (1024 * 1024))
    return body, media_type
