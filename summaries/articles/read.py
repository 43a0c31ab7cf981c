"""Read one article for a person: from an address, a text or a file to the stored article and its summary."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from summaries.articles.prepare import STORED_LENGTHS
from summaries.errors import AlreadyShort, NothingToSummarize, RefusalReason
from summaries.fact_checks import mark_fact_check
from summaries.fetch.articles import fetch_and_transform
from summaries.fetch.documents import read_document
from summaries.fetch.html.outlets import attribute_to_reader
from summaries.fetch.plain.article import read_plain_text
from summaries.model import MEDIUM, AnswerRef, Article, Length, Origin, StoredArticle, Summary
from summaries.ports import ArticleStore, Clock, Fetcher, Offload, PublicReader
from summaries.stories.claims import find_resembling, weigh_claim_terms
from summaries.summarizer import DEFAULT_METHOD, summarize, summarize_each
from summaries.urls import make_article_key, make_url_key

log = logging.getLogger(__name__)

# The right fact-check is the first of these for nearly all messages. Comparing each takes up to three milliseconds.
CLAIMS_COMPARED = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """An article with its summary of the requested length."""

    stored: StoredArticle
    summary: Summary


@dataclass(frozen=True, slots=True)
class PublicReading:
    """An article with its summary of the requested length, and its id if it is a public article."""

    article: Article
    summary: Summary
    article_id: int | None = None


@dataclass(frozen=True, slots=True)
class SummarizedArticle:
    """An article with its summaries, or the reason why it has none."""

    article: Article
    summaries: tuple[Summary, ...] = ()
    refusal: NothingToSummarize | None = None


class ReadingService:
    """Reads links, pasted texts and files. `fetcher` is the one for pages, which respects robots.txt."""

    def __init__(self, *, articles: ArticleStore, fetcher: Fetcher, offload: Offload, clock: Clock) -> None:
        self._articles = articles
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock

    async def read_url(self, url: str, *, length: Length = MEDIUM) -> Reading:
        """Return the article at the address, from the store if it is known.

        Raises:
            AddressRefused, TransientFetchError, PermanentFetchError: the page cannot be fetched.
            NothingToSummarize: the page has no article.
            AlreadyShort: the article is too short to summarise.
        """
        if known := await self.find(url, length=length):
            return known
        lengths, now = add_stored_lengths(length), self._clock()
        transform = partial(summarize_article, lengths=lengths)
        found = await fetch_and_transform(
            url, fetcher=self._fetcher, offload=self._offload, transform=transform, now=now
        )
        # A short link or a redirect may lead to a known article.
        if known := await self._find_stored(make_article_key(found.article), length):
            return known
        return await self._store(found, lengths, length)

    async def find(self, url: str, *, length: Length = MEDIUM) -> Reading | None:
        """Return the article at the address if it is stored."""
        return await self._find_stored(make_url_key(url), length)

    async def read_again(self, answer: AnswerRef, *, length: Length) -> Reading | None:
        """Return an article shown to a chat before, in the given length; None if it was deleted."""
        stored = await self._articles.get(answer.article_id)
        return None if stored is None else await self._add_summary(stored, length)

    async def read_public(self, article_id: int, *, length: Length) -> Reading | None:
        """Return a stored public article; None for any other id."""
        stored = await self._articles.get(article_id)
        return await self._add_summary(stored, length) if stored and stored.origin.is_public else None

    async def read_text(self, text: str, *, chat_id: int, length: Length = MEDIUM) -> Reading:
        """Read the article in a text pasted in the chat; only this chat can find it.

        Raises:
            NothingToSummarize: it contains no article.
            AlreadyShort: it is too short to summarise.
        """
        return await self._read_own(partial(read_plain_text, text), chat_id, length)

    async def read_file(
        self, body: bytes, *, chat_id: int, media_type: str = "text/plain", length: Length = MEDIUM
    ) -> Reading:
        """Read the article in a file sent in the chat (plain text, HTML or PDF); only this chat can find it.

        Raises:
            NothingToSummarize: it contains no article.
            AlreadyShort: it is too short to summarise.
        """
        read = partial(read_document, body, "", media_type=media_type, now=self._clock())
        return await self._read_own(read, chat_id, length)

    async def summarize_text(self, text: str, *, length: Length = MEDIUM) -> tuple[Article, Summary]:
        """Return the article in a text with its summary, and store nothing. Raises as `read_text` does."""
        return await self._summarize(partial(read_plain_text, text), length)

    async def summarize_file(
        self, body: bytes, *, media_type: str = "text/plain", length: Length = MEDIUM
    ) -> tuple[Article, Summary]:
        """Return the article in a file with its summary, and store nothing. Raises as `read_file` does."""
        return await self._summarize(partial(read_document, body, "", media_type=media_type, now=self._clock()), length)

    async def find_debunking(self, text: str) -> StoredArticle | None:
        """Return the fact-check of a claim that is not true and that the text repeats, or None."""
        terms = await self._offload(weigh_claim_terms, text)
        checks = await self._articles.find_claims(terms, limit=CLAIMS_COMPARED) if terms else ()
        return await self._offload(find_resembling, text, checks) if checks else None

    async def _summarize(self, read: Callable[[], Article], length: Length) -> tuple[Article, Summary]:
        _, found = await self._offload(read_submission, read, (length,))
        raise_refusal(found)
        return found.article, found.summaries[0]

    async def _read_own(self, read: Callable[[], Article], chat_id: int, length: Length) -> Reading:
        """Read a text or file from a reader, and store it for its chat only.

        Its claims to an outlet or an address are ignored. If the operator has imported the same text, that public
        article is returned.
        """
        lengths = add_stored_lengths(length)
        article, found = await self._offload(read_submission, read, lengths)
        imported = await self._articles.find(make_article_key(article))
        if imported is not None and imported.origin.is_public:
            return await self._add_summary(imported, length)
        if known := await self._find_stored(make_article_key(found.article, owner=chat_id), length):
            return known
        return await self._store(found, lengths, length, owner=chat_id)

    async def _find_stored(self, key: str, length: Length) -> Reading | None:
        stored = await self._articles.find(key)
        return None if stored is None else await self._add_summary(stored, length)

    async def _add_summary(self, stored: StoredArticle, length: Length) -> Reading:
        summary = await self._articles.find_summary(stored.id, length)
        if summary is None or summary.method != DEFAULT_METHOD:
            summary = await self._offload(summarize, stored.article, length)
            await self._articles.put_summary(stored.id, summary)
        return Reading(stored, summary)

    async def _store(
        self, found: SummarizedArticle, lengths: tuple[Length, ...], length: Length, *, owner: int | None = None
    ) -> Reading:
        raise_refusal(found)
        stored = await self._articles.put(
            found.article, found.summaries, origin=Origin.CHAT, owner=owner, now=self._clock()
        )
        return Reading(stored, found.summaries[lengths.index(length)])


def raise_refusal(found: SummarizedArticle) -> None:
    """Do nothing for an article with summaries.

    Raises:
        AlreadyShort: the article is too short to summarise.
        NothingToSummarize: it has no summary for another reason.
    """
    if found.refusal is None:
        return
    if found.refusal.reason is RefusalReason.TOO_SHORT:
        raise AlreadyShort(found.article) from found.refusal
    raise found.refusal


class PublicReadingService:
    """Reads links and texts as `ReadingService` does, but stores nothing and finds public articles only."""

    def __init__(self, *, news: PublicReader, fetcher: Fetcher, offload: Offload, clock: Clock) -> None:
        self._news = news
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock

    async def read_url(self, url: str, *, length: Length = MEDIUM) -> PublicReading:
        """Return the article at the address; the errors are those of `ReadingService.read_url`."""
        if known := await self._find(make_url_key(url), length):
            return known
        transform = partial(summarize_article, lengths=(length,))
        found = await fetch_and_transform(
            url, fetcher=self._fetcher, offload=self._offload, transform=transform, now=self._clock()
        )
        return await self._find(make_article_key(found.article), length) or accept(found)

    async def read_text(self, text: str, *, length: Length = MEDIUM) -> PublicReading:
        """Return the article in the text; the errors are those of `ReadingService.read_text`."""
        article, found = await self._offload(read_submission, partial(read_plain_text, text), (length,))
        return await self._find(make_article_key(article), length) or accept(found)

    async def _find(self, key: str, length: Length) -> PublicReading | None:
        stored = await self._news.find(key)
        if stored is None:
            return None
        summary = await self._news.find_summary(stored.id, length)
        if summary is None or summary.method != DEFAULT_METHOD:
            summary = await self._offload(summarize, stored.article, length)
        return PublicReading(stored.article, summary, stored.id)


def accept(found: SummarizedArticle) -> PublicReading:
    """Return the article with its only summary, or raise the refusal."""
    if found.refusal is not None:
        raise found.refusal
    (summary,) = found.summaries
    return PublicReading(found.article, summary)


def add_stored_lengths(length: Length) -> tuple[Length, ...]:
    """Return the lengths in which to summarise an article for a reader who wants `length`."""
    return tuple(dict.fromkeys((*STORED_LENGTHS, length)))


def summarize_article(article: Article, *, lengths: tuple[Length, ...]) -> SummarizedArticle:
    """Summarise the article in each length, and mark a fact-check. Runs in a worker."""
    article = mark_fact_check(article)
    try:
        return SummarizedArticle(article, summarize_each(article, lengths))
    except NothingToSummarize as refusal:
        return SummarizedArticle(article, refusal=NothingToSummarize(refusal.reason, refusal.detail))


def read_submission(read: Callable[[], Article], lengths: tuple[Length, ...]) -> tuple[Article, SummarizedArticle]:
    """Read a reader's text or file, and summarise it without its claims to an outlet or an address. Runs in a worker.

    Returns:
        The article with its own claims, and the article as it is stored.

    Raises:
        NothingToSummarize: it contains no article.
    """
    article = read()
    given = attribute_to_reader(article)
    # The outlet that the text names helps the ranker; it is not shown.
    ranked = replace(given, outlet=given.outlet or article.outlet)
    found = summarize_article(ranked, lengths=lengths)
    return article, replace(found, article=replace(found.article, outlet=given.outlet))
