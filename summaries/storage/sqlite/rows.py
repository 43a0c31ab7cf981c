"""Rows to values and back (pure)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from summaries.model import (
    Article,
    ChatRef,
    DeliveryPart,
    Length,
    Origin,
    PartState,
    Preferences,
    QuietHours,
    StoredArticle,
    Subscription,
    Summary,
    SummarySentence,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping


def moment(value: datetime) -> str:
    """A moment as text that sorts: UTC, fixed width."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def optional_moment(value: datetime | None) -> str | None:
    return None if value is None else moment(value)


def to_moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_optional_moment(text: str | None) -> datetime | None:
    return None if text is None else to_moment(text)


def fetch_all(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    """The cursor's rows by column name."""
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def article_columns(article: Article) -> dict[str, Any]:
    return {
        "title": article.title,
        "outlet": article.outlet,
        "category": article.category,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "place": article.place,
        "initials": article.initials,
        "authors": json.dumps(article.authors, ensure_ascii=False),
        "url": article.url,
        "image_url": article.image_url,
        "text": article.text,
        "is_excerpt": int(article.is_excerpt),
    }


def to_article(row: Mapping[str, Any]) -> Article:
    return Article(
        title=row["title"],
        text=row["text"],
        url=row["url"],
        outlet=row["outlet"],
        category=row["category"],
        published_at=datetime.fromisoformat(row["published_at"]) if row["published_at"] else None,
        place=row["place"],
        initials=row["initials"],
        authors=tuple(json.loads(row["authors"])),
        image_url=row["image_url"],
        is_excerpt=bool(row["is_excerpt"]),
    )


def to_stored(row: Mapping[str, Any]) -> StoredArticle:
    return StoredArticle(
        id=row["id"],
        key=row["key"],
        article=to_article(row),
        origin=Origin(row["origin"]),
        added_at=to_moment(row["added_at"]),
    )


def summary_columns(summary: Summary) -> dict[str, Any]:
    return {
        "length": summary.length.code,
        "method": summary.method,
        "language": summary.language,
        "text": summary.text,
        "spans": json.dumps([[s.start, s.end] for s in summary.sentences]),
    }


def to_length(code: str) -> Length:
    number = int(code[:-1])
    return Length(words=number) if code.endswith("w") else Length(sentences=number)


def to_summary(text: str, row: Mapping[str, Any]) -> Summary:
    """The summary from its spans in the article's text; `row` has the columns of the table summaries."""
    spans = json.loads(row["spans"])
    return Summary(
        sentences=tuple(SummarySentence(text[start:end], start, end) for start, end in spans),
        method=row["method"],
        length=to_length(row["length"]),
        language=row["language"],
    )


def subscription_columns(subscription: Subscription) -> dict[str, Any]:
    return {
        "chat_id": subscription.chat.chat_id,
        "thread_id": subscription.chat.thread_id,
        "times": " ".join(f"{at:%H:%M}" for at in subscription.times),
        "zone": subscription.zone,
        "is_active": int(subscription.is_active),
        "days": "".join(map(str, sorted(subscription.days))),
        **preference_columns(subscription.preferences),
    }


def preference_columns(preferences: Preferences) -> dict[str, Any]:
    quiet = preferences.quiet
    return {
        "topics": json.dumps(preferences.topics, ensure_ascii=False),
        "outlets": json.dumps(preferences.outlets, ensure_ascii=False),
        "include_words": json.dumps(preferences.include, ensure_ascii=False),
        "exclude_words": json.dumps(preferences.exclude, ensure_ascii=False),
        "length": preferences.length.code,
        "story_count": preferences.count,
        "quiet": f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else None,
        "is_silent": int(preferences.is_silent),
        "skips_empty": int(preferences.skips_empty),
    }


_PREFERENCE_COLUMNS = (
    "topics", "outlets", "include_words", "exclude_words", "length", "story_count", "quiet", "is_silent", "skips_empty",
)  # fmt: skip


def to_preferences(row: Mapping[str, Any]) -> Preferences:
    return _preferences(*(row[column] for column in _PREFERENCE_COLUMNS))


@lru_cache(maxsize=4096)
def _preferences(
    topics: str, outlets: str, include: str, exclude: str, length: str, count: int, quiet: str | None, *flags: int
) -> Preferences:
    # Most chats have the same wishes as others.
    is_silent, skips_empty = map(bool, flags)
    return Preferences(
        topics=tuple(json.loads(topics)),
        outlets=tuple(json.loads(outlets)),
        include=tuple(json.loads(include)),
        exclude=tuple(json.loads(exclude)),
        length=to_length(length),
        count=count,
        quiet=QuietHours(*map(time.fromisoformat, quiet.split("-"))) if quiet else None,
        is_silent=is_silent,
        skips_empty=skips_empty,
    )


def to_subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        times=tuple(time.fromisoformat(at) for at in row["times"].split()),
        zone=row["zone"],
        is_active=bool(row["is_active"]),
        days=frozenset(map(int, row["days"])),
        preferences=to_preferences(row),
    )


def to_parts(rows: Iterable[Mapping[str, Any]]) -> tuple[DeliveryPart, ...]:
    return tuple(
        DeliveryPart(
            position=row["position"],
            html=row["html"],
            article_ids=tuple(json.loads(row["article_ids"])),
            state=PartState(row["state"]),
            attempts=row["attempts"],
            copies=row["copies"],
            message_id=row["message_id"],
        )
        for row in rows
    )
