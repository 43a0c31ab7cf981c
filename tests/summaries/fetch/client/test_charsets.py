"""Which claims of a character set are believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.client.decoding import resolve_charset


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("ISO-8859-1", "iso8859-1"),
        ("windows-1252", "cp1252"),
        ("Big5", "big5"),
        ("utf-7", None),
        ("utf-16", None),
        ("cp037", None),
        ("rot13", None),
        ("base64", None),
        ("idna", None),
        ("klingon", None),
        ("", None),
        (None, None),
        ("a" * 500, None),
        ("utf-8\0", None),
    ],
)
def test_charset_name_is_resolved(name: str | None, expected: str | None) -> None:
    assert resolve_charset(name) == expected


@given(st.text(max_size=50))
def test_any_name_gives_a_charset_or_none(name: str) -> None:
    known = resolve_charset(name)
    assert known is None or "<a>".encode(known) == b"<a>"
