"""Values and stores for tests of the news side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from summaries.model import MEDIUM, SHORT, Article, Length, Summary, SummarySentence
from summaries.storage import Store, open_store

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)

ArticleMaker = Callable[..., Article]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_article() -> ArticleMaker:
    """An article by number: its title, address and text are its own, the rest can be given."""

    def make(number: int = 1, **fields: Any) -> Article:
        text = (
            f"Warga desa ke-{number} memanen padi lebih awal. Hasilnya naik dari tahun lalu.\n\nHarga gabah ikut naik."
        )
        defaults: dict[str, Any] = {
            "title": f"Panen Raya ke-{number}",
            "text": text,
            "url": f"https://kabar.example/panen/{number}",
            "outlet": "Kabar Desa",
            "category": "ekonomi",
            "published_at": NOW,
        }
        return Article(**(defaults | fields))

    return make


@pytest.fixture
def summarize_first() -> Callable[[Article], tuple[Summary, ...]]:
    """Summaries of the usual lengths that hold the article's first sentence."""

    def summaries(article: Article, lengths: tuple[Length, ...] = (SHORT, MEDIUM)) -> tuple[Summary, ...]:
        end = article.text.index(".") + 1
        return tuple(
            Summary((SummarySentence(article.text[:end], 0, end),), method="lead", length=length) for length in lengths
        )

    return summaries


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}")
    yield opened
    await opened.close()
