"""Moments and lists, as either database gives them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from summaries.text.dates import sanitize_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence


def stored_moment(value: datetime) -> str:
    """Return a time as text that sorts: UTC, fixed width. SQLite stores this form, PostgreSQL reads it."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def to_moment(stored: str | datetime) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored.astimezone(UTC)


def to_optional_moment(stored: str | datetime | None) -> datetime | None:
    return None if stored is None else to_moment(stored)


def optional_published(stored: str | None, stored_at: str | datetime | None = None) -> datetime | None:
    """When an article was published, with the outlet's own offset: text in both databases.

    An imported file may hold dates that are not credible, such as the year 1; `stored_at` is when the row was written.
    """
    return sanitize_timestamp(datetime.fromisoformat(stored), now=to_optional_moment(stored_at)) if stored else None


def to_list(stored: str | Sequence[Any]) -> tuple[Any, ...]:
    # Most lists hold nothing.
    if stored == "[]":
        return ()
    return tuple(json.loads(stored) if isinstance(stored, str) else stored)
