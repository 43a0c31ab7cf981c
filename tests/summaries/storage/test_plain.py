"""The one form in which rows of both databases are compared."""

from __future__ import annotations

from typing import Any

import pytest

from summaries.storage.postgres.row_compare import FLAG, LIST, MOMENT, comparable, to_server

AT = "2026-11-23T05:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("value", "kind", "stored", "compared"),
    [
        (None, "text", None, None),
        (None, MOMENT, None, None),
        (None, LIST, None, None),
        (7, "bigint", 7, 7),
        ("a\0b", "text", "a\ufffdb", "a\ufffdb"),
        (b"\0a", "bytea", b"\0a", b"\0a"),
        (AT, MOMENT, AT, AT),
        # Before every moment.
        ("", MOMENT, "-infinity", ""),
        (1, FLAG, True, 1),
        (0, FLAG, False, 0),
        ("[]", LIST, [], []),
        ('["padi", "a\\u0000b"]', LIST, ["padi", "a\0b"], ["padi", "a\ufffdb"]),
        ("[1, 2]", LIST, [1, 2], [1, 2]),
    ],
)
def test_a_value_as_it_is_stored_and_compared(value: Any, kind: str, stored: Any, compared: Any) -> None:
    assert to_server(value, kind) == stored
    assert comparable(value, kind) == compared
