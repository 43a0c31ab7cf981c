"""What the headers of an answer mean (pure)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from summaries.fetch.client.charsets import known_charset

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_RETRY_AFTER_S = 86_400.0

_READABLE_TYPES = {"application/xhtml+xml", "application/xml", "application/json", "application/pdf"}
_READABLE_SUFFIXES = ("+xml", "+json")
_UNREADABLE_XML = {"image/svg+xml", "application/vnd.google-earth.kml+xml", "application/mathml+xml"}


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of one answer; of a name that comes twice, the first counts."""

    values: dict[str, str]

    @classmethod
    def of(cls, raw: Iterable[tuple[bytes, bytes]]) -> Headers:
        values: dict[str, str] = {}
        for name, value in raw:
            values.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
        return cls(values)

    def get(self, name: str) -> str:
        """The value under a lower-case name, or nothing."""
        return self.values.get(name, "")

    @property
    def content_length(self) -> int | None:
        length = self.get("content-length")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None

    @property
    def media_type(self) -> str:
        """Lower-case, without parameters; empty when the answer names none."""
        return self.get("content-type").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """The charset that the answer names, if it is one that we read; see `known_charset`."""
        message = Message()
        message["content-type"] = self.get("content-type").replace("\r", " ").replace("\n", " ")
        return known_charset(message.get_content_charset())


def is_readable(media_type: str) -> bool:
    """True for text, HTML, XML, feeds, JSON and PDF."""
    if media_type in _UNREADABLE_XML:
        return False
    return media_type.startswith("text/") or media_type in _READABLE_TYPES or media_type.endswith(_READABLE_SUFFIXES)


def sniff_media_type(body: bytes) -> str:
    """The media type of a body that came without one, by its first character; empty when it is none that is read."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if start.startswith(b"<?xml"):
        return "application/xml"
    return "text/html" if start.startswith(b"<") else "application/json" if start.startswith(b"{") else ""


def retry_after_s(value: str, *, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3), which holds seconds or a date; at most a day."""
    value = value.strip()
    try:
        seconds = float(value) if value[:1].isdigit() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no number and no date, or a date without a zone
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S) if math.isfinite(seconds) else None
