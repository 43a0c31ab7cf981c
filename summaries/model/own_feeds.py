"""Feeds that chats added for themselves, and their articles, which only these chats see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from summaries.model.sources import PollState


@dataclass(frozen=True, slots=True)
class FoundOwnFeed:
    """A feed or public channel that delivers. `site` is the page that named it, `title` its name for people."""

    url: str
    title: str
    site: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses to read, best first: the site is searched for a feed if the feed does not deliver."""
        return (self.url, self.site) if self.site and self.site != self.url else (self.url,)


@dataclass(frozen=True, slots=True)
class OwnFeed:
    """A stored feed with its polling state; all chats that have it share it."""

    id: int
    found: FoundOwnFeed
    state: PollState = field(default_factory=PollState)


class FeedLimit(StrEnum):
    """The limit that kept a feed from being added: feeds of the chat, of one host, or of all chats."""

    CHAT = "chat"
    HOST = "host"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """The most feeds of one chat, of one host (None: no limit), and of all chats of the bot."""

    per_chat: int
    per_host: int | None
    in_all: int


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of an own feed: its headline and the first sentences of its text, which may be empty."""

    url: str
    title: str
    summary: str
    dated_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnArticle:
    """A stored entry with the title of its feed. `dated_at` is the time when it was added if it has no date."""

    id: int
    feed: str
    url: str
    title: str
    summary: str
    dated_at: datetime


@dataclass(frozen=True, slots=True)
class OwnNews:
    """The newest articles of a chat's own feeds, and the number of all new ones."""

    items: tuple[OwnArticle, ...]
    total: int


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page (from 0) of a chat's own articles, newest first."""

    items: tuple[OwnArticle, ...]
    number: int
    total: int
    size: int

    @property
    def count(self) -> int:
        return max(1, -(-self.total // self.size))
