"""Each contract is tested on both stores; and a database in which there is something of everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from summaries.model import (
    AnsweredQuestion,
    Article,
    ChatMembership,
    ChatRef,
    ChatSettings,
    CompositionResult,
    DeliveryPart,
    FeedLimits,
    FoundOwnFeed,
    Hazard,
    HazardKind,
    NewsQuery,
    OpenQuestion,
    Origin,
    Outcome,
    OwnEntry,
    OwnFeed,
    Place,
    PollState,
    Preferences,
    QuietHours,
    Severity,
    Source,
    SourceOrigin,
    Subscription,
    Summary,
    WeatherWarning,
)
from summaries.ports import StoryState
from summaries.ports.stories import Listing, PreparedArticle
from summaries.storage import POOL_SIZE, Store, open_store, sqlite_path
from summaries.storage.sql.stores import build_stores
from tests.postgres_server import STORES, new_database
from tests.summaries.storage.plans import WatchedFile
from tests.summaries.storage.server_plans import Planner, WatchedServer, open_planner

Make = Callable[..., Article]
Summarize = Callable[..., tuple[Summary, ...]]
Prepare = Callable[[Article], PreparedArticle]
Study = Callable[[Store], Awaitable[int]]
Furnish = Callable[..., Awaitable[None]]
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=STORES)
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """The address of a database that holds nothing, of each kind."""
    return database_of(request.param)


@pytest.fixture(scope="session")
def planner(postgres_server: str) -> Iterator[Planner]:
    """Plans the statements of this worker's tests in a database of its own."""
    with new_database(postgres_server) as url:

        async def make_tables() -> None:
            await (await open_store(url, pool_size=POOL_SIZE)).close()

        asyncio.run(make_tables())
        with open_planner(url) as opened:
            yield opened


@pytest.fixture
def server_planner(request: pytest.FixtureRequest, prepared_url: str) -> Planner | None:
    """The planner, if the test's database is in PostgreSQL."""
    if prepared_url.startswith("sqlite"):
        return None
    found: Planner = request.getfixturevalue("planner")
    return found


@pytest.fixture
async def store(prepared_url: str, server_planner: Planner | None) -> AsyncIterator[Store]:
    """A store whose statements must not scan tables that grow."""
    if server_planner is None:
        file = await WatchedFile.open(sqlite_path(prepared_url))
        assert isinstance(file, WatchedFile)
        yield build_stores(file, file.close)
        await file.close()
        assert file.scans == []
        return
    server = await WatchedServer.open(prepared_url, pool_size=POOL_SIZE)
    assert isinstance(server, WatchedServer)
    server.planner = server_planner
    yield build_stores(server, server.close, is_for_all_bots=True)
    await server.close()
    assert server.scans == []


@pytest.fixture
def populate(make_article: Make, summarize_first: Summarize, prepare_article: Prepare, study: Study) -> Furnish:
    """Let chat `chat_id` do, at that moment, everything that leaves a row; `number` makes its news unique."""

    async def furnish(store: Store, now: datetime, *, chat_id: int = 7, number: int = 1) -> None:
        watch = await store.watches.add(ChatRef(chat_id, 42), "padi", most=9, now=now - MINUTE)
        assert watch is not None
        feed, own = make_article(number), make_article(number + 1000, url=None, outlet=None)
        changes = await store.stories.changes(after=0, since=now - timedelta(days=900), limit=1000)
        prepared = prepare_article(feed)
        listed = PreparedArticle(
            prepared.article, prepared.summaries, prepared.signature,
            prepared.search_terms._replace(claim=["padi"], regions=["35"]),
            Listing(f"url:https://kabar.example/rss/{number}", feed.title),
        )  # fmt: skip
        state: StoryState = changes.state
        (public,), _ = await store.stories.put_many(
            (listed,), {listed.key: state.next_story}, known=state, next_story=state.next_story + 1,
            keep_since=now - timedelta(days=3), origin=Origin.FEED, now=now,
        )  # fmt: skip
        await study(store)
        hidden = await store.story_edits.hide(public.id, admin_id=chat_id, now=now)
        assert hidden is not None
        await store.story_edits.undo(hidden.id, admin_id=chat_id, now=now)
        private = await store.articles.put(own, summarize_first(own), origin=Origin.CHAT, now=now)
        await store.chats.put(ChatSettings(chat_id, "en", has_dark_charts=True), now=now)
        await store.memberships.put(ChatMembership(chat_id, "supergroup", "Warga & Desa", is_member=True), now=now)
        await store.questions.ask(OpenQuestion(chat_id, 5, "times", chat_id, 4, now))
        await store.queries.remember(NewsQuery(words=f"padi {number}", since=now), now=now)
        await store.saved.save(chat_id, public.id, now=now)
        for article in (public, private):
            await store.answers.open(chat_id, article.id, now=now)
        await store.answers.remember(chat_id, 11, AnsweredQuestion("abc", (12, 13)), now=now)
        await store.alerts.put([(watch, public.id)], looked_at=None, now=now, pace=MINUTE)
        batches = await store.outbox.claim_alerts(
            now=now, lease_until=now + MINUTE, length=summarize_first(feed)[0].length, max_items=5, limit=5
        )
        for batch in batches:
            await store.outbox.mark_sent(batch.message, message_id=21, now=now, pause=MINUTE)
        await store.blocks.block(chat_id + 100_000, now=now)
        await add_finished_digest(store, now, chat_id, public.id)
        draft = await store.broadcasts.draft("<b>Halo</b>", chat_id, now=now)
        await store.broadcasts.begin(draft.id, 31)
        await store.broadcasts.cancel(draft.id)
        source = Source(
            f"desa-{number}", "Kabar Desa", "daerah", f"https://desa.example/{number}", origin=SourceOrigin.ADMIN
        )
        await store.sources.add(source, now=now)
        checked = PollState(etag='"1"', last_success_at=now, next_check_at=now + MINUTE, recent_since=now)
        await store.sources.record_result(source, checked)
        found = FoundOwnFeed(f"https://warga.example/{number}", "Kabar Warga")
        own_feed = await store.own_feeds.add(chat_id, found, limits=FeedLimits(9, 9, 9), now=now)
        assert isinstance(own_feed, OwnFeed)
        entry = OwnEntry(f"https://warga.example/{number}/ronda", "Ronda", "Ronda dimulai.", now)
        await store.own_feeds.record(own_feed.id, checked, [entry], kept=9, now=now)
        await add_warning(store, now, chat_id, number)

    return furnish


async def add_finished_digest(store: Store, now: datetime, chat_id: int, article_id: int) -> None:
    """One that is over, with a message that arrived and one that did not."""
    wishes = Preferences(topics=("ekonomi",), include=("padi",), quiet=QuietHours(time(22), time(5)), is_silent=True)
    subscription = Subscription(ChatRef(chat_id, 42), (time(7), time(18, 30)), "Asia/Makassar", preferences=wishes)
    await store.subscriptions.put(subscription, next_due_at=now, now=now)
    await store.deliveries.create_due(now=now, limit=9, next_due=lambda _: now + timedelta(days=9999))
    (claimed,) = await store.deliveries.claim(now=now, lease_until=now + MINUTE, limit=9)
    parts = (DeliveryPart(0, f"<b>Kabar</b> {chat_id}", (article_id,)), DeliveryPart(1, "dua"))
    await store.deliveries.save_composed(CompositionResult(rendered=((parts, (claimed.id,)),)), now=now)
    (claimed,) = await store.outbox.claim_digests(now=now, lease_until=now + MINUTE, limit=9)
    await store.outbox.mark_sending(claimed.message(claimed.parts[0]), until=claimed.lease_until)
    await store.outbox.mark_sent(claimed.message(claimed.parts[0]), message_id=41, now=now)
    await store.deliveries.finish(claimed.id, Outcome.SENT, now=now)


RING = ((-8.2, 112.4), (-8.2, 112.8), (-7.8, 112.8), (-8.2, 112.4))


def make_warning(now: datetime, number: int = 1) -> Hazard:
    """A weather warning for Malang, from now on for three hours."""
    content = WeatherWarning(
        (f"2.49.0.1.360.{number}",), now, "Hujan Lebat dan Petir", "Hujan Lebat di Jawa Timur", "Hujan lebat.",
        Severity.MODERATE, now, ("Jawa Timur",), (RING,), (((-7.5, 112.0), 8.0),), "https://nowcasting.bmkg.go.id/1.jpg",
    )  # fmt: skip
    return Hazard(0, 1, content, now, now + timedelta(hours=3))


async def add_warning(store: Store, now: datetime, chat_id: int, number: int) -> None:
    """The chat's warnings, and one that was sent to it."""
    place = Place("Kota Malang", (-8.0, 112.625), 10.0, "35.73")
    chat = ChatRef(chat_id, 42)
    await store.warnings.change(chat_id, lambda usual: replace(usual, chat=chat, places=(place,)), now=now)
    await store.hazards.revise(
        HazardKind.WEATHER, lambda _: [make_warning(now, number)], since=now, now=now,
        read={f"2.49.0.1.360.{number}": "abc", f"other {number}": "def"},
    )  # fmt: skip
    await store.hazards.claim_due(["nowcast"], now=now, lease_until=now + MINUTE, latest=now + MINUTE)
    for hazard in await store.warnings.find_unmatched(now=now):
        await store.warnings.put_matches(hazard, [chat], now=now, is_last=True)
    for claimed in await store.outbox.claim_warnings(now=now, lease_until=now + MINUTE, limit=9):
        await store.outbox.mark_sending(claimed.message, until=claimed.message.lease_until)
        await store.outbox.mark_sent(claimed.message, message_id=51, now=now)
