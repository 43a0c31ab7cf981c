"""Sources and the state of polling them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CHECK_LEASE = timedelta(minutes=15)
"""Sources that a killed process claimed are due again after this."""


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

    `url` is the preferred address. `alternatives` list the same news, best first; `index_url` is a page that links to
    the articles, for when no feed delivers; it may be the only address.

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
    alternatives: tuple[str, ...] = ()
    index_url: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, best first. Positions in this tuple identify them."""
        index = [self.index_url] if self.index_url and self.index_url != self.url else []
        return (self.url, *self.alternatives, *index)


@dataclass(frozen=True, slots=True)
class PollState:
    """The state of polling one source; `ingest.poll_schedule` decides how each check changes it.

    An active source is due at `next_check_at`, or at once without one. `etag` and `last_modified` are the validators of
    the last response, `body_hash` is the hash of its body; they are None while some of its entries are still to be
    read. The source published `recent_count` entries since `recent_since`; without that time its publishing rate is
    unknown. `last_fault` is the kind of the last error (`errors.find_fault`).

    `address` is the position of the address in use, and `returned_at` the time when the addresses before it were last
    tried.
    """

    is_active: bool = True
    next_check_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_error: str | None = None
    last_fault: str | None = None
    failures_in_a_row: int = 0
    newest_entry_at: datetime | None = None
    recent_since: datetime | None = None
    recent_count: int = 0
    address: int = 0
    returned_at: datetime | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source with its polling state."""

    source: Source
    state: PollState

    @property
    def feed_url(self) -> str | None:
        """The feed in use; while the index page is read, the preferred feed; None if there is only an index page."""
        feeds = [url for url in self.source.addresses if url != self.source.index_url]
        return next(iter((*feeds[self.state.address :], *feeds)), None)
