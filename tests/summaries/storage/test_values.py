"""Values that the stores keep as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from summaries.model import NO_MARKS, CentralAddition, SummarySentence
from summaries.storage.values import (
    MAX_TEXT_BYTES,
    plain_central_addition,
    stored_text,
    to_central_addition,
    to_marks,
    to_text,
)

ADDITION = CentralAddition(5, 10, 21, frozenset({(3, "35w"), (4, "60w")}))


def test_addition_is_read_as_it_was_stored() -> None:
    stored = plain_central_addition(ADDITION)
    assert stored is not None
    assert to_central_addition(stored) == ADDITION
    assert plain_central_addition(None) is None


def test_addition_marks_only_the_summaries_that_lack_its_fact() -> None:
    row: dict[str, Any] = {
        "id": 3, "length": "35w", "addition": plain_central_addition(ADDITION), "is_disputed": False,
        "added_id": 5, "added_outlet": "Warta", "added_published_at": "2026-11-04T08:00:00+07:00",
        "added_dated_at": "2026-11-04T01:00:00+00:00", "added_text": stored_text("Hari ini. Lima tewas."),
    }  # fmt: skip
    found = to_marks(row).addition
    assert found is not None
    assert (found.article_id, found.sentence) == (5, SummarySentence("Lima tewas.", 10, 21))
    assert to_marks(row | {"length": "60w"}) == NO_MARKS
    assert to_marks(row | {"added_id": None}) == NO_MARKS


def test_text_that_could_not_be_read_again_is_not_stored() -> None:
    longest = "é" * (MAX_TEXT_BYTES // 2)
    assert to_text(stored_text(longest)) == longest
    with pytest.raises(ValueError, match="bytes, more than"):
        stored_text(longest + "x")
