"""What a digest tells: which news, in which order (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.model import SHORT, Digest
from summaries.schedule import is_late

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from summaries.model import Delivery, NewsItem

DIGEST_ITEMS = 8
# More candidates than places, so that no outlet has to fill them alone.
DIGEST_CANDIDATES = 60
DIGEST_LENGTH = SHORT


def compose(delivery: Delivery, news: Sequence[NewsItem], total: int, now: datetime) -> Digest:
    """The digest for a delivery from the chat's new items (newest first) and how many there are in all."""
    chosen = choose(news, DIGEST_ITEMS)
    return Digest(
        due_at=delivery.due_at,
        zone=delivery.zone,
        items=chosen,
        more=total - len(chosen),
        is_late=is_late(delivery.due_at, now),
        language=delivery.language,
    )


def choose(news: Sequence[NewsItem], count: int) -> tuple[NewsItem, ...]:
    """The newest items, taking turns among the topics, in the order of the topics' newest items.

    A day with fifty football reports still leaves room for the rest; a reader sees each topic's items together.
    """
    by_topic: dict[str | None, list[NewsItem]] = {}
    for item in news:
        by_topic.setdefault(item.stored.article.category, []).append(item)
    taken: dict[str | None, int] = dict.fromkeys(by_topic, 0)
    left = min(count, len(news))
    while left:
        for topic, items in by_topic.items():
            if left and taken[topic] < len(items):
                taken[topic] += 1
                left -= 1
    return tuple(item for topic, items in by_topic.items() for item in items[: taken[topic]])
