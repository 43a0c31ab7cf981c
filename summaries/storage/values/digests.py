"""Subscriptions, deliveries and their records to rows and back."""

from __future__ import annotations

import hashlib
import json
from datetime import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from summaries.model import (
    ChatRef,
    Delivery,
    DeliveryPart,
    DeliveryRecord,
    Outcome,
    PartState,
    Preferences,
    QuietHours,
    Reason,
    Subscription,
)
from summaries.storage.values.articles import to_length
from summaries.storage.values.moments import to_list, to_moment, to_optional_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

_LISTS = ("topics", "outlets", "include_words", "exclude_words")
_SINGLE = ("length", "story_count", "quiet", "is_silent", "skips_empty")


def subscription_columns(subscription: Subscription) -> dict[str, Any]:
    return {
        "chat_id": subscription.chat.chat_id,
        "thread_id": subscription.chat.thread_id,
        "times": " ".join(f"{at:%H:%M}" for at in subscription.times),
        "zone": subscription.zone,
        "is_active": subscription.is_active,
        "days": "".join(map(str, sorted(subscription.days))),
        **preference_columns(subscription.preferences),
    }


def clock_of(subscription: Subscription) -> tuple[object, ...]:
    """What decides when it is due."""
    return subscription.times, subscription.days, subscription.zone, subscription.is_active


def preference_columns(preferences: Preferences) -> dict[str, Any]:
    quiet = preferences.quiet
    return {
        "topics": list(preferences.topics),
        "outlets": list(preferences.outlets),
        "include_words": list(preferences.include),
        "exclude_words": list(preferences.exclude),
        "length": preferences.length.code,
        "story_count": preferences.count,
        "quiet": f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else None,
        "is_silent": preferences.is_silent,
        "skips_empty": preferences.skips_empty,
    }


def to_preferences(row: Mapping[str, Any]) -> Preferences:
    lists = (row[column] for column in _LISTS)
    return _preferences(
        *(stored if isinstance(stored, str) else tuple(stored) for stored in lists),
        *(row[column] for column in _SINGLE),
    )


@lru_cache(maxsize=4096)
def _preferences(*stored: Any) -> Preferences:
    # Most chats have the same wishes as others.
    topics, outlets, include, exclude, length, count, quiet, is_silent, skips_empty = stored
    return Preferences(
        topics=to_list(topics),
        outlets=to_list(outlets),
        include=to_list(include),
        exclude=to_list(exclude),
        length=to_length(length),
        count=count,
        quiet=QuietHours(*map(time.fromisoformat, quiet.split("-"))) if quiet else None,
        is_silent=bool(is_silent),
        skips_empty=bool(skips_empty),
    )


@lru_cache(maxsize=4096)
def _times(stored: str) -> tuple[time, ...]:
    return tuple(time.fromisoformat(at) for at in stored.split())


@lru_cache(maxsize=128)
def _days(stored: str) -> frozenset[int]:
    return frozenset(map(int, stored))


def to_subscription(row: Mapping[str, Any]) -> Subscription:
    return Subscription(
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        times=_times(row["times"]),
        zone=row["zone"],
        is_active=bool(row["is_active"]),
        days=_days(row["days"]),
        preferences=to_preferences(row),
    )


def to_delivery(row: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], lease_until: datetime) -> Delivery:
    """Return a claimed delivery from its row, joined with the chat's subscription and settings, and its parts' rows."""
    return Delivery(
        id=row["id"],
        chat=ChatRef(row["chat_id"], row["thread_id"]),
        zone=row["zone"],
        due_at=to_moment(row["due_at"]),
        lease_until=lease_until,
        parts=to_parts(parts),
        previous_due_at=to_optional_moment(row["previous"]),
        language=row["chosen_language"],
        preferences=to_preferences(row) if row["subscribed"] is not None else Preferences(),
    )


def to_parts(rows: Iterable[Mapping[str, Any]]) -> tuple[DeliveryPart, ...]:
    return tuple(
        DeliveryPart(
            position=row["position"],
            html=row["html"],
            article_ids=to_list(row["article_ids"]),
            state=PartState(row["state"]),
            attempts=row["attempts"],
            possible_copies=row["possible_copies"],
            message_id=row["message_id"],
            id=row["id"],
        )
        for row in rows
    )


def to_record(row: Mapping[str, Any]) -> DeliveryRecord:
    return DeliveryRecord(
        due_at=to_moment(row["due_at"]),
        zone=row["zone"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        reason=Reason(row["reason"]) if row["reason"] else None,
        finished_at=to_optional_moment(row["finished_at"]),
        waits_until=to_optional_moment(row["waits_until"]),
        messages=row["messages"],
        sent=row["sent"],
        stories=row["stories"],
        error=row["error"],
    )


def body_hash(part: DeliveryPart) -> bytes:
    """What a message's text and articles are found by, which are stored once."""
    return hashlib.sha256(f"{json.dumps(part.article_ids)} {part.html}".encode()).digest()
