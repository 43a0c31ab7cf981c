"""The stores over one PostgreSQL database, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.storage import Fleet, Store
from summaries.storage.postgres.admin import PostgresBlockStore, PostgresBroadcastStore, PostgresFigureStore
from summaries.storage.postgres.alerts import PostgresAlertStore
from summaries.storage.postgres.answers import PostgresAnswerStore, PostgresSavedStore
from summaries.storage.postgres.articles import PostgresArticleStore, PostgresQueryStore
from summaries.storage.postgres.chat_data import PostgresChatDataStore
from summaries.storage.postgres.chats import PostgresChatStore, PostgresPlaceStore, PostgresQuestionStore
from summaries.storage.postgres.corpus import PostgresCorpusStore
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.deliveries import PostgresDeliveryStore
from summaries.storage.postgres.fleet import PostgresInboxStore, PostgresMemberStore, PostgresTurnStore
from summaries.storage.postgres.news import PostgresNewsStore
from summaries.storage.postgres.sources import PostgresSourceStore
from summaries.storage.postgres.stories import PostgresStoryStore
from summaries.storage.postgres.subscriptions import PostgresSubscriptionStore
from summaries.storage.postgres.upkeep import PostgresUpkeepStore
from summaries.storage.postgres.watches import PostgresWatchStore

if TYPE_CHECKING:
    from summaries.model import Membership


async def open_postgres(url: str, *, is_bot: bool, pool_size: int) -> Store:
    """Open the database and bring it to the newest version; see `Database.open`."""
    return stores_over(await Database.open(url, is_bot=is_bot, pool_size=pool_size))


async def open_postgres_fleet(url: str, member: Membership, *, pool_size: int) -> Fleet:
    """Open the database for one of several processes; see `Database.open`."""
    database = await Database.open(url, member=member, pool_size=pool_size)
    return Fleet(
        store=stores_over(database),
        inbox=PostgresInboxStore(database),
        members=PostgresMemberStore(database),
        turns=PostgresTurnStore(database),
        corpus=PostgresCorpusStore(database),
    )


def stores_over(database: Database) -> Store:
    """The stores over an open database, which several programs of one process may share."""
    return Store(
        articles=PostgresArticleStore(database),
        stories=PostgresStoryStore(database),
        news=PostgresNewsStore(database),
        queries=PostgresQueryStore(database),
        answers=PostgresAnswerStore(database),
        saved=PostgresSavedStore(database),
        watches=PostgresWatchStore(database),
        alerts=PostgresAlertStore(database),
        sources=PostgresSourceStore(database),
        chats=PostgresChatStore(database),
        chat_data=PostgresChatDataStore(database),
        questions=PostgresQuestionStore(database),
        places=PostgresPlaceStore(database),
        subscriptions=PostgresSubscriptionStore(database),
        deliveries=PostgresDeliveryStore(database),
        blocks=PostgresBlockStore(database),
        broadcasts=PostgresBroadcastStore(database),
        figures=PostgresFigureStore(database),
        upkeep=PostgresUpkeepStore(database),
        close=database.close,
    )
