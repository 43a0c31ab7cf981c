"""What worker processes share is loaded by reading a page as they do."""

from __future__ import annotations

import pytest

from summaries import warm
from summaries.preparing import STORED_LENGTHS, PreparedArticle, prepare


def test_the_page_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[PreparedArticle] = []
    monkeypatch.setattr(warm, "prepare", lambda article: prepared.append(prepare(article)))
    warm.read_a_page()
    assert [len(article.summaries) for article in prepared] == [len(STORED_LENGTHS)]
