"""The meaning of response headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.client.decoding import (
    is_readable,
    parse_charset,
    parse_headers,
    parse_length,
    parse_media_type,
    parse_retry_after,
    sniff_media_type,
)

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content_type", "media_type", "charset"),
    [
        ("text/html", "text/html", None),
        ("Text/HTML; Charset=UTF-8", "text/html", "utf-8"),
        ('text/html; charset="iso-8859-1"', "text/html", "iso8859-1"),
        ("text/html; charset=utf-8; charset=x", "text/html", "utf-8"),
        ("text/html; charset=klingon", "text/html", None),
        ("text/html; charset=\0", "text/html", None),
        ("text/html;charset=" + "a" * 5000, "text/html", None),
        ("", "", None),
        (";;;", "", None),
    ],
)
def test_content_type_is_parsed(content_type: str, media_type: str, charset: str | None) -> None:
    assert (parse_media_type(content_type), parse_charset(content_type)) == (media_type, charset)


@given(st.binary(max_size=200))
def test_any_content_type_is_parsed_without_error(value: bytes) -> None:
    header = parse_headers([(b"Content-Type", value)])["content-type"]
    media_type, charset, length = parse_media_type(header), parse_charset(header), parse_length(header)
    assert media_type == media_type.lower()
    assert charset is None or charset
    assert length is None or length >= 0


def test_first_of_duplicate_headers_is_used() -> None:
    assert parse_headers([(b"ETag", b"a"), (b"etag", b"b")]) == {"etag": "a"}


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("text/html", True),
        ("text/plain", True),
        ("application/xhtml+xml", True),
        ("application/rss+xml", True),
        ("application/atom+xml", True),
        ("application/xml", True),
        ("application/feed+json", True),
        ("application/json", True),
        ("application/pdf", True),
        ("image/png", False),
        ("image/svg+xml", False),
        ("video/mp4", False),
        ("application/zip", False),
        ("application/octet-stream", False),
        ("application/javascript", False),
    ],
)
def test_media_type_is_readable(media_type: str, expected: bool) -> None:
    assert is_readable(media_type) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"  <!doctype html>", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "application/xml"),
        (b"%PDF-1.7", "application/pdf"),
        (b'{"version": 1}', "application/json"),
        (b"\x7fELF", ""),
        (b"", ""),
    ],
)
def test_media_type_is_sniffed_from_the_body(body: bytes, expected: str) -> None:
    assert sniff_media_type(body) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Tue, 24 Nov 2026 01:02:00 GMT", 120.0),
        ("Tue, 24 Nov 2026 00:00:00 GMT", 0.0),
        ("99999999", 86_400.0),
        ("9" * 400, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_retry_after_is_parsed(value: str, expected: float | None) -> None:
    assert parse_retry_after(value, now=NOW) == expected


@given(st.text(max_size=40))
def test_any_retry_after_gives_a_bounded_wait_or_none(value: str) -> None:
    wait = parse_retry_after(value, now=NOW)
    assert wait is None or 0 <= wait <= 86_400
