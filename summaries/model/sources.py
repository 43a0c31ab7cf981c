"""Sources, and what is remembered of checking them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class SourceKind(StrEnum):
    """What a source's document is: a feed (RSS, Atom, JSON), or a sitemap for news."""

    FEED = "feed"
    SITEMAP = "sitemap"


class SourceOrigin(StrEnum):
    """Who brought a source: the catalogue that ships with the project, or the bot's admin."""

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
    """What Ringkas remembers of its checks of one source; `polling` decides how each check changes it.

    An active source is due at `next_check_at`, or at once where there is none. `etag` and `last_modified` are what the
    last answer said of itself. The source published `recent_count` entries since `recent_since`; without that moment,
    nobody knows how often it publishes.
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
    """A source as the store knows it."""

    source: Source
    state: PollState
