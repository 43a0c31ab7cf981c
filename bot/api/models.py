"""Parameters and results of the API. The schemas of the OpenAPI document and of the MCP tools come from these models.

The results are the shapes of `bot.views.shapes`; tests validate them against the schemas.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from bot.parsing.queries import MAX_SEARCH_CHARS
from summaries.model import LONG, MEDIUM, SHORT, Length, Verdict
from summaries.stories.figures import Kind
from summaries.topic_model.topics import TOPICS, find_topic
from summaries.urls import MAX_URL_CHARS

LENGTHS = {"short": SHORT, "medium": MEDIUM, "long": LONG}
MAX_STORIES = 50
# The store's lists end after a few hundred stories.
MAX_PAGE = 100
MAX_HOURS = 7 * 24
MAX_NAME_CHARS = 100
# Ten times a long article.
MAX_TEXT_CHARS = 200_000
MAX_SUMMARY_WORDS, MAX_SUMMARY_SENTENCES = 1_000, 100
# PostgreSQL's `bigint`.
MAX_ID = 2**63 - 1


def check_moment(moment: datetime) -> datetime:
    """Return the moment in UTC, or raise ValueError if UTC cannot express it, at the ends of the years 1 and 9999."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be between the years 1 and 9999 in UTC") from None


def check_topic(word: str) -> str:
    """Return the key of the topic that the word names, or raise ValueError."""
    if (topic := find_topic(word)) is None:
        raise ValueError(f"must be one of {', '.join(TOPICS)}")
    return topic


LengthName = Literal["short", "medium", "long"]
ShownLength = Annotated[LengthName, Field(description="About 35, 60 or 110 words for each summary.")]
Topic = Annotated[
    str, AfterValidator(check_topic), Field(max_length=MAX_NAME_CHARS, description=f"A topic: {', '.join(TOPICS)}.")
]
Outlet = Annotated[
    str, Field(min_length=1, max_length=MAX_NAME_CHARS, description="An outlet, such as Antara or kompas.com.")
]
ArticleId = Annotated[int, Field(ge=1, le=MAX_ID, description="Id of any article of the story.", examples=[1])]
Limit = Annotated[AwareDatetime, AfterValidator(check_moment)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-10-14T06:00:00+00:00"])]


class Parameters(BaseModel):
    """Base of parameters: unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SearchParameters(Parameters):
    """At most one of `q`, `topic`, `outlet` and `region`; without any, all news."""

    q: Annotated[
        str | None,
        Field(
            max_length=MAX_SEARCH_CHARS,
            description="A search as in the bot's /berita: words, \"a phrase\", a topic, an outlet or a region, also"
            " with a period in Indonesian or English: \"banjir sejak kemarin\".",
            examples=["bendungan jebol"],
        ),
    ] = None  # fmt: skip
    topic: Topic | None = None
    outlet: Outlet | None = None
    region: Annotated[
        str | None,
        Field(min_length=1, max_length=MAX_NAME_CHARS, description="A province, regency or city, such as jatim."),
    ] = None
    since: Annotated[Limit | None, Field(description="Only articles from this time on.")] = None
    until: Annotated[Limit | None, Field(description="Only articles before this time.")] = None
    order: Annotated[
        Literal["newest", "most-covered"],
        Field(description="Newest first (words: by relevance and age), or by the number of outlets."),
    ] = "newest"
    length: ShownLength = "short"
    page: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 1
    size: Annotated[int, Field(ge=1, le=MAX_STORIES, description="Stories per page.")] = 10

    @model_validator(mode="after")
    def _has_one_filter(self) -> Self:
        if sum(one is not None for one in (self.q, self.topic, self.outlet, self.region)) > 1:
            raise ValueError("q, topic, outlet and region exclude each other")
        return self


class StoryParameters(Parameters):
    id: ArticleId


class DigestParameters(Parameters):
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS, description="The period that ends now.")] = 24
    topic: Topic | None = None
    outlet: Outlet | None = None
    count: Annotated[int, Field(ge=1, le=MAX_STORIES, description="The most stories.")] = 8
    length: ShownLength = "short"


class SummarizeParameters(Parameters):
    """Either `url` or `text`; at most one of `length`, `words` and `sentences`, by default `length` medium."""

    url: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MAX_URL_CHARS,
            description="Address of an article on the public web.",
            examples=["https://example.com/berita/bendungan"],
        ),
    ] = None
    text: Annotated[str | None, Field(min_length=1, max_length=MAX_TEXT_CHARS, description="The article itself.")] = (
        None
    )
    length: Annotated[LengthName | None, Field(description="About 35, 60 or 110 words.")] = None
    words: Annotated[int | None, Field(ge=1, le=MAX_SUMMARY_WORDS, description="Approximate number of words.")] = None
    sentences: Annotated[int | None, Field(ge=1, le=MAX_SUMMARY_SENTENCES, description="Number of sentences.")] = None
    paragraphs: Annotated[bool, Field(description="Return the article's paragraphs, too.")] = False

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.url is None) == (self.text is None):
            raise ValueError("give either url or text")
        if sum(one is not None for one in (self.length, self.words, self.sentences)) > 1:
            raise ValueError("length, words and sentences exclude each other")
        return self

    @property
    def chosen_length(self) -> Length:
        """Return the length that the parameters choose."""
        if self.words is None and self.sentences is None:
            return LENGTHS[self.length or "medium"]
        return Length(words=self.words, sentences=self.sentences)


class NoParameters(Parameters):
    pass


class Result(BaseModel):
    """Base of results."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Result):
    """A sentence of an article, verbatim: code points `start` to `end` of its text, paragraphs joined by "\\n\\n"."""

    text: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class FactCheck(Result):
    """The verdict of a fact-check on its claim, and its own sentence with the verdict."""

    verdict: Verdict
    claim: str
    sentence: Sentence | None


class Report(Result):
    """One article of a story."""

    article: int
    title: str
    outlet: str | None
    url: str | None
    date: Moment


class Addition(Sentence):
    """A sentence of another outlet with information that the summary lacks."""

    article: int
    outlet: str | None
    date: Moment


class Statement(Addition):
    """A sentence with a number, from offset `number[0]` to `number[1]`; with `in_title`, offsets are in the title."""

    in_title: bool
    number: tuple[int, int]
    later: bool


class Disagreement(Result):
    """Statements of outlets whose numbers differ; with `update`, because the later reports have newer numbers."""

    kind: Kind
    update: bool
    statements: list[Statement]


class Item(Result):
    """A story in a list: the summary of one of its articles, and each outlet's first article."""

    id: Annotated[int, Field(description="Id of the article, for the story and its coverage.")]
    url: str | None
    title: str
    outlet: str | None
    length: Annotated[str, Field(description="Length of the summary: words (35w) or sentences (3s).")]
    sentences: list[Sentence]
    text_hash: Annotated[str, Field(description="sha256: and the hash of the article's text.")]
    fact_check: FactCheck | None
    category: str | None
    date: Moment
    coverage: list[Report]
    addition: Addition | None
    is_disputed: Annotated[bool, Field(description="The outlets give different numbers.")]


class Page(Result):
    """One page of a list of stories."""

    items: list[Item]
    page: int
    pages: int
    total: int
    suggestion: Annotated[str | None, Field(description="A corrected search, if nothing was found.")]


class Digest(Result):
    """The most important stories of a period, in the order of a digest."""

    items: list[Item]
    total: int
    since: Moment
    until: Moment


class Story(Result):
    """A story: the summary of its best article, the additions of other outlets, and their disagreements."""

    article: int
    title: str
    outlet: str | None
    url: str | None
    date: Moment
    articles: list[int]
    summary: list[Sentence]
    text_hash: str
    fact_check: FactCheck | None
    additions: list[Addition]
    disagreements: list[Disagreement]
    chain: Annotated[list[Report], Field(description="The best article of each story of the same affair.")]


class Coverage(Result):
    """All articles of a story, the earliest first, and the stories of the same affair."""

    articles: list[Report]
    chain: list[Report]


class Summarized(Result):
    """An article with its summary; `article` is its id if it is in the news."""

    article: int | None
    title: str
    outlet: str | None
    published_at: Annotated[str | None, Field(examples=["2026-10-14T06:00+00:00"])]
    place: str | None
    initials: str | None
    authors: list[str]
    url: str | None
    category: str | None
    paragraph_count: int
    sentence_count: int
    paragraphs: Annotated[list[str], Field(default_factory=list, description="Only if asked for.")]
    language: str
    method: str
    summary: str
    words: int
    sentences: list[Sentence]
    text_hash: str
    fact_check: FactCheck | None


class TopicName(Result):
    key: str
    label: str


class Filters(Result):
    """The topics and outlets of the news."""

    topics: list[TopicName]
    outlets: list[str]


class Fault(Result):
    parameter: str
    message: str


class Problem(Result):
    """Problem details as in RFC 9457. `code` is the machine-readable reason."""

    type: Literal["about:blank"]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: str
    detail: str
    errors: Annotated[list[Fault], Field(default_factory=list, description="The invalid parameters.")]
