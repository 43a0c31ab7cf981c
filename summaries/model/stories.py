"""Stories, and lists of stories for readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from summaries.model.articles import StoredArticle, Summary, SummarySentence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Coverage:
    """One article of a story: enough to name its outlet and to link to it."""

    article_id: int
    title: str
    outlet: str | None
    url: str | None
    category: str | None
    published_at: datetime | None
    added_at: datetime

    @property
    def reported_at(self) -> datetime:
        """When the article was published, or added if that is not known."""
        return self.published_at or self.added_at


def get_outlet_key(outlet: str | None) -> str:
    """Return the name by which outlets are compared. Names match in any case; no name counts as one outlet."""
    return (outlet or "").strip().casefold()


def first_of_each_outlet(coverage: Sequence[Coverage]) -> tuple[Coverage, ...]:
    """Return each outlet's first article in the order given."""
    firsts: dict[str, Coverage] = {}
    for report in coverage:
        firsts.setdefault(get_outlet_key(report.outlet), report)
    return tuple(firsts.values())


@dataclass(frozen=True, slots=True)
class Report:
    """One article of a story, as far as the importance of the story depends on it. `opening` is the start of its text.

    It is not `is_showable` if the reader excluded it or if there is a fuller report.
    """

    article_id: int
    title: str
    outlet: str | None
    topic: str | None
    published_at: datetime
    opening: str = ""
    is_showable: bool = True


@dataclass(frozen=True, slots=True)
class Addition:
    """A verbatim sentence of an outlet with information that a summary lacks: `text[start:end]` of its article."""

    article_id: int
    outlet: str | None
    published_at: datetime
    sentence: SummarySentence


@dataclass(frozen=True, slots=True)
class CentralAddition:
    """The place of the sentence of a second outlet with the central fact of a story: `text[start:end]` of its article.

    `lacking` are the summaries without the fact, each by its article's id and its length's code.
    """

    article_id: int
    start: int
    end: int
    lacking: frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a story in a digest, which stay when the digest is shown in another size.

    It is a development if the chat follows its chain or received another story of it, and disputed if the outlets give
    different numbers. `region` is the code of the chat's region that it is about.
    """

    is_development: bool = False
    is_disputed: bool = False
    addition: Addition | None = None
    region: str | None = None


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A story in a list or digest: one of its articles with its summary, and each outlet's first article."""

    stored: StoredArticle
    summary: Summary
    coverage: tuple[Coverage, ...] = ()
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class StoryHead:
    """A story that everybody may see, without its content. `version` grows with each change of its articles.

    `article_id` and `category` are those of its best article. `chain_id` is None until the story is linked to others.
    """

    id: int
    version: int
    article_id: int
    category: str | None
    outlet_count: int
    latest_at: datetime
    chain_id: int | None


@dataclass(frozen=True, slots=True)
class PublicStory:
    """A story that everybody may see: its best article, all of its articles, and the chain as in `StoryStore.chain`,
    empty until it is linked.

    `articles` are those that were read, each with its long summary, and `summaries` their medium ones by article.
    """

    id: int
    article_id: int
    coverage: tuple[Coverage, ...]
    chain: tuple[Coverage, ...]
    articles: tuple[tuple[StoredArticle, Summary | None], ...]
    summaries: Mapping[int, Summary]


class EditKind(StrEnum):
    """The kind of a decision about stories: hide one, split articles off one, or merge two."""

    HIDE = "hide"
    SPLIT = "split"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class StoryEdit:
    """A decision of an administrator; `admin_id` is None if it was made on the command line.

    `article_ids` are the articles of the hidden story, those split off, or those of one merged story; `other_ids` are
    the remaining articles, or those of the other story. The decision is in effect while `undone_at` is None.
    """

    id: int
    kind: EditKind
    article_ids: tuple[int, ...]
    other_ids: tuple[int, ...]
    admin_id: int | None
    made_at: datetime
    undone_at: datetime | None = None


class Order(StrEnum):
    """The order of the stories in a list."""

    NEWEST = "n"
    MOST_COVERED = "c"


@dataclass(frozen=True, slots=True)
class NewsQuery:
    """A filter for stories: by topic, by outlet, by the code of a region, or by words, all of which an article must
    contain.

    Words in double quotes form a phrase. Articles date from `since` until before `until`.
    """

    category: str | None = None
    outlet: str | None = None
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class StoryWithCoverage:
    """A story in a survey: its best article's title, link and summary, and the number of outlets that cover it.

    `earlier_outlets` covered it before the survey's period; 0 if the story is new.
    """

    article_id: int
    title: str
    url: str | None
    outlet: str | None
    outlet_count: int
    summary: str
    earlier_outlets: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, of at most `size` items. `number` counts from 0; `total` counts the items of all pages."""

    items: tuple[T, ...]
    number: int
    total: int
    size: int

    @property
    def count(self) -> int:
        """Return the number of pages, at least 1."""
        return max(1, -(-self.total // self.size))


class NewsPage(Page[NewsItem]):
    """One page of a list of stories."""

    __slots__ = ()


class SavedPage(Page[StoredArticle]):
    """One page of a person's saved articles, newest first."""

    __slots__ = ()
