"""The stores over one PostgreSQL database, put together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from summaries.storage import Fleet, Store
from summaries.storage.postgres.database import Database
from summaries.storage.postgres.fleet import PostgresInboxStore, PostgresMemberStore
from summaries.storage.postgres.rate_limits import PostgresRateLimitStore
from summaries.storage.postgres.upkeep import PostgresUpkeepStore
from summaries.storage.sql.alerts import AlertRows
from summaries.storage.sql.answers import AnswerRows, SavedRows
from summaries.storage.sql.articles import ArticleRows, QueryRows
from summaries.storage.sql.broadcasts import BroadcastRows
from summaries.storage.sql.chat_data import ChatDataRows
from summaries.storage.sql.chats import BlockRows, ChatRows, PlaceRows, QuestionRows
from summaries.storage.sql.deliveries import DeliveryRows
from summaries.storage.sql.figures import AllFigureRows, FigureRows
from summaries.storage.sql.news import NewsRows
from summaries.storage.sql.outbox import OutboxRows
from summaries.storage.sql.sources import SourceRows
from summaries.storage.sql.stories import StoryRows
from summaries.storage.sql.subscriptions import SubscriptionRows
from summaries.storage.sql.watches import WatchRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Membership


async def open_postgres(url: str, *, is_bot: bool, pool_size: int, bot_id: int | None = None) -> Store:
    """Open the database and bring it to the newest version; see `Database.open`."""
    bot_ids = () if bot_id is None else (bot_id,)
    database = await Database.open(url, is_bot=is_bot, pool_size=pool_size, bot_ids=bot_ids)
    return stores_over(database) if is_bot or bot_ids else with_figures_of_all(database)


async def open_postgres_fleet(url: str, member: Membership, *, pool_size: int, bot_ids: Sequence[int]) -> Fleet:
    """Open the database for one of several processes that work for the bots; see `Database.open`."""
    database = await Database.open(url, member=member, pool_size=pool_size, bot_ids=bot_ids)
    return Fleet(
        store=with_figures_of_all(database),
        stores={bot_id: stores_over(database.of_bot(bot_id)) for bot_id in bot_ids},
        inbox=PostgresInboxStore(database),
        members=PostgresMemberStore(database),
        rate_limits=PostgresRateLimitStore(database),
    )


def with_figures_of_all(database: Database) -> Store:
    """The stores over an open database; how many there are of what is told of all bots on it."""
    return replace(stores_over(database), figures=AllFigureRows(database))


def stores_over(database: Database) -> Store:
    """The stores over an open database, which several programs of one process may share."""
    return Store(
        articles=ArticleRows(database),
        stories=StoryRows(database),
        news=NewsRows(database),
        queries=QueryRows(database),
        answers=AnswerRows(database),
        saved=SavedRows(database),
        watches=WatchRows(database),
        alerts=AlertRows(database),
        sources=SourceRows(database),
        chats=ChatRows(database),
        chat_data=ChatDataRows(database),
        questions=QuestionRows(database),
        places=PlaceRows(database),
        subscriptions=SubscriptionRows(database),
        deliveries=DeliveryRows(database),
        outbox=OutboxRows(database),
        blocks=BlockRows(database),
        broadcasts=BroadcastRows(database),
        figures=FigureRows(database),
        upkeep=PostgresUpkeepStore(database),
        close=database.close,
    )
