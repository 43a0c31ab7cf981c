"""Characters that can't be written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.characters import dump_json, replace_unstorable

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Harga beras naik.\nSatu\tdua\r\n", "Harga beras naik.\nSatu\tdua\r\n"),
        ("a\ud83db", "a\ufffdb"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("\U0001f600", "\U0001f600"),
        ("a\x00b\x08c\x1bd\x7f", "a b c d "),
        ("a\ufffeb\uffff", "a\ufffdb\ufffd"),
        ("", ""),
    ],
)
def test_unstorable_characters_are_replaced(text: str, expected: str) -> None:
    assert replace_unstorable(text) == expected


@given(ANY_TEXT)
def test_any_text_is_encodable_afterwards_with_the_same_length(text: str) -> None:
    kept = replace_unstorable(text)
    assert kept.encode().decode() == kept
    assert "\0" not in kept
    assert len(kept) == len(text)
    assert replace_unstorable(kept) == kept


@given(st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_any_value_is_dumped_as_encodable_json(value: dict[str, str]) -> None:
    assert json.loads(dump_json(value).encode()) == value


def test_json_keeps_non_ascii_where_encodable() -> None:
    assert dump_json({"id": "Café"}) == '{"id": "Café"}'
    assert dump_json({"id": "Café \ud83d"}) == '{"id": "Caf\\u00e9 \\ud83d"}'
