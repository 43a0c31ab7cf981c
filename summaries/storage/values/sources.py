"""Sources and what is remembered of checking them, to rows and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from summaries.model import PollState, Source, SourceKind, SourceOrigin, StoredSource
from summaries.storage.values.moments import to_list, to_optional_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def with_hosts(source: Source, hosts: Iterable[str]) -> Source:
    """The source with these hosts beside those that it has."""
    return replace(source, hosts=tuple(sorted({*source.hosts, *hosts})))


def source_columns(source: Source) -> dict[str, Any]:
    return {
        "key": source.key,
        "outlet": source.outlet,
        "category": source.category,
        "url": source.url,
        "kind": source.kind.value,
        "origin": source.origin.value,
        "hosts": list(source.hosts),
    }


def state_columns(state: PollState) -> dict[str, Any]:
    return {
        "is_active": state.is_active,
        "next_check_at": state.next_check_at,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "last_success_at": state.last_success_at,
        "last_failure_at": state.last_failure_at,
        "last_error": state.last_error,
        "failures_in_a_row": state.failures_in_a_row,
        "newest_entry_at": state.newest_entry_at,
        "recent_since": state.recent_since,
        "recent_count": state.recent_count,
    }


def to_stored_source(row: Mapping[str, Any]) -> StoredSource:
    return StoredSource(
        source=Source(
            key=row["key"],
            outlet=row["outlet"],
            category=row["category"],
            url=row["url"],
            kind=SourceKind(row["kind"]),
            origin=SourceOrigin(row["origin"]),
            hosts=to_list(row["hosts"]),
        ),
        state=PollState(
            is_active=bool(row["is_active"]),
            next_check_at=to_optional_moment(row["next_check_at"]),
            etag=row["etag"],
            last_modified=row["last_modified"],
            last_success_at=to_optional_moment(row["last_success_at"]),
            last_failure_at=to_optional_moment(row["last_failure_at"]),
            last_error=row["last_error"],
            failures_in_a_row=row["failures_in_a_row"],
            newest_entry_at=to_optional_moment(row["newest_entry_at"]),
            recent_since=to_optional_moment(row["recent_since"]),
            recent_count=row["recent_count"],
        ),
    )
