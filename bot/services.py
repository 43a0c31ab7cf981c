"""The composition root: the use cases over one store."""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from bot.access.chat_admins import AdminAccess
from bot.access.guarded_store import GuardedStore, admin_chat_id
from bot.config import Settings
from bot.conversation.chat_language import ChatLanguages, translations_for
from bot.conversation.link_queue import LinkQueue
from bot.conversation.locks import KeyedLock
from bot.conversation.user_limits import Blocklist, ConcurrencyLimiter, UserLimiter, UserRateLimiter
from bot.runtime.clock import utc_now
from bot.runtime.shutdown import run_with_deadline
from bot.sandbox import SITE
from bot.views.digests import render_digest
from summaries.articles.read import ReadingService
from summaries.articles.story import StoryView, read_story
from summaries.digests.compose import NEWS_PATIENCE, DigestComposer
from summaries.fetch.client.http import GuardedFetcher
from summaries.fetch.client.robots import RobotsFetcher
from summaries.ingest import seed
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.editions import EVERYTHING, Edition
from summaries.ingest.own_feeds import MAX_OWN_BYTES, OWN_SPACING_S, OwnFeedService
from summaries.ingest.politeness import SPACING_S, PoliteFetcher
from summaries.ingest.poll_schedule import MIN_INTERVAL
from summaries.ingest.refresh import RefreshService
from summaries.ingest.sources import SourceService
from summaries.llm.client import HttpLanguageModel
from summaries.llm.rewrite import RewriteService
from summaries.model import Article, Coverage, DeliveryPart, Digest, Subscription
from summaries.ports import Fetched, Fetcher, Offload, PublicNews
from summaries.storage import Store, is_postgres, open_store
from summaries.upkeep import UpkeepService
from summaries.workers.pools import ThreadOffload, WorkerPool

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from summaries.publishing.publisher import Publisher

FEW_FILES = 60
# Seconds that each part beside the database may take to close.
CLOSING_S = 0.4


@dataclass(frozen=True, slots=True)
class Web:
    """The guarded fetchers.

    `feeds` fetches feeds; `feed_pages` also obeys robots.txt; together they are polite to each host. `pages` obeys
    robots.txt too, but does not wait, because a person does. `own_feeds` and `own_pages` fetch the feeds that chats
    added; their connections and the state of hosts are apart from those of sources. `hazards` fetches BMKG's documents.
    """

    feeds: Fetcher
    feed_pages: Fetcher
    pages: Fetcher
    own_feeds: Fetcher
    own_pages: Fetcher
    hazards: Fetcher


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases over one store, and the state that handlers share.

    Handlers reach chats through `store`, which requires proof of access. `_store` is for background tasks only.
    """

    settings: Settings
    _store: Store
    store: GuardedStore
    languages: ChatLanguages
    blocklist: Blocklist
    reading: ReadingService
    refresh: RefreshService
    sourcing: SourceService
    own_feeds: OwnFeedService
    writer: ArticleWriter
    upkeep: UpkeepService
    web: Web
    workers: WorkerPool
    offload: Offload
    rewriting: RewriteService | None
    user_limiter: UserLimiter
    locks: KeyedLock = field(default_factory=KeyedLock)
    links: LinkQueue = field(default_factory=LinkQueue)
    page_slots: ConcurrencyLimiter = field(default_factory=ConcurrencyLimiter)
    # Texts and files need only CPU time: with few threads, one user must not take two.
    file_slots: ConcurrencyLimiter = field(default_factory=lambda: ConcurrencyLimiter(per_user=1))
    edition: Edition = EVERYTHING
    started_at: datetime = field(default_factory=utc_now)
    now: Callable[[], datetime] = utc_now

    def of_bot(self, store: Store, user_limiter: UserLimiter) -> Services:
        """Return the services of another bot over the same news. Its chats and user limits are its own; workers and
        fetchers are shared."""
        return replace(
            self,
            _store=store,
            store=GuardedStore(store),
            languages=ChatLanguages(store.chats, is_shared=True),
            blocklist=Blocklist(store.blocks, is_shared=True),
            upkeep=UpkeepService(store.upkeep, self.now, self.settings.news_kept),
            own_feeds=replace(self.own_feeds, feeds=store.own_feeds, sources=store.sources),
            user_limiter=user_limiter,
            locks=KeyedLock(),
            links=LinkQueue(),
        )

    def of_edition(self, store: Store, edition: Edition) -> Services:
        """Return the services of another edition, whose news is in `store`. Workers and fetchers are shared. Close its
        `writer` at the end."""
        reading, writer, refresh, sourcing = connect_news(
            self.settings, store, self.web, self.workers, self.offload, self.now, edition
        )
        return replace(
            self,
            _store=store,
            store=GuardedStore(store),
            reading=reading,
            writer=writer,
            refresh=refresh,
            sourcing=sourcing,
            edition=edition,
        )

    async def load_sources(self) -> None:
        """Update the stored sources from the catalogue that ships with the project."""
        sources = [source for source in seed.read_catalogue() if self.edition.has_source(source)]
        if not sources:
            log.warning("no source of the catalogue is in the edition %s: check EDITIONS", self.edition.name)
        await self._store.sources.sync(sources, now=self.now())

    async def load_samples(self, articles: Iterable[Article]) -> None:
        """Store sample articles."""
        await seed.load_samples(articles, self.writer, self.offload)

    async def load_files(self, files: Iterable[tuple[str, bytes, str | None]]) -> list[seed.ImportedFile]:
        """Store articles from the operator's plain-text files (name, bytes, topic key)."""
        listed = list(files)
        # Starting worker processes costs about as much as reading this many files.
        offload = self.offload if len(listed) < FEW_FILES else self.workers
        return await seed.load_files(listed, self.writer, offload)

    async def read_story(self, article_id: int, coverage: tuple[Coverage, ...] | None = None) -> StoryView | None:
        """Return the story of a public article, or None if there is no such article; see `story.read_story`."""
        stores = self._store
        return await read_story(
            article_id, articles=stores.articles, stories=stores.stories, offload=self.offload, coverage=coverage
        )

    def composing(self, username: Callable[[], str | None]) -> DigestComposer:
        """Return the service that composes digests, in each chat's language; `username` returns the bot's, for deep
        links."""

        def render(digest: Digest) -> Sequence[DeliveryPart]:
            return render_digest(translations_for(digest.language), digest, username())

        return DigestComposer(
            deliveries=self._store.deliveries,
            render=render,
            offload=self.offload,
            clock=self.now,
            catch_up_limit=timedelta(hours=self.settings.catch_up_hours),
            patience=NEWS_PATIENCE if self.settings.refresh_minutes > 0 else timedelta(),
        )

    async def preview(
        self,
        chat: AdminAccess,
        subscription: Subscription,
        language: str,
        username: str | None,
        *,
        is_channel: bool = False,
    ) -> Sequence[DeliveryPart]:
        """Compose the chat's digest as it would be sent now."""
        if admin_chat_id(chat) != subscription.chat.chat_id:
            raise ValueError("this is the digest of another chat")
        composing = self.composing(lambda: username)
        return await composing.preview(subscription, language, is_channel=is_channel)


def make_publisher(
    settings: Settings, folder: Path, news: PublicNews, offload: Offload, now: Callable[[], datetime]
) -> Publisher:
    """Return the service that publishes the site into the folder."""
    # Jinja2 takes a few megabytes, which bots without a site do not need.
    from summaries.publishing.plan import Site
    from summaries.publishing.publisher import Publisher

    site = Site(settings.publish_url, settings.default_timezone)
    return Publisher(news=news, offload=offload, clock=now, folder=folder, site=site)


@dataclass(frozen=True, slots=True)
class SampleFetcher:
    """Fetches the pages of the sandbox below the address `site` through `local`, and all others through `others`."""

    site: str
    local: Fetcher
    others: Fetcher

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Implement `ports.Fetcher.fetch`."""
        fetcher = self.local if url.startswith(self.site) else self.others
        return await fetcher.fetch(url, etag=etag, last_modified=last_modified)


@asynccontextmanager
async def open_web(settings: Settings) -> AsyncIterator[Web]:
    """Open the guarded fetchers while the block runs."""
    fetcher = GuardedFetcher(user_agent=settings.user_agent, allow_private_addresses=settings.allow_private_addresses)
    # robots.txt names only the product of "RingkasBot/0.1 (…)".
    product = settings.user_agent.split("/")[0].split()[0]
    # Private addresses are for tests, where the only host is our own.
    is_spaced = not settings.allow_private_addresses
    polite = PoliteFetcher(fetcher, clock=utc_now, spacing_s=SPACING_S if is_spaced else 0.0)
    guarded = partial(GuardedFetcher, user_agent=settings.user_agent, max_bytes=MAX_OWN_BYTES)
    own = guarded(allow_private_addresses=settings.allow_private_addresses)
    clock_url = settings.sandbox_clock_url
    # The sandbox's copies of documents are on this machine.
    local = guarded(allow_private_addresses=True) if clock_url or settings.sandbox_bmkg_url else own
    own_feeds = PoliteFetcher(
        SampleFetcher(urljoin(clock_url, f"{SITE}/"), local, own) if clock_url else own,
        clock=utc_now,
        spacing_s=OWN_SPACING_S if is_spaced else 0.0,
        at_once=1,
    )
    try:
        yield Web(
            feeds=polite,
            feed_pages=RobotsFetcher(polite, product=product, clock=utc_now),
            pages=RobotsFetcher(fetcher, product=product, clock=utc_now),
            own_feeds=own_feeds,
            own_pages=RobotsFetcher(own_feeds, product=product, clock=utc_now),
            hazards=local if settings.sandbox_bmkg_url else polite,
        )
    finally:
        for one in {fetcher, own, local}:
            await one.aclose()


@asynccontextmanager
async def open_rewriting(
    settings: Settings, offload: Offload, now: Callable[[], datetime]
) -> AsyncIterator[RewriteService | None]:
    """Open the service that rewrites summaries with the operator's language model, if one is set."""
    if settings.language_model_url is None or settings.language_model is None:
        yield None
        return
    key = settings.language_model_key.get_secret_value() if settings.language_model_key else None
    async with aclosing(HttpLanguageModel(settings.language_model_url, settings.language_model, key=key)) as model:
        rewriting = RewriteService(
            complete=model.complete,
            offload=offload,
            clock=now,
            per_day=settings.language_model_per_day,
            timeout_s=settings.language_model_timeout_s,
        )
        try:
            yield rewriting
        finally:
            await rewriting.close()


def connect_news(
    settings: Settings,
    store: Store,
    web: Web,
    workers: WorkerPool,
    offload: Offload,
    now: Callable[[], datetime],
    edition: Edition,
) -> tuple[ReadingService, ArticleWriter, RefreshService, SourceService]:
    """Return the services that read and store the news of an edition in `store`."""
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=now)
    refresh = RefreshService(
        sources=store.sources,
        articles=store.articles,
        writer=writer,
        fetcher=web.feeds,
        pages=web.feed_pages,
        offload=workers,
        clock=now,
        chance=random.random,
        shortest_interval=timedelta(minutes=settings.refresh_minutes) or MIN_INTERVAL,
        edition=edition,
        news_kept=settings.news_kept,
    )
    sourcing = SourceService(
        sources=store.sources,
        fetcher=web.feeds,
        offload=workers.urgent,
        clock=now,
        allow_private=settings.allow_private_addresses,
    )
    reading = ReadingService(articles=store.articles, fetcher=web.pages, offload=workers.urgent, clock=now)
    return reading, writer, refresh, sourcing


def find_edition_bot(settings: Settings) -> int | None:
    """Return the bot whose edition commands act on, or None if its news is that of all sources."""
    has_own_news = settings.editions.of_bot(settings.bot_id) is not EVERYTHING and is_postgres(settings.database_url)
    return settings.bot_id if has_own_news else None


@asynccontextmanager
async def open_services(
    settings: Settings, now: Callable[[], datetime] = utc_now, *, is_bot: bool = False, shared: Store | None = None
) -> AsyncIterator[Services]:
    """Open the store and the services over it while the block runs.

    Only one bot may use a store, unless it is already open and `shared` by several processes. Errors are those of
    `open_store`.
    """
    edition = settings.editions.of_bot(settings.bot_id)
    store = shared or await open_store(
        settings.database_url,
        is_bot=is_bot,
        pool_size=settings.database_pool_size,
        bot_id=settings.bot_id if is_bot else find_edition_bot(settings),
        edition=edition.name,
    )
    is_shared = shared is not None
    offload = ThreadOffload()
    workers = WorkerPool()
    writer: ArticleWriter | None = None
    try:
        async with open_web(settings) as web, open_rewriting(settings, workers.urgent, now) as rewriting:
            reading, writer, refresh, sourcing = connect_news(settings, store, web, workers, offload, now, edition)
            yield Services(
                settings=settings,
                _store=store,
                store=GuardedStore(store),
                languages=ChatLanguages(store.chats, is_shared=is_shared),
                blocklist=Blocklist(store.blocks, is_shared=is_shared),
                reading=reading,
                refresh=refresh,
                sourcing=sourcing,
                own_feeds=OwnFeedService(
                    feeds=store.own_feeds,
                    sources=store.sources,
                    fetcher=web.own_feeds,
                    pages=web.own_pages,
                    offload=workers,
                    clock=now,
                    chance=random.random,
                    most=settings.own_feeds,
                ),
                writer=writer,
                upkeep=UpkeepService(store.upkeep, now, settings.news_kept),
                web=web,
                workers=workers,
                offload=offload,
                rewriting=rewriting,
                user_limiter=UserRateLimiter(settings.ringkas_per_minute, settings.ringkas_burst),
                edition=edition,
                now=now,
            )
    finally:
        # A hanging part must not delay closing a bot's database; command-line tools can wait.
        within_s = CLOSING_S if is_bot or is_shared else None
        await run_with_deadline("the worker processes", workers.close(), within_s)
        if writer is not None:
            await run_with_deadline("a batch of articles", writer.close(), within_s)
        offload.close()
        await store.close()
