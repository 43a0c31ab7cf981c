"""What an article of the last days takes in the memory of a process that finds stories."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime

from benchmarks.ingest.news import make_news
from summaries.model import Article
from summaries.stories import Entry, StoryIndex, make_signature

FEEDS, ENTRIES = 40, 50


def bytes_each(feeds: int = FEEDS, entries: int = ENTRIES) -> float:
    """Bytes of an article in the index of stories, with its signature."""
    now = datetime.now(UTC)
    items = [item for news in make_news(feeds, entries, seed=8, now=now) for item in news]
    articles = [Article(item.title, "\n\n".join(item.paragraphs), published_at=item.published_at) for item in items]
    StoryIndex()
    gc.collect()
    tracemalloc.start()
    index = StoryIndex()
    index.restore(
        Entry(make_signature(str(number), article.title, article.text, published_at=article.published_at), number)
        for number, article in enumerate(articles)
    )
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(index)
