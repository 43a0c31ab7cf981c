"""Articles and their summaries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PARAGRAPH_BREAK = "\n\n"


class Origin(StrEnum):
    """The origin of an article, which decides whether it is public.

    A reader's own link or text is private: lists, searches and digests show public articles only. If a feed lists the
    article later, it becomes public.
    """

    FEED = "feed"
    IMPORT = "import"
    CHAT = "chat"

    @property
    def is_public(self) -> bool:
        return self is not Origin.CHAT


class Verdict(StrEnum):
    """The verdict of a fact-check on its claim; half-truths and wrong contexts are misleading."""

    FALSE = "false"
    MISLEADING = "misleading"
    TRUE = "true"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A whole sentence of the article, verbatim: `article.text[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FactCheck:
    """The verdict of an article that checks a claim, the claim, and the article's own sentence with the verdict."""

    verdict: Verdict
    claim: str
    sentence: SummarySentence | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article, cleaned.

    `text` is the running text without headline, dateline, caption, and reporter's initials; its paragraphs are
    separated by one blank line and hold no line break otherwise. `url` is the canonical address, absent for pasted
    text. `category` is a topic key. `published_at` is aware. An excerpt is the feed's own text of an article whose page
    could not be fetched.
    """

    title: str
    text: str
    url: str | None = None
    outlet: str | None = None
    category: str | None = None
    published_at: datetime | None = None
    place: str | None = None
    initials: str | None = None
    authors: tuple[str, ...] = ()
    image_url: str | None = None
    is_excerpt: bool = False
    fact_check: FactCheck | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(self.text.split(PARAGRAPH_BREAK)) if self.text else ()


def hash_text(text: str) -> str:
    """Return "sha256:" and the hexadecimal SHA-256 of an article's text in UTF-8, by which others verify a summary.

    The text is that of `Article`: its paragraphs joined by one blank line, without a line break at the end.
    """
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with its id, the hash of its key (see `urls.make_article_key`) and the time when it was added."""

    id: int
    key: str
    article: Article
    origin: Origin
    added_at: datetime

    @property
    def reported_at(self) -> datetime:
        """When the article was published, or added if that is not known."""
        return self.article.published_at or self.added_at


@dataclass(frozen=True, slots=True)
class Listed:
    """A public article that a source lists: its own address, and the last titles that it was listed with."""

    url: str | None
    titles: tuple[str, ...] = ()
    outlet: str | None = None
    is_excerpt: bool = False

    def is_edited(self, title: str) -> bool:
        """Whether sources gave it other titles until now; an outlet's feeds may give it one each, or none."""
        return bool(title and self.titles) and title not in self.titles

    def is_claimed_from(self, outlet: str) -> bool:
        """Whether only the words of another outlet's feed are stored under this address of `outlet`."""
        return self.is_excerpt and self.outlet != outlet


@dataclass(frozen=True, slots=True)
class Length:
    """How long a summary should be: about so many words, or exactly so many sentences (never both)."""

    words: int | None = None
    sentences: int | None = None

    def __post_init__(self) -> None:
        given = [n for n in (self.words, self.sentences) if n is not None]
        if len(given) != 1 or given[0] < 1:
            raise ValueError("a length is a positive number of words or of sentences, and not both")

    @property
    def code(self) -> str:
        """Return the length as a short text for storage and callback data: "60w", "3s"."""
        return f"{self.words}w" if self.words is not None else f"{self.sentences}s"


SHORT = Length(words=35)
MEDIUM = Length(words=60)
LONG = Length(words=110)


@dataclass(frozen=True, slots=True)
class Summary:
    """The chosen sentences, the method that chose them, and the language ("id", "en").

    They are in article order, except that the verdict of a fact-check comes first.
    """

    sentences: tuple[SummarySentence, ...]
    method: str
    length: Length
    language: str = "id"

    @property
    def text(self) -> str:
        return " ".join(s.text for s in self.sentences)

    @property
    def word_count(self) -> int:
        return len(self.text.split())
