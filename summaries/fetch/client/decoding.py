"""Decode the body of a response: its Content-Encoding incrementally, within a size limit, and charset names."""

from __future__ import annotations

import codecs
import re
import zlib

from summaries.errors import PermanentFetchError, TransientFetchError

ACCEPTED_ENCODINGS = "gzip, deflate"

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
            raise PermanentFetchError(f"{self._url} is too large")

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
