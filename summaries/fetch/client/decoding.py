"""Decode a response: its body incrementally, within a size limit, and the meaning of its headers and charset names."""

from __future__ import annotations

import codecs
import math
import re
import zlib
from collections.abc import Sequence
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from summaries.errors import Fault, PermanentFetchError, TransientFetchError

ACCEPTED_ENCODINGS = "gzip, deflate"
MAX_RETRY_AFTER_S = 86_400.0

_GZIP, _ZLIB, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class BodyDecoder:
    """Collects the body from `url` of at most `max_bytes`, before and after decoding.

    A decompression bomb is never unpacked beyond the limit, because the decompressor is given a maximum length.
    """

    def __init__(self, url: str, content_encoding: str, *, max_bytes: int) -> None:
        """Raise PermanentFetchError for an encoding that was not requested, or for several in combination."""
        encoding = content_encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise PermanentFetchError(f"{url}: the encoding {encoding[:40]!r} was not asked for")
        self._url = url
        self._encoding = encoding
        self._inflater: zlib._Decompress | None = None
        self._max_bytes = max_bytes
        self._received = 0
        self._body = bytearray()

    def feed(self, piece: bytes) -> None:
        """Add the next piece of the raw body. Raises PermanentFetchError if it is too large or wrongly encoded."""
        self._received += len(piece)
        self.check_length(self._received)
        if piece:
            self._body += piece if self._encoding in {"", "identity"} else self._inflate(piece)
            self.check_length(len(self._body))

    def check_length(self, length: int) -> None:
        """Raise PermanentFetchError if the length, stated or received, exceeds the limit."""
        if length > self._max_bytes:
            raise PermanentFetchError(f"{self._url} is too large", fault=Fault.TOO_LARGE)

    def _inflate(self, piece: bytes) -> bytes:
        if self._inflater is None:
            self._inflater = zlib.decompressobj(self._window_bits(piece))
        if self._inflater.eof:  # ignore data after the compressed body
            return b""
        try:
            return self._inflater.decompress(piece, self._max_bytes + 1 - len(self._body))
        except zlib.error as error:
            raise PermanentFetchError(f"{self._url}: the body is not {self._encoding}: {error}") from error

    def _window_bits(self, piece: bytes) -> int:
        if self._encoding != "deflate":
            return _GZIP
        # "deflate" means zlib (RFC 9110, 8.4.1.2), but some servers send raw deflate; a zlib header is divisible by 31.
        has_header = len(piece) > 1 and piece[0] & 0x0F == 8 and int.from_bytes(piece[:2], "big") % 31 == 0
        return _ZLIB if has_header else _RAW_DEFLATE

    def finish(self) -> bytes:
        """Return the whole body. Raises TransientFetchError if a compressed body ends too early."""
        if self._inflater is not None and not self._inflater.eof:
            raise TransientFetchError(f"{self._url} broke off")
        return bytes(self._body)


_WRITES_MARKUP_AS_ASCII = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp87\d|koi8-\w|gb2312|gbk|gb18030|big5\w*|euc_\w+|shift_jis\w*|tis-620|mac-\w+"
)


def resolve_charset(name: str | None) -> str | None:
    """Return Python's name of the charset, or None if it is unknown or does not encode markup like ASCII.

    Other charsets (UTF-7, EBCDIC, escape codes, UTF-16 without a byte order mark) could hide markup from a check of the
    bytes.
    """
    if not name or len(name) > 40:
        return None
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return known if _WRITES_MARKUP_AS_ASCII.fullmatch(known) else None


def parse_headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by their names in lower case; of repeated headers the first counts."""
    return {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in reversed(raw)}


def parse_length(content_length: str) -> int | None:
    """Return the length in a Content-Length header, or None if it is no plain number."""
    is_number = content_length.isascii() and content_length.isdigit() and len(content_length) < 19
    return int(content_length) if is_number else None


def parse_media_type(content_type: str) -> str:
    """Return the media type of a Content-Type header in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def parse_charset(content_type: str) -> str | None:
    """Return the charset that a Content-Type header declares, if it is supported; see `resolve_charset`."""
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    return resolve_charset(message.get_content_charset())


_READABLE_TYPES = {"application/xhtml+xml", "application/xml", "application/json", "application/pdf"}
_READABLE_SUFFIXES = ("+xml", "+json")
_UNREADABLE_XML = {"image/svg+xml", "application/vnd.google-earth.kml+xml", "application/mathml+xml"}


def is_readable(media_type: str) -> bool:
    """Return whether the media type is text, HTML, XML, a feed, JSON or PDF."""
    if media_type in _UNREADABLE_XML:
        return False
    return media_type.startswith("text/") or media_type in _READABLE_TYPES or media_type.endswith(_READABLE_SUFFIXES)


def sniff_media_type(body: bytes) -> str:
    """Guess the media type of a body without a Content-Type from its first bytes; empty if it is not supported."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"<?xml"):
        return "application/xml"
    return "text/html" if start.startswith(b"<") else "application/json" if start.startswith(b"{") else ""


def parse_retry_after(value: str, *, now: datetime) -> float | None:
    """Parse a Retry-After header (RFC 9110, 10.2.3), seconds or a date, into seconds to wait; at most a day."""
    value = value.strip()
    try:
        seconds = float(value) if value[:1].isdigit() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # neither a number nor a date, or a date without a zone
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S) if math.isfinite(seconds) else None
