"""Rows to values and back (pure), whichever database the rows are of.

A row is read by column name. SQLite has but numbers and texts: there a moment is ISO 8601 text and a list is JSON;
PostgreSQL gives both as they are. The `…_columns` give Python's own values; a store that can't keep one encodes it.
"""

from __future__ import annotations

from summaries.storage.values.articles import (
    article_columns,
    changed_article,
    outlet_key,
    plain_query,
    story_columns,
    summary_columns,
    to_article,
    to_coverage,
    to_entries,
    to_item,
    to_length,
    to_query,
    to_stored,
    to_story,
    to_summary,
)
from summaries.storage.values.digests import (
    body_hash,
    clock_of,
    preference_columns,
    subscription_columns,
    to_delivery,
    to_parts,
    to_preferences,
    to_record,
    to_subscription,
)
from summaries.storage.values.moments import (
    optional_published,
    stored_moment,
    to_list,
    to_moment,
    to_optional_moment,
)
from summaries.storage.values.sources import source_columns, state_columns, to_stored_source, with_hosts

__all__ = [
    "article_columns",
    "body_hash",
    "changed_article",
    "clock_of",
    "optional_published",
    "outlet_key",
    "plain_query",
    "preference_columns",
    "source_columns",
    "state_columns",
    "stored_moment",
    "story_columns",
    "subscription_columns",
    "summary_columns",
    "to_article",
    "to_coverage",
    "to_delivery",
    "to_entries",
    "to_item",
    "to_length",
    "to_list",
    "to_moment",
    "to_optional_moment",
    "to_parts",
    "to_preferences",
    "to_query",
    "to_record",
    "to_stored",
    "to_stored_source",
    "to_story",
    "to_subscription",
    "to_summary",
    "with_hosts",
]
