"""What SQLite's rows hold: moments as text that sorts, lists as JSON. Reading them back is `values`' work."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from summaries.storage import values
from summaries.storage.values import stored_moment as moment
from summaries.storage.values import (
    to_moment,
    to_optional_moment,
    to_stored,
    to_subscription,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from summaries.model import Article, Preferences, Subscription, Summary

__all__ = [
    "article_columns",
    "encoded",
    "fetch_all",
    "moment",
    "optional_moment",
    "preference_columns",
    "subscription_columns",
    "summary_columns",
    "to_moment",
    "to_optional_moment",
    "to_stored",
    "to_subscription",
]


def optional_moment(value: datetime | None) -> str | None:
    return None if value is None else moment(value)


def encoded(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with values that SQLite keeps."""
    return {name: encode(value) for name, value in columns.items()}


def encode(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case datetime():
            return moment(value)
        case list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def fetch_all(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    """The cursor's rows by column name."""
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def article_columns(article: Article) -> dict[str, Any]:
    return encoded(values.article_columns(article))


def summary_columns(summary: Summary) -> dict[str, Any]:
    return encoded(values.summary_columns(summary))


def subscription_columns(subscription: Subscription) -> dict[str, Any]:
    return encoded(values.subscription_columns(subscription))


def preference_columns(preferences: Preferences) -> dict[str, Any]:
    return encoded(values.preference_columns(preferences))
