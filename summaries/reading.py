"""Read one article for a person: an address, a text or a file in, the stored article and its summary out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.canonical import article_key, url_key
from summaries.errors import AlreadyShort, NothingToSummarize, RefusalReason
from summaries.fetch.articles import fetch_article
from summaries.fetch.documents import read_document
from summaries.fetch.plain_text import read_plain_text
from summaries.model import MEDIUM, Origin
from summaries.preparing import STORED_LENGTHS, summarize_all
from summaries.summarizer import DEFAULT_METHOD, summarize

if TYPE_CHECKING:
    from summaries.model import Article, Length, StoredArticle, Summary
    from summaries.ports import ArticleStore, Clock, Fetcher, Offload

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as a person asked for it. `is_from_store` tells that nothing had to be fetched or summarised."""

    stored: StoredArticle
    summary: Summary
    is_from_store: bool = False


class ReadingService:
    """Answers for links, pasted texts and files. `fetcher` is the one for pages: it keeps to robots.txt."""

    def __init__(self, *, articles: ArticleStore, fetcher: Fetcher, offload: Offload, clock: Clock) -> None:
        self._articles = articles
        self._fetcher = fetcher
        self._offload = offload
        self._clock = clock

    async def read_url(self, url: str, *, length: Length = MEDIUM) -> Reading:
        """The article behind the address, from the store where it is known.

        Raises:
            AddressRefused, FetchFailedForNow, FetchFailedForGood: the page can't be had.
            NothingToSummarize: the page holds no article.
            AlreadyShort: the article is too short to be summarised.
        """
        if known := await self.find(url, length=length):
            return known
        article = await fetch_article(url, fetcher=self._fetcher, offload=self._offload, now=self._clock())
        # A short address or a redirect may end at an article that is known already.
        if known := await self._from_store(article_key(article), length):
            return known
        return await self._store(article, length)

    async def find(self, url: str, *, length: Length = MEDIUM) -> Reading | None:
        """The article behind the address, if it is known."""
        return await self._from_store(url_key(url), length)

    async def read_again(self, article_id: int, *, length: Length) -> Reading | None:
        """A stored article, perhaps in another length; None when it is gone."""
        stored = await self._articles.get(article_id)
        return None if stored is None else await self._with_summary(stored, length)

    async def read_public(self, article_id: int, *, length: Length) -> Reading | None:
        """A stored article that everybody may see; None for any other number."""
        stored = await self._articles.get(article_id)
        return await self._with_summary(stored, length) if stored and stored.origin.is_public else None

    async def read_text(self, text: str, *, length: Length = MEDIUM) -> Reading:
        """The article in a pasted text.

        Raises:
            NothingToSummarize: there is no article in it.
        """
        return await self._read_own(await self._offload(read_plain_text, text), length)

    async def read_file(self, body: bytes, *, media_type: str = "text/plain", length: Length = MEDIUM) -> Reading:
        """The article in a file: plain text, HTML or PDF.

        Raises:
            NothingToSummarize: there is no article in it.
        """
        now = self._clock()
        return await self._read_own(
            await self._offload(read_document, body, "", media_type=media_type, now=now), length
        )

    async def _read_own(self, article: Article, length: Length) -> Reading:
        if known := await self._from_store(article_key(article), length):
            return known
        return await self._store(article, length)

    async def _from_store(self, key: str, length: Length) -> Reading | None:
        stored = await self._articles.find(key)
        return None if stored is None else await self._with_summary(stored, length)

    async def _with_summary(self, stored: StoredArticle, length: Length) -> Reading:
        summary = await self._articles.find_summary(stored.id, length)
        if summary is not None and summary.method == DEFAULT_METHOD:
            return Reading(stored, summary, is_from_store=True)
        summary = await self._offload(summarize, stored.article, length)
        await self._articles.put_summary(stored.id, summary, now=self._clock())
        return Reading(stored, summary, is_from_store=True)

    async def _store(self, article: Article, length: Length) -> Reading:
        lengths = tuple(dict.fromkeys((*STORED_LENGTHS, length)))
        try:
            summaries = await self._offload(summarize_all, article, lengths)
        except NothingToSummarize as refusal:
            if refusal.reason is RefusalReason.TOO_SHORT:
                raise AlreadyShort(article) from refusal
            raise
        stored = await self._articles.put(article, summaries, origin=Origin.CHAT, now=self._clock())
        return Reading(stored, summaries[lengths.index(length)])
