"""Values for tests of the Telegram side."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.locale import Translations, load_translations
from summaries.model import SHORT, Article, NewsItem, Origin, StoredArticle, Summary, SummarySentence
from tests.command_line import restore_logging

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CLOCK_JUMPS = (timedelta(minutes=1), timedelta(hours=1), *(timedelta(days=days) for days in (1, 30, 120, 365, 3652)))

ItemMaker = Callable[..., NewsItem]


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Restore the logging of the test run afterwards."""
    with restore_logging():
        yield


class Sleeper:
    """A fake of `asyncio.sleep` that notes the seconds in `asked` and returns after other tasks had their turn."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
def words() -> Translations:
    return load_translations("id")


@pytest.fixture
def make_item() -> ItemMaker:
    """A stored article with a summary of its text; fields of the article can be given."""

    def make(number: int = 1, **fields: Any) -> NewsItem:
        defaults: dict[str, Any] = {
            "title": f"Panen Raya ke-{number}",
            "text": f"Warga desa ke-{number} memanen padi lebih awal.",
            "url": f"https://kabar.example/panen/{number}",
            "outlet": "Kabar Desa",
            "category": "ekonomi",
            "published_at": datetime.fromisoformat("2026-11-22T18:05:00+08:00"),
        }
        article = Article(**(defaults | fields))
        summary = Summary((SummarySentence(article.text, 0, len(article.text)),), "lead", SHORT)
        return NewsItem(StoredArticle(number, f"url:{article.url}", article, Origin.FEED, NOW), summary)

    return make


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare a rendering with the file of that name in tests/bot/golden, which a reviewer can look at.

    With UPDATE_GOLDEN in the environment the file is written instead, for the reviewer of the change.
    """

    def compare(name: str, rendered: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(rendered + "\n", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == rendered + "\n"

    return compare
