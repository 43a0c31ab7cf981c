"""Stories in the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from summaries.model import Article, Origin, StoredArticle, Story, Summary
    from summaries.stories import Entry, Signature


@dataclass(frozen=True, slots=True)
class Listing:
    """How a source lists an article: the key of the address there (see `canonical.url_key`), and the title."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """An article for everybody, ready to be stored.

    `signature` tells its story; its id is the article's key. `search_terms` are the stems of title and text.
    """

    article: Article
    summaries: tuple[Summary, ...]
    signature: Signature
    search_terms: tuple[str, str]
    listing: Listing | None = None

    @property
    def key(self) -> str:
        return self.signature.id


@dataclass(frozen=True, slots=True)
class StoryState:
    """How far the stories have come: each change has a higher `revision`; the next new story is `next_story`."""

    revision: int = 0
    next_story: int = 1


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """Articles that came in, or whose signature or story changed, oldest change first, up to `state`."""

    entries: tuple[Entry, ...]
    state: StoryState
    is_complete: bool = True


class StoryStore(Protocol):
    """Public articles by the stories that they tell. A public article is in one story."""

    async def changes(self, *, after: int, since: datetime, limit: int) -> StoryChanges:
        """What changed after that revision, of articles dated since then.

        Where there is more than `limit`, the first of it: `is_complete` is false, and `state.revision` tells from where
        to ask on.
        """
        ...

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
        """Store articles with their summaries, signatures, stories and listings: all of it, or nothing.

        `stories` names by key the story of each article that is new or moved, older ones included. An article that is
        known is updated as by `ArticleStore.put`. Signatures of articles dated before `keep_since` are forgotten, the
        stories stay. Returns the articles in order and the new state.

        Raises:
            StoryConflict: the stories are no longer those of `known`; nothing was stored.
        """
        ...

    async def find(self, story_id: int) -> Story | None: ...

    async def find_by_article(self, article_id: int) -> Story | None:
        """The story that the article tells; none for a reader's own article."""
        ...
