"""The meaning of response headers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from summaries.fetch.client.decoding import resolve_charset

MAX_RETRY_AFTER_S = 86_400.0

_READABLE_TYPES = {"application/xhtml+xml", "application/xml", "application/json", "application/pdf"}
_READABLE_SUFFIXES = ("+xml", "+json")
_UNREADABLE_XML = {"image/svg+xml", "application/vnd.google-earth.kml+xml", "application/mathml+xml"}


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of one response; of repeated headers the first counts."""

    values: dict[str, str]

    @classmethod
    def parse(cls, raw: Iterable[tuple[bytes, bytes]]) -> Headers:
        values: dict[str, str] = {}
        for name, value in raw:
            values.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
        return cls(values)

    def get(self, name: str) -> str:
        """Return the header's value, or an empty string; `name` is in lower case."""
        return self.values.get(name, "")

    @property
    def content_length(self) -> int | None:
        length = self.get("content-length")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty if the header is missing."""
        return self.get("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the header declares, if it is supported; see `resolve_charset`."""
        message = Message()
        message["content-type"] = self.get("content-type").replace("\r", " ").replace("\n", " ")
        return resolve_charset(message.get_content_charset())


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
