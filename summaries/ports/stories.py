"""Port for stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from summaries.model import Article, Coverage, Origin, StoredArticle, Summary
from summaries.stories import Entry, Signature


@dataclass(frozen=True, slots=True)
class Listing:
    """A source's entry for an article: the key of its address (see `urls.url_key`), and the title."""

    key: str
    title: str


class SearchTerms(NamedTuple):
    """The stems of an article's title and text, and the terms of a fact-check's claim (see `stories.claims`)."""

    title: str
    text: str
    claim: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """A public article, ready to be stored. `signature` assigns it to a story; its id is the article's key."""

    article: Article
    summaries: tuple[Summary, ...]
    signature: Signature
    search_terms: SearchTerms
    listing: Listing | None = None

    @property
    def key(self) -> str:
        return self.signature.id


@dataclass(frozen=True, slots=True)
class StoryState:
    """The revision of the stories, which grows with each change, and the id of the next new story."""

    revision: int = 0
    next_story: int = 1


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """Articles that were added, or whose signature or story changed, oldest change first, up to `state`."""

    entries: tuple[Entry, ...]
    state: StoryState
    is_complete: bool = True


class StoryStore(Protocol):
    """Stories of public articles. A public article is in one story."""

    async def changes(self, *, after: int, since: datetime, limit: int) -> StoryChanges:
        """Return the changes after a revision, of articles dated since a time.

        If there are more than `limit`, the result has the first ones, `is_complete` is false, and the next call
        continues after `state.revision`.
        """

    async def put_many(
        self,
        articles: Sequence[PreparedArticle],
        stories: Mapping[str, int],
        *,
        known: StoryState,
        next_story: int,
        keep_since: datetime,
        origin: Origin,
        now: datetime,
    ) -> tuple[tuple[StoredArticle, ...], StoryState]:
        """Store articles with their summaries, signatures, stories and listings in one transaction.

        `stories` maps the key of each article that is new or moved, older ones included, to its story. A known article
        is updated as by `ArticleStore.put`. Signatures of articles dated before `keep_since` are deleted, the stories
        stay. Return the articles in order and the new state.

        Raises:
            StoryConflict: the stories are no longer those of `known`; nothing was stored.
        """

    async def coverage(self, article_id: int) -> tuple[Coverage, ...]:
        """Return all articles of the article's story, the earliest first; none for a private article."""
