"""Sources and the state of polling them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SourceKind(StrEnum):
    """The kind of a source's document: a feed (RSS, Atom, JSON), or a news sitemap."""

    FEED = "feed"
    SITEMAP = "sitemap"


class SourceOrigin(StrEnum):
    """The origin of a source: the catalogue that ships with the project, or an operator."""

    CATALOGUE = "catalogue"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Source:
    """One feed of one outlet. `key` names it for people ("antara-politik"); `category` is a topic key.

    `hosts` are further registrable domains of the outlet, beyond the feed's own and those in the table of outlets:
    entries may lead there.
    """

    key: str
    outlet: str
    category: str
    url: str
    kind: SourceKind = SourceKind.FEED
    origin: SourceOrigin = SourceOrigin.CATALOGUE
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PollState:
    """The state of polling one source; `ingest.poll_schedule` decides how each check changes it.

    An active source is due at `next_check_at`, or at once without one. `etag` and `last_modified` are the validators of
    the last response. The source published `recent_count` entries since `recent_since`; without that time its
    publishing rate is unknown.
    """

    is_active: bool = True
    next_check_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str | None = None
    failures_in_a_row: int = 0
    newest_entry_at: datetime | None = None
    recent_since: datetime | None = None
    recent_count: int = 0


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with its polling state."""

    source: Source
    state: PollState
