"""A feed's bytes for the parser: one charset, and no character that would stop it."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import PermanentFetchError
from summaries.fetch.feeds.feed_text import decode_feed

URL = "https://kabartimur.example/rss"
PLAIN = "<rss><title>Kafé “baru”</title></rss>"
DECLARATION = '<?xml version="1.0" encoding="{}"?>\n'


def decode(body: bytes, charset: str | None = None) -> str:
    return decode_feed(body, charset, url=URL)


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (PLAIN.encode(), None),
        (PLAIN.encode(), "utf-8"),
        # Valid UTF-8 is read as such, against any declaration.
        (PLAIN.encode(), "iso-8859-1"),
        (PLAIN.encode(), "tidak-ada"),
        ((DECLARATION.format("utf-16") + PLAIN).encode(), None),
        ((DECLARATION.format("UTF-9") + PLAIN).encode(), None),
        ((DECLARATION.format("windows-1252") + PLAIN).encode("cp1252"), None),
        ((DECLARATION.format("UTF-8") + PLAIN).encode("cp1252"), "windows-1252"),
        ((DECLARATION.format("UTF-8") + PLAIN).encode("cp1252"), None),
        (PLAIN.encode("cp1252"), None),
        ((DECLARATION.format("UTF-16") + PLAIN).encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"), None),
        (PLAIN.encode("utf-32"), None),
        # Byte order marks that are wrong, doubled or after blanks, and output of scripts before the feed.
        (codecs.BOM_UTF16_LE + PLAIN.encode(), None),
        (codecs.BOM_UTF32_LE + PLAIN.encode(), None),
        (codecs.BOM_UTF8 * 2 + b"\n" + PLAIN.encode(), None),
        (b"\n \t" + (DECLARATION.format("UTF-8") + PLAIN).encode(), None),
        (b"Warning: cannot connect\n" + (DECLARATION.format("UTF-8") + PLAIN).encode(), None),
        ((DECLARATION.format("UTF-8") * 2 + PLAIN).encode(), None),
    ],
)
def test_charset_and_byte_order_mark_are_decoded(body: bytes, charset: str | None) -> None:
    assert decode(body, charset) == PLAIN


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_utf_16_without_byte_order_mark_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentFetchError, match="character set"):
        decode(PLAIN.encode(encoding))


def test_one_bad_byte_leaves_the_rest_intact() -> None:
    body = PLAIN.encode().replace(b"</title>", b"\x85\xff</title>")
    assert decode(body).startswith("<rss><title>Kafé “baru”")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xde00;", "😀"),
        ("&#xd83d;&#56832;", "😀"),
        ("&#55357;", "\ufffd"),
        ("&#56832;&#55357;", "\ufffd\ufffd"),
        ("&#55357;&#55357;&#56832;", "\ufffd😀"),
        ("&#55357", "\ufffd"),
        ("&#55357;a&#56832;", "\ufffda\ufffd"),
        ("&#0;", " "),
        ("&#11;", " "),
        ("&#xFFFF;", "\ufffd"),
        ("&#x110000;", "\ufffd"),
        ("&#" + "9" * 5000 + ";", "\ufffd"),
        ("&#" + "0" * 50 + "65;", "&#" + "0" * 50 + "65;"),
        ("&#233;&#x1F600;&#128512; &#150; &amp; &nbsp; &#; &#x; &#xZZ;",) * 2,
        ("a\x00b\x0bc\x1bd\x1f", "a b c d "),
        ("a\ufffeb", "a\ufffdb"),
    ],
)
def test_invalid_character_references_are_replaced(written: str, read: str) -> None:
    assert decode(f"<a>{written}</a>".encode()) == f"<a>{read}</a>"


def test_json_starts_at_its_brace() -> None:
    assert decode(codecs.BOM_UTF8 + b'\n{"a": "<b>"}') == '{"a": "<b>"}'


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "windows-1252", "utf-7", "x" * 50]))
def test_any_bytes_decode_to_encodable_text(body: bytes, charset: str | None) -> None:
    try:
        text = decode(body, charset)
    except PermanentFetchError:
        return
    text.encode()
