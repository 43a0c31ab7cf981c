"""Select the news of a digest and their order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from summaries.digests.schedule import is_late, skip_quiet_hours
from summaries.model import SHORT, Delivery, Digest, NewsItem, Preferences

# More candidates than a digest has items, so that no single outlet fills it.
DIGEST_CANDIDATES = 60
DIGEST_LENGTH = SHORT


@dataclass(frozen=True, slots=True)
class Member:
    """One outlet's article of a story."""

    article_id: int
    outlet: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that a digest may contain, with its best article and all its articles, newest first."""

    story_id: int
    best_id: int
    members: tuple[Member, ...]


def select_stories(
    candidates: Iterable[Candidate],
    preferences: Preferences,
    *,
    including: Collection[int],
    excluding: Collection[int],
) -> Iterator[tuple[int, int]]:
    """Yield the stories that match the preferences, each with the article to show: one of a preferred outlet, if any.

    `including` and `excluding` are the articles that contain words of the preferences.
    """
    outlets = {outlet.casefold() for outlet in preferences.outlets}
    for candidate in candidates:
        if preferences.topics and not any(member.category in preferences.topics for member in candidate.members):
            continue
        own = [member.article_id for member in candidate.members if (member.outlet or "").casefold() in outlets]
        if outlets and not own:
            continue
        shown = own[0] if own else candidate.best_id
        if shown not in excluding and (shown in including or not preferences.include):
            yield candidate.story_id, shown


def compose_digest(delivery: Delivery, news: Sequence[NewsItem], total: int, now: datetime) -> Digest:
    """Compose the digest of a delivery from the chat's new items (newest first) and their total number."""
    chosen = choose_items(news, delivery.preferences.count)
    return Digest(
        due_at=delivery.due_at,
        zone=delivery.zone,
        items=chosen,
        more=total - len(chosen),
        is_late=is_late(skip_quiet_hours(delivery.due_at, delivery.preferences.quiet, delivery.zone), now),
        language=delivery.language,
    )


def choose_items(news: Sequence[NewsItem], count: int) -> tuple[NewsItem, ...]:
    """Return the newest items, round-robin over topics, ordered by each topic's newest item.

    Fifty football reports in a day leave room for other topics; the items of a topic stay together.
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
