"""The shared data of worker processes is loaded by reading a page."""

from __future__ import annotations

import pytest

from summaries.articles.prepare import STORED_LENGTHS, prepare
from summaries.ports.stories import PreparedArticle


def test_preload_reads_a_complete_page(monkeypatch: pytest.MonkeyPatch) -> None:
    # The import reads a page, too.
    from summaries.workers import preload

    prepared: list[PreparedArticle] = []
    monkeypatch.setattr(preload, "prepare", lambda article: prepared.append(prepare(article)))
    preload.read_a_page()
    assert [len(article.summaries) for article in prepared] == [len(STORED_LENGTHS)]
