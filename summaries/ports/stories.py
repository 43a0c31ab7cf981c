"""Port for stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from summaries.model import (
    Article,
    CentralAddition,
    Coverage,
    Origin,
    StoredArticle,
    StoryEdit,
    Summary,
)
from summaries.stories import Entry, Signature
from summaries.stories.central_facts import StoryReport
from summaries.stories.chains import LinkedStory
from summaries.stories.edits import Edit


@dataclass(frozen=True, slots=True)
class Listing:
    """A source's entry for an article: the key of its address (see `urls.url_key`), and the title."""

    key: str
    title: str


class SearchTerms(NamedTuple):
    """The stems of an article's title and text, the terms of a fact-check's claim (see `stories.claims`), and the codes
    of the regions that the article is about."""

    title: str
    text: str
    claim: Sequence[str] = ()
    regions: Sequence[str] = ()


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
class Decisions:
    """The splits and merges in effect, oldest first, and the story of each article that they name."""

    edits: tuple[Edit[str], ...]
    stories: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StoryChanges:
    """Articles that were added, or whose signature or story changed, oldest change first, up to `state`.

    `decisions` is None if administrators decided nothing meanwhile.
    """

    entries: tuple[Entry, ...]
    state: StoryState
    is_complete: bool = True
    decisions: Decisions | None = None


@dataclass(frozen=True, slots=True)
class StaleStory:
    """A story whose articles have changed since it was studied; `version` counts the changes.

    `latest_at` is the date of its newest article. `signature` is that of its best article if the story is not linked
    yet; then `chain_id` is None.
    """

    id: int
    version: int
    latest_at: datetime
    chain_id: int | None
    signature: Signature | None


@dataclass(frozen=True, slots=True)
class StaleStories:
    """Stories to study, the first ones by id. `studies` counts the studies that were stored before."""

    stories: tuple[StaleStory, ...]
    studies: int


@dataclass(frozen=True, slots=True)
class StudiedStory:
    """The result of a study of the story's `version`: its chain, and its weighted terms if it was linked now.

    A negative `chain_id` is a chain that the story with this number begins, in the same study. For `addition` and
    `is_disputed` see `Marks`.
    """

    id: int
    version: int
    chain_id: int
    terms: Mapping[str, float] = field(default_factory=dict)
    addition: CentralAddition | None = None
    is_disputed: bool = False


class StudyStore(Protocol):
    """Stories that were added or changed, and the chains that link stories of one affair."""

    async def list_stale(self, *, limit: int) -> StaleStories:
        """Return stale stories, those with the lowest ids."""

    async def read_postings(self, terms: Collection[str], *, limit: int) -> Mapping[str, Sequence[tuple[int, float]]]:
        """Return, for each term, the newest `limit` stories with it and its weight there, the newest last."""

    async def read_chains(self, story_ids: Collection[int]) -> Mapping[int, LinkedStory]:
        """Return the chains of those stories that are linked."""

    async def read_reports(self, story_ids: Collection[int], *, most: int) -> Mapping[int, tuple[StoryReport, ...]]:
        """Return the latest articles, at most `most`, of each of the stories that has several outlets, with their
        summaries."""

    async def put_studied(self, studied: Sequence[StudiedStory], *, known: int) -> int:
        """Store the results, and return the number of stored studies.

        A story that changed meanwhile stays stale, and unlinked if it was. A new chain has the id of the story that
        begins it, or another one if that is the id of the chain that the story left.

        Raises:
            StoryConflict: another study was stored after the one that `known` counts; nothing was stored.
        """


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
        """Return all articles of the article's story, the earliest first; none of a hidden story or for a private
        article."""

    async def chain(self, article_id: int) -> tuple[Coverage, ...]:
        """Return the best article of each story in the chain of the article's story, the earliest story first.

        Of a very long chain these are the newest stories, without hidden ones. A story that is not linked yet is a
        chain of its own; a private article has none.
        """


class StoryEditStore(Protocol):
    """Decisions of administrators about stories, which outlast the grouping of articles.

    Each decision names articles. A later one counts more than an earlier one that contradicts it. `admin_id` is None
    for the command line. Methods that decide return None if there is nothing to decide; then they change nothing.
    """

    async def hide(self, article_id: int, *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        """Hide the article's story from all lists, digests and alerts, together with articles that join it later."""

    async def split(self, article_ids: Sequence[int], *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        """Move articles of one story, but not all of them, to a new story."""

    async def merge(self, article_id: int, other_id: int, *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        """Merge the stories of the two articles."""

    async def undo(self, edit_id: int, *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        """Undo a decision in effect: show the story, or move the articles back."""

    async def coverage(self, article_id: int) -> tuple[Coverage, ...]:
        """Return all articles of the article's story, even of a hidden one; see `StoryStore.coverage`."""

    async def list_edits(self, article_id: int | None = None, *, limit: int) -> tuple[StoryEdit, ...]:
        """Return decisions, the newest first; with `article_id` those in effect that name an article of its story."""
